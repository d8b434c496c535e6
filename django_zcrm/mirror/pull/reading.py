"""Fetches records by id, and verifies that records are missing before rows are marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...zoho.query.read.changes import records_by_ids
from ..apply import SyncResult
from ..declared_fields import (
    raise_if_field_is_gone,
    raise_if_field_is_refused,
    retry_with_new_metadata,
)
from ..leased_mirror import LeasedMirror
from ..marking import mark
from ..models import RecordState
from ..stored import id_of, is_id
from .fields import complete_records, fields_of
from .files import REFUSALS
from .storing import commit, store_records

BATCH = 500
"""Ids that are fetched, and rows that are updated, together."""


def fetch_by_ids(mirror: LeasedMirror, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Fetch the records that exist and are visible to the connection's user."""
    return retry_with_new_metadata(mirror, lambda: _fetch_by_ids(mirror, ids))


def _fetch_by_ids(mirror: LeasedMirror, ids: Sequence[str]) -> list[dict[str, Any]]:
    fields, source = fields_of(mirror), mirror.crm.objects(mirror.state.module).source
    if not (ids := [record_id for record_id in ids if is_id(record_id)]):
        return []
    module = mirror.state.module
    try:
        rows = source.run(records_by_ids(source, module, fields.listed, ids))
    except REFUSALS as error:
        raise_if_field_is_refused(error, mirror)
        rows = source.run(records_by_ids(source, module, fields.listed, ids, by_list=True))
        raise_if_field_is_gone(rows, fields.listed, mirror)
    complete_records(mirror, rows, fields.single)
    return rows


def verify(mirror: LeasedMirror, ids: Sequence[str], state: RecordState) -> SyncResult:
    """Fetch records; store those that exist, and set the `state` of the other rows."""
    applied = SyncResult()
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        rows = fetch_by_ids(mirror, some)
        applied.add(_store_verified(mirror, rows, set(some) - set(map(id_of, rows)), state))
    return applied


def _store_verified(
    mirror: LeasedMirror, rows: list[dict[str, Any]], missing: set[str], state: RecordState
) -> SyncResult:
    def write(columns: dict[str, Any]) -> SyncResult:
        applied = store_records(mirror, columns, rows, missing=missing)
        applied.removed += mark(mirror.target, mirror.connection, sorted(missing), state)
        return applied

    return mirror.write(write)


def read_rows_without_time(mirror: LeasedMirror, **condition: Any) -> None:
    """Read the records of rows that have no Modified_Time.

    Only the clocks of workers show whether such a row is newer than a file, and they may be wrong.
    """
    if not fields_of(mirror).has_time:
        return
    rows = mirror.target.rows(mirror.connection).filter(zoho_modified_time=None, **condition)
    ids = list(rows.exclude(zoho_id=None).order_by("zoho_id").values_list("zoho_id", flat=True))
    read(mirror, ids)


def read(mirror: LeasedMirror, ids: Sequence[str]) -> SyncResult:
    """Fetch records, and store those that exist and are visible to the connection's user."""
    applied = SyncResult()
    for start in range(0, len(ids), BATCH):
        if records := fetch_by_ids(mirror, ids[start : start + BATCH]):
            applied.add(commit(mirror, records))
    return applied
