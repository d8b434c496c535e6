"""Reads records by their ids, as they are now, before rows are marked as gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...zoho.query.changes import records_by_ids
from ..apply import Applied
from ..marking import mark
from ..models import RecordState
from ..work import Work
from .fields import completed, fields_of
from .files import REFUSALS
from .storing import store

BATCH = 500
"""Ids that are read and committed together."""


def read_by_ids(work: Work, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return those of the records that exist and are visible to the connection's user."""
    fields, source = fields_of(work), work.crm.objects(work.state.module).source
    module = work.state.module
    try:
        rows = source.run(records_by_ids(source, module, fields.listed, ids))
    except REFUSALS:
        rows = source.run(records_by_ids(source, module, fields.listed, ids, by_list=True))
    completed(work, rows, fields.single)
    return rows


def verify(work: Work, ids: Sequence[str], gone: RecordState) -> Applied:
    """Read records again; store those that exist, and mark the rows of the others as `gone`."""
    applied = Applied()
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        rows = read_by_ids(work, some)
        applied.add(_verified(work, rows, set(some) - {str(row["id"]) for row in rows}, gone))
    return applied


def _verified(
    work: Work, rows: list[dict[str, Any]], missing: set[str], gone: RecordState
) -> Applied:
    def write(columns: dict[str, Any]) -> Applied:
        applied = store(work, columns, rows)
        applied.removed += mark(work.target, work.connection, sorted(missing), gone)
        return applied

    return work.write(write)
