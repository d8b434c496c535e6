"""The first reading of a module: by bulk read, in windows of Created_Time; it is resumable.

The state holds the windows, each with the id of its job and how many of its rows are written. A
call does one step: it creates jobs, polls one, or writes the rows of its file page by page.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.utils import timezone

from ...conf import get_settings
from ...exceptions import Limited, NotFound, UnreadableReply
from ..apply import Applied
from ..models import MirrorState
from ..planning.cursor import horizon
from ..relations import link_late
from ..work import Work
from . import files
from .fields import PulledFields, completed, fields_of
from .files import REFUSALS, WindowState
from .storing import commit

PAGE = 2_000
"""Rows per transaction: at most so many are written again after a worker has died."""


def backfill_step(work: Work) -> Applied:
    """Do one step of the first reading; `again` is the seconds until the next.

    Raises what calls raise, and LeaseLost.
    """
    if work.state.horizon is None or not work.state.windows:
        now, windows = files.planned(work)
        settle = timedelta(seconds=get_settings().mirror.settle)
        with work.commit() as columns:
            fields = work.target.options.fields if work.target.options else {}
            columns.update(horizon=horizon(now, settle), windows=windows, fields=dict(fields))
        return Applied(again=0.0)
    window = next((window for window in work.state.windows if not window.get("done")), None)
    if window is None:
        return _ended(work)
    if window["via"] != "bulk":
        return _read_directly(work, window)
    return _exported(work, window)


def progress(windows: list[WindowState]) -> tuple[int, int]:
    """Return how many records have been read, and about how many there are."""
    read = sum(window.get("before", 0) + window.get("applied", 0) for window in windows)
    return read, max(read, sum(window.get("count", 0) for window in windows))


def _exported(work: Work, window: WindowState) -> Applied:
    """Do the next step of a window: create its job, poll it, or write the rows of its file."""
    windows, fields = work.state.windows, fields_of(work)
    try:
        files.order_files(work, windows, fields.exported, lambda: _note(work, window))
    except REFUSALS:
        if files.has_begun(windows):
            raise
        count = sum(window["count"] for window in windows)
        with work.commit() as columns:
            columns["windows"] = [{"via": "coql", "count": count}]
        return Applied(again=0.0)
    try:
        job = files.ended_job(work, window)
        if job is None:
            return Applied(again=files.next_poll(window))
        return _write(work, window, job, fields)
    except NotFound:  # Zoho keeps files for a day
        _note(work, window, job="", applied=0, before=0)
        return Applied(again=0.0)
    except Limited as error:
        return Applied(again=error.retry_after or files.DOWNLOAD_PAUSE)


def _write(work: Work, window: WindowState, job: dict[str, Any], fields: PulledFields) -> Applied:
    """Write the rest of a job's file; create a job for the records that did not fit into it."""
    applied, position = Applied(again=0.0), window.get("applied", 0)
    read_at = datetime.fromisoformat(window["read_at"])
    missing = fields.left_by_export
    for rows in files.rows_of_file(work, job, fields.exported, PAGE, position):
        completed(work, rows, missing)
        position += len(rows)
        noted = {"windows": _changed(work, window, applied=position)}
        applied.add(commit(work, rows, noted, read_at))
    if position != (count := files.count_of(job)):
        _note(work, window, job="", applied=0, before=0)
        raise UnreadableReply(f"the bulk read {job['id']} has {position} rows, not {count}")
    if not job["result"].get("more_records"):
        _note(work, window, done=True)
        return applied
    before = window.get("before", 0) + position
    _note(work, window, **files.order_rest(work, job), applied=0, before=before)
    return applied


def _read_directly(work: Work, window: WindowState) -> Applied:
    """Read the records by COQL in the order of their ids, or by list from the start."""
    fields, applied = fields_of(work), Applied(again=0.0)
    records = work.crm.objects(work.state.module).values("id", *fields.listed)
    if window["via"] == "coql":
        after = window.get("after", "")
        records = (records.filter(id__gt=after) if after else records).order_by("id")
    stream = iter(records.iterator(chunk_size=PAGE, via=window["via"]))
    position = window.get("applied", 0) if window["via"] == "coql" else 0
    try:
        while rows := list(islice(stream, PAGE)):
            completed(work, rows, fields.single)
            position += len(rows)
            last = str(rows[-1]["id"])
            noted = {"windows": _changed(work, window, applied=position, after=last)}
            applied.add(commit(work, rows, noted))
    except REFUSALS:
        if window["via"] == "list" or position:
            raise
        _note(work, window, via="list")
        return Applied(again=0.0)
    _note(work, window, done=True)
    return applied


def _ended(work: Work) -> Applied:
    """End the first reading: changes are read from the time at which it began."""

    def write(columns: dict[str, Any]) -> None:
        link_late(work.target, work.connection)
        columns.update(
            phase=MirrorState.Phase.LIVE,
            blocked="",
            synced_until=work.state.horizon,
            deleted_until=work.state.deleted_until or work.state.horizon,
            reconciled_at=work.state.reconciled_at or timezone.now(),
            horizon=None,
            windows=[],
        )

    work.write(write)
    return Applied(again=0.0)


def _note(work: Work, window: WindowState, **values: Any) -> None:
    with work.commit() as columns:
        columns["windows"] = _changed(work, window, **values)


def _changed(work: Work, window: WindowState, **values: Any) -> list[WindowState]:
    """Change one window in place, and return all."""
    window.update(values)
    windows: list[WindowState] = work.state.windows
    return windows
