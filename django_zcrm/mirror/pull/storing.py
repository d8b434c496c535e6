"""Writes records in a worker's transaction, and records that cannot be stored in its state."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from ...zoho.text import one_line
from ..apply import FetchedRecord, SyncResult, apply, problem_key
from ..declared_fields import organisation_fields
from ..leased_mirror import LeasedMirror
from ..planning.problems import find_unreported, group_problems, merge_problems
from .unstored import note_unstored

logger = logging.getLogger("django_zcrm.mirror")


def commit(
    mirror: LeasedMirror,
    records: Sequence[FetchedRecord],
    more_columns: Mapping[str, Any] | None = None,
    read_at: datetime | None = None,
    *,
    is_initial: bool = False,
    is_whole: bool = True,
) -> SyncResult:
    """Write records and columns of the state together. Raises as `LeasedMirror.commit` does."""

    def write(columns: dict[str, Any]) -> SyncResult:
        columns.update(more_columns or {})
        return store_records(
            mirror, columns, records, read_at, is_initial=is_initial, is_whole=is_whole
        )

    return mirror.write(write)


def store_records(
    mirror: LeasedMirror,
    columns: dict[str, Any],
    records: Sequence[FetchedRecord],
    read_at: datetime | None = None,
    *,
    is_initial: bool = False,
    is_whole: bool = True,
    missing: Collection[str] = (),
) -> SyncResult:
    """Write records, and add their problems to `columns`, the columns of the state to commit.

    `missing` are ids of records that are no longer in Zoho. Without `is_whole`, the records have
    only some fields; others may still have a problem.
    """
    fields = organisation_fields(mirror)
    records = [fields.to_declared(record) for record in records]
    applied = apply(mirror.target, mirror.connection, records, read_at, is_initial=is_initial)
    before = columns.get("problems", mirror.state.problems)
    if not (applied.problems or before or mirror.state.unstored):
        return applied
    ids = {*(map(problem_key, records) if is_whole else applied.problems), *missing}
    note_unstored(mirror, columns, ids, applied.problems)
    problems = merge_problems(before, ids, applied.problems)
    if problems != before:
        columns["problems"] = problems
        for words, others in group_problems(find_unreported(before, applied.problems)):
            logger.warning("not stored: %s", one_line(_with_others(words, others)))
    return applied


def _with_others(words: str, others: int) -> str:
    return f"{words} The same for {others} more." if others else words
