"""Writes records in a worker's transaction, and stores in its state which could not be stored."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ..apply import Applied, Record, apply
from ..planning.problems import merged
from ..work import Work

logger = logging.getLogger("django_zcrm.mirror")


def commit(
    work: Work,
    records: Sequence[Record],
    noted: Mapping[str, Any] | None = None,
    read_at: datetime | None = None,
) -> Applied:
    """Write records and, with them, columns of the state. Raises as `Work.commit` does."""

    def write(columns: dict[str, Any]) -> Applied:
        columns.update(noted or {})
        return store(work, columns, records, read_at)

    return work.write(write)


def store(
    work: Work,
    columns: dict[str, Any],
    records: Sequence[Record],
    read_at: datetime | None = None,
) -> Applied:
    """Write records; `columns` are the state's columns, which are committed with them."""
    applied = apply(work.target, work.connection, records, read_at)
    before = columns.get("problems", work.state.problems)
    ids = {str(record["id"]) for record in records} if before else set()
    problems = merged(before, ids, applied.problems)
    if problems != before:
        columns["problems"] = problems
        for zoho_id, words in problems.items():
            if before.get(zoho_id) != words:
                logger.warning("not stored: %s", words)
    return applied
