"""The initial sync of a module: by bulk read, in windows of Created_Time; it is resumable.

The state holds the windows, each with the id of its job and the number of rows written. A call does
one step: it creates jobs, polls a job, or writes the rows of its file page by page.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.utils import timezone

from ...conf import get_settings
from ...exceptions import Forbidden, Invalid, Limited, NotFound
from ...zoho.query.read.archives import DamagedArchive
from ...zoho.query.read.snapshots import FailedJob
from ..apply import SyncResult
from ..declared_fields import (
    check_match_on,
    raise_if_field_is_refused,
    renew_metadata,
    synced_names,
)
from ..leased_mirror import LeasedMirror
from ..models import MirrorState
from ..planning.cursor import safe_until
from ..relations import link_late
from ..stored import id_of
from . import files
from .fields import PulledFields, complete_records, fields_of
from .files import REFUSALS, WindowState
from .reading import read_rows_without_time
from .refresh import find_synced_fields
from .storing import commit
from .unstored import forget_unstored

PAGE = 2_000
"""Rows per transaction; at most this many are written again after a worker has died."""


def initial_sync_step(mirror: LeasedMirror) -> SyncResult:
    """Do one step of the initial sync; `again` of the result is the seconds until the next.

    Raises the errors of calls, and LeaseLost.
    """
    if mirror.state.safe_until is None or not mirror.state.windows:
        renew_metadata(mirror)
        check_match_on(mirror)
        now, windows = files.plan_windows(mirror)
        settle = timedelta(seconds=get_settings().mirror.settle_time)
        with mirror.commit() as columns:
            rows = mirror.target.rows(mirror.connection)
            has_records = rows.exclude(zoho_id=None).exists()
            # Records may be hidden now: a refresh finds those that lack a field.
            names = synced_names(mirror)
            synced = find_synced_fields(mirror) if has_records else names
            fields = {name: synced.get(name) for name in names}
            until = safe_until(now, settle)
            columns.update(safe_until=until, windows=windows, fields=fields)
            if mirror.state.deleted_until is None:
                # If the initial sync starts again, the rows of this one stay. Deletions since now
                # concern them, and so this counts as the first comparison. It does not if rows were
                # sent before: their records may have been deleted already.
                columns.update(deleted_until=until)
                if not has_records:
                    columns.update(reconciled_at=timezone.now())
            forget_unstored(mirror, columns)
        return SyncResult(again=0.0)
    window = next((window for window in mirror.state.windows if not window.get("done")), None)
    if window is None:
        return _finish(mirror)
    if window["via"] != "bulk":
        return _read_directly(mirror, window)
    return _sync_window(mirror, window)


def count_progress(windows: list[WindowState]) -> tuple[int, int]:
    """Return the number of records that were read, and the estimated total."""
    read = sum(window.get("before", 0) + window.get("applied", 0) for window in windows)
    return read, max(read, sum(window.get("count", 0) for window in windows))


def _sync_window(mirror: LeasedMirror, window: WindowState) -> SyncResult:
    """Do the next step of a window: create its job, poll it, or write the rows of its file."""
    windows, fields = mirror.state.windows, fields_of(mirror)
    try:
        files.create_jobs(mirror, windows, fields.exported, lambda: _note(mirror, window))
    except REFUSALS as error:
        raise_if_field_is_refused(error, mirror)
        if not files.is_unavailable(error, windows):
            raise
        return _read_by_coql(mirror)
    try:
        job = files.fetch_ended_job(mirror, window)
        if job is None:
            return SyncResult(again=files.seconds_until_poll(window))
        return _write(mirror, window, job, fields)
    except Forbidden as error:
        if not files.lacks_scope(error):
            raise
        return _read_by_coql(mirror)
    except NotFound:  # Zoho deletes files after a day
        _note(mirror, window, job="", applied=0, before=0)
        return SyncResult(again=0.0)
    except (FailedJob, DamagedArchive):  # the next poll creates another job
        _note(mirror, window, job="", applied=0, before=0)
        raise
    except Limited as error:
        return SyncResult(again=error.retry_after or files.DOWNLOAD_PAUSE)


def _read_by_coql(mirror: LeasedMirror) -> SyncResult:
    """Read the whole module without bulk read."""
    count = sum(window["count"] for window in mirror.state.windows)
    with mirror.commit() as columns:
        columns["windows"] = [{"via": "coql", "count": count}]
    return SyncResult(again=0.0)


def _write(
    mirror: LeasedMirror, window: WindowState, job: dict[str, Any], fields: PulledFields
) -> SyncResult:
    """Write the rest of a job's file; create a job for the records that did not fit into it."""
    applied, position = SyncResult(again=0.0), window.get("applied", 0)
    read_at = datetime.fromisoformat(window["read_at"])
    missing = fields.left_by_export
    for rows in files.read_file(mirror, job, fields.exported, PAGE, position):
        complete_records(mirror, rows, missing)
        position += len(rows)
        new_columns = {"windows": _update_window(mirror, window, applied=position)}
        applied.add(commit(mirror, rows, new_columns, read_at, is_initial=True))
        if mirror.is_out_of_time:
            return applied
    if not job["result"].get("more_records"):
        _note(mirror, window, done=True)
        return applied
    before = window.get("before", 0) + position
    try:
        next_window = files.create_next_job(mirror, job)
    except Invalid:  # it has the fields of the first job, one of which may be gone
        _note(mirror, window, job="", applied=0, before=0)
        raise
    _note(mirror, window, **next_window, applied=0, before=before)
    return applied


