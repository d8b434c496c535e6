"""Compares all ids of a module with the rows, to find changes and deletions that polls missed.

The ids are read by bulk read, in steps like those of the initial sync. The progress is in
`MirrorState.reconciliation`: the time when it began, its windows, and the number of rows that
differed (`drift`); if a person requested it, also whether that person confirmed that missing
records were deleted (`force`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from ...conf import get_settings
from ...exceptions import NotFound
from ...moments import MAX_TOLERANCE
from ...reasons import reason
from ...zoho.query.read.archives import DamagedArchive
from ...zoho.query.read.snapshots import FailedJob
from ..apply import SyncResult
from ..leased_mirror import LeasedMirror
from ..models import MirrorState, RecordState
from ..models.mirror_state import TOO_MANY_MISSING
from ..planning.reconcile import (
    Differences,
    LocalRow,
    RecordTime,
    RecordTimes,
    are_too_many,
    find_differences,
    seconds_of,
)
from ..relations import link_late
from ..stored import id_of
from . import files
from .fields import TIME, fields_of
from .files import REFUSALS, WindowState
from .moved_lookups import find_moved_lookups
from .reading import read, verify
from .unstored import find_unstored_besides

PAGE = 2_000
"""Rows that are compared at once."""

SORTED = 50_000
"""Ids that are read and sorted together."""

RETRY_SECONDS = 86_400.0
"""Seconds after which all ids are compared again if too many were missing: permissions may have
been restored.
"""


def reconcile_step(mirror: LeasedMirror) -> SyncResult:
    """Do one step of comparing all ids; `again` of the result is the seconds until the next.

    Stores the number of rows that differ as `drift`. If too many records are missing at once, no
    row is marked, and the mirror is blocked until a person confirms the deletion.
    """
    under_way = mirror.state.reconciliation
    if not under_way.get("windows"):
        at = timezone.now().isoformat()
        now, windows = files.plan_windows(mirror)
        _save(mirror, {**under_way, "begun": at, "since": seconds_of(now), "windows": windows})
        return SyncResult(again=0.0)
    windows = under_way["windows"]
    try:
        waiting = _poll_jobs(mirror, windows)
    except REFUSALS as error:
        if not files.is_unavailable(error, windows):
            raise
        _save(mirror, {**under_way, "windows": [{"via": "coql", "count": 0}]})
        return SyncResult(again=0.0)
    if waiting is not None:
        return SyncResult(again=waiting)
    try:
        records = _read(mirror, windows)
    except NotFound:  # Zoho deletes files after a day: start again
        _save(mirror, {**under_way, "windows": []})
        return SyncResult(again=0.0)
    except DamagedArchive:
        _save(mirror, {**under_way, "windows": []})
        raise
    begin = datetime.fromisoformat(under_way["begun"])
    # Zoho may show new records late.
    rows, since = _read_local_rows(mirror), under_way["since"] - get_settings().mirror.settle_time
    differences = find_differences(records, rows, begin, _latest_read(), since)
    if are_too_many(len(differences.missing), differences.rows) and not under_way.get("force"):
        return _stop(mirror, differences)
    return _correct_rows(mirror, differences, begin)


def _fields_to_compare(mirror: LeasedMirror) -> tuple[str, ...]:
    return (TIME,) if fields_of(mirror).has_time else ()


def _poll_jobs(mirror: LeasedMirror, windows: list[WindowState]) -> float | None:
    """Create and poll the jobs; return the seconds until the next poll, or None if all ended.

    If a job is lost or fails, the comparison starts again. Raises FailedJob.
    """

    def save() -> None:
        _save(mirror, {**mirror.state.reconciliation, "windows": windows})

    for window in windows:
        if window["via"] != "bulk" or window.get("done"):
            continue
        files.create_jobs(mirror, windows, _fields_to_compare(mirror), save)
        try:
            job = files.fetch_ended_job(mirror, window)
        except NotFound:
            windows.clear()
            save()
            return 0.0
        except FailedJob:  # a new job for the rest of a file would begin with the first row
            windows.clear()
            save()
            raise
        if job is None:
            return files.seconds_until_poll(window)
        if job["result"].get("more_records"):
            rest = {"via": "bulk", "begin": window["begin"], "end": window["end"], "count": 0}
            windows.append({**rest, **files.create_next_job(mirror, job)})
        window["done"] = True
        save()
    return None


def _read(mirror: LeasedMirror, windows: Sequence[WindowState]) -> RecordTimes:
    """Return the ids and times of all records: from files, or by COQL or list."""
    names, records = _fields_to_compare(mirror), RecordTimes()
    for window in windows:
        if window["via"] == "bulk":
            job = files.fetch_ended_job(mirror, window)
            if job is not None:
                for page in files.read_whole_file(mirror, job, names, SORTED):
                    records.add(_record_times(page))
            continue
        for page in files.fetch_rows(mirror, names, SORTED):
            records.add(_record_times(page))
    return records


def _record_times(rows: Iterable[dict[str, Any]]) -> Iterator[RecordTime]:
    for row in rows:
        if zoho_id := id_of(row):
            yield zoho_id, seconds_of(row.get(TIME))


def _read_local_rows(mirror: LeasedMirror) -> Iterator[Sequence[LocalRow]]:
    """Yield the local rows in the order of their ids, page by page."""
    rows = mirror.target.rows(mirror.connection).exclude(zoho_id=None).order_by("zoho_id")
    columns = ("zoho_id", "zoho_modified_time", "zoho_state", "synced_at")
    last = ""
    while page := list(rows.filter(zoho_id__gt=last).values_list(*columns)[:PAGE]):
        last = page[-1][0]
        yield [
            LocalRow(zoho_id, seconds_of(moment), state == RecordState.LIVE, read_at)
            for zoho_id, moment, state, read_at in page
        ]


def _stop(mirror: LeasedMirror, differences: Differences) -> SyncResult:
    """Block the mirror without marking rows; changes are still synced."""
    with mirror.commit() as columns:
        columns.update(
            phase=MirrorState.Phase.BLOCKED,
            blocked=TOO_MANY_MISSING,
            last_error=reason(
                "too_many_missing", missing=len(differences.missing), rows=differences.rows
            ),
            drift=differences.drift,
            reconciliation={},
            reconciled_at=timezone.now(),
        )
    return SyncResult()


def _correct_rows(mirror: LeasedMirror, differences: Differences, begin: datetime) -> SyncResult:
    drift = max(differences.drift, mirror.state.reconciliation.get("drift", 0))
    if differences.drift:
        # Stored before the rows are corrected: a worker that continues after a crash, or starts
        # again because a reconciliation was requested in the meantime, no longer finds these rows.
        with mirror.commit() as columns:
            under_way = {**mirror.state.reconciliation, "drift": drift}
            columns.update(drift=drift, reconciliation=under_way)
    applied = verify(mirror, differences.to_read, RecordState.UNREACHABLE)
    moved = find_moved_lookups(mirror, begin, _latest_read())
    applied.add(read(mirror, moved))  # what is new may not be shown yet
    unstored = find_unstored_besides(mirror, differences.to_read)
    applied.add(verify(mirror, unstored, RecordState.UNREACHABLE))
    applied.add(verify(mirror, differences.missing, RecordState.UNREACHABLE))

    def write(columns: dict[str, Any]) -> None:
        link_late(mirror.target, mirror.connection)
        columns.update(drift=drift, reconciliation={}, reconciled_at=timezone.now())
        if mirror.state.blocked == TOO_MANY_MISSING:
            columns.update(phase=MirrorState.Phase.LIVE, blocked="", last_error="")

    mirror.write(write)
    return applied


def _latest_read() -> datetime:
    """Return the latest time of a read that the clock of another worker may have noted by now."""
    return timezone.now() + timedelta(seconds=MAX_TOLERANCE)


def _save(mirror: LeasedMirror, reconciliation: dict[str, Any]) -> None:
    with mirror.commit() as columns:
        columns["reconciliation"] = reconciliation
