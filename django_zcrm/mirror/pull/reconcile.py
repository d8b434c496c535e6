"""Compares all ids of a module with the rows, to find what changes and deletions have missed.

The ids come by bulk read, in steps like the first reading. `MirrorState.reconciliation` holds the
progress: when it began, its windows, whether a person confirmed that missing records were deleted
(`force`), and how many rows differed before they were corrected (`drift`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from ...exceptions import NotFound
from ..apply import Applied
from ..models import MirrorState, RecordState
from ..models.state import TOO_MANY_MISSING
from ..planning.reconcile import (
    Differences,
    LocalRow,
    RecordTime,
    RecordTimes,
    are_too_many,
    differences,
    seconds_of,
)
from ..relations import link_late
from ..work import Work
from . import files
from .fields import TIME, fields_of
from .files import REFUSALS, WindowState
from .reading import verify

PAGE = 2_000
"""Rows that are compared at once."""

SORTED = 50_000
"""Ids of a file that are sorted together."""

RETRY_SECONDS = 86_400.0
"""Seconds after which all ids are compared again if too many were missing: permissions may have
been restored.
"""


def reconcile_step(work: Work) -> Applied:
    """Do one step of comparing all ids; `again` is the seconds until the next.

    Stores how many differed as `drift`. If too many rows are missing at once, nothing is marked,
    and the mirror is blocked until a person confirms it.
    """
    under_way = work.state.reconciliation
    if not under_way.get("windows"):
        at = timezone.now().isoformat()
        _, windows = files.planned(work)
        _save(work, {**under_way, "begun": at, "windows": windows})
        return Applied(again=0.0)
    windows = under_way["windows"]
    try:
        waiting = _ended_jobs(work, windows)
    except REFUSALS:
        if files.has_begun(windows):
            raise
        _save(work, {**under_way, "windows": [{"via": "coql", "count": 0}]})
        return Applied(again=0.0)
    if waiting is not None:
        return Applied(again=waiting)
    try:
        records = _read(work, windows)
    except NotFound:  # Zoho keeps files for a day: begin anew
        _save(work, {**under_way, "windows": []})
        return Applied(again=0.0)
    begun = datetime.fromisoformat(under_way["begun"])
    compared = differences(records, _pages(work), begun, work.state.problems)
    if are_too_many(len(compared.missing), compared.rows) and not under_way.get("force"):
        return _stop(work, compared)
    return _put_right(work, compared)


def _names(work: Work) -> tuple[str, ...]:
    return (TIME,) if fields_of(work).has_time else ()


def _ended_jobs(work: Work, windows: list[WindowState]) -> float | None:
    """Create and poll the jobs; return the seconds until the next poll, None if all ended."""

    def save() -> None:
        _save(work, {**work.state.reconciliation, "windows": windows})

    for window in windows:
        if window["via"] != "bulk" or window.get("done"):
            continue
        files.order_files(work, windows, _names(work), save)
        try:
            job = files.ended_job(work, window)
        except NotFound:
            window["job"] = ""
            save()
            return 0.0
        if job is None:
            return files.next_poll(window)
        if job["result"].get("more_records"):
            rest = {"via": "bulk", "begin": window["begin"], "end": window["end"], "count": 0}
            windows.append({**rest, **files.order_rest(work, job)})
        window["done"] = True
        save()
    return None


def _read(work: Work, windows: Sequence[WindowState]) -> RecordTimes:
    """Return the ids and times of all records: from files, or by COQL or list."""
    names, records = _names(work), RecordTimes()
    for window in windows:
        if window["via"] == "bulk":
            job = files.ended_job(work, window)
            if job is not None:
                for page in files.rows_of_file(work, job, names, SORTED):
                    records.add(map(_record_time, page))
            continue
        for page in files.rows_directly(work, names, SORTED):
            records.add(map(_record_time, page))
    return records


def _record_time(row: dict[str, Any]) -> RecordTime:
    return str(row["id"]), seconds_of(row.get(TIME))


def _pages(work: Work) -> Iterator[Sequence[LocalRow]]:
    """Yield the local rows in the order of their ids, page by page."""
    rows = work.target.rows(work.connection).exclude(zoho_id=None).order_by("zoho_id")
    columns = ("zoho_id", "zoho_modified_time", "zoho_state", "synced_at")
    last = ""
    while page := list(rows.filter(zoho_id__gt=last).values_list(*columns)[:PAGE]):
        last = page[-1][0]
        yield [
            LocalRow(zoho_id, seconds_of(moment), state == RecordState.LIVE, read_at)
            for zoho_id, moment, state, read_at in page
        ]


def _stop(work: Work, compared: Differences) -> Applied:
    """Block the mirror without marking rows; changes are still read."""
    missing = len(compared.missing)
    with work.commit() as columns:
        columns.update(
            phase=MirrorState.Phase.BLOCKED,
            blocked=TOO_MANY_MISSING,
            last_error=(
                f"{missing} of {compared.rows} rows are not to be seen in Zoho any more. Nothing "
                "was marked: was a profile or a sharing rule changed? If this is right, reconcile "
                "with force, or resume the mirror; it looks again every day."
            ),
            drift=compared.drift,
            reconciliation={},
            reconciled_at=timezone.now(),
        )
    return Applied()


def _put_right(work: Work, compared: Differences) -> Applied:
    drift = max(compared.drift, work.state.reconciliation.get("drift", 0))
    if compared.drift:
        # Before a row is written: what is put right now is not found again, neither by who goes on
        # after a crash nor by who begins anew because somebody asked for it meanwhile.
        with work.commit() as columns:
            under_way = {**work.state.reconciliation, "drift": drift}
            columns.update(drift=drift, reconciliation=under_way)
    applied = verify(work, compared.to_read, RecordState.UNREACHABLE)
    applied.add(verify(work, compared.missing, RecordState.UNREACHABLE))

    def write(columns: dict[str, Any]) -> None:
        link_late(work.target, work.connection)
        columns.update(drift=drift, reconciliation={}, reconciled_at=timezone.now())
        if work.state.blocked == TOO_MANY_MISSING:
            columns.update(phase=MirrorState.Phase.LIVE, blocked="", last_error="")

    work.write(write)
    return applied


def _save(work: Work, reconciliation: dict[str, Any]) -> None:
    with work.commit() as columns:
        columns["reconciliation"] = reconciliation