def _read_directly(mirror: LeasedMirror, window: WindowState) -> SyncResult:
    """Read the records by COQL in the order of their ids, or by list from the start."""
    fields, applied = fields_of(mirror), SyncResult(again=0.0)
    records = mirror.crm.objects(mirror.state.module).values("id", *fields.listed)
    if window["via"] == "coql":
        after = window.get("after", "")
        records = (records.filter(id__gt=after) if after else records).order_by("id")
    stream = iter(records.iterator(chunk_size=PAGE, via=window["via"]))
    position = window.get("applied", 0) if window["via"] == "coql" else 0
    try:
        while rows := list(islice(stream, PAGE)):
            complete_records(mirror, rows, fields.single)
            position += len(rows)
            last = next(filter(None, map(id_of, reversed(rows))), window.get("after", ""))
            new_columns = {"windows": _update_window(mirror, window, applied=position, after=last)}
            applied.add(commit(mirror, rows, new_columns, is_initial=True))
            if mirror.is_out_of_time and window["via"] == "coql":
                return applied
    except REFUSALS as error:
        raise_if_field_is_refused(error, mirror)
        if window["via"] == "list" or position:
            raise
        _note(mirror, window, via="list")
        return SyncResult(again=0.0)
    _note(mirror, window, done=True)
    return applied


def _finish(mirror: LeasedMirror) -> SyncResult:
    """End the initial sync: polls read the changes since it began."""
    read_rows_without_time(mirror)

    def write(columns: dict[str, Any]) -> None:
        link_late(mirror.target, mirror.connection)
        columns.update(
            phase=MirrorState.Phase.LIVE,
            blocked="",
            synced_until=mirror.state.safe_until,
            safe_until=None,
            windows=[],
        )

    mirror.write(write)
    return SyncResult(again=0.0)


def _note(mirror: LeasedMirror, window: WindowState, **values: Any) -> None:
    with mirror.commit() as columns:
        columns["windows"] = _update_window(mirror, window, **values)


def _update_window(mirror: LeasedMirror, window: WindowState, **values: Any) -> list[WindowState]:
    """Update one window in place, and return all windows."""
    window.update(values)
    windows: list[WindowState] = mirror.state.windows
    return windows
