"""Reads fields of all records: those with a `refresh` period, and new ones of a model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from ...exceptions import NotFound
from ..apply import Applied
from ..models import RecordState
from ..planning.reconcile import seconds_of
from ..planning.schedule import FILES, fields_due
from ..work import Work
from . import files
from .fields import TIME, PulledFields, completed, fields_of
from .files import REFUSALS, WindowState
from .storing import commit

PAGE = 2_000


def fields_held(work: Work) -> dict[str, str]:
    """Return the model's fields whose values have been read for all rows, with Zoho's names.

    All of them if that is not known.
    """
    fields = work.target.options.fields if work.target.options else {}
    before = work.state.fields
    if before is None:
        return dict(fields)
    return {name: zoho_name for name, zoho_name in fields.items() if before.get(name) == zoho_name}


def fields_to_read(work: Work) -> tuple[str, ...]:
    """Return Zoho's names of the fields that are due by `refresh`, or have not been read yet."""
    options = work.target.options
    if options is None:
        return ()
    held = fields_held(work)
    new = [zoho_name for name, zoho_name in options.fields.items() if name not in held]
    due = fields_due(options.refresh, work.state.refreshed, timezone.now())
    return tuple(dict.fromkeys((*due, *new)))


def refresh_fields(work: Work) -> Applied:
    """Do one step of reading the fields that are due.

    Few records are read by COQL, many by bulk read; `again` is the seconds until the next step.
    Only live rows change, and only if no newer state of their record is yet to be read; their times
    are kept.
    """
    fields = dict(work.target.options.fields) if work.target.options else {}
    under_way = work.state.refreshed.get(FILES)
    if under_way is None or not set(under_way["names"]) <= set(fields.values()):
        return _begin(work, fields)
    window = next((window for window in under_way["windows"] if not window.get("done")), None)
    if window is None:
        with work.commit() as columns:
            refreshed = {name: at for name, at in work.state.refreshed.items() if name != FILES}
            moments = dict.fromkeys(under_way["names"], under_way["begun"])
            columns["refreshed"] = {**refreshed, **moments}
            columns["fields"] = {**(work.state.fields or {}), **under_way.get("fields", {})}
        return Applied()
    return _step(work, under_way, window)


def _begin(work: Work, fields: dict[str, str]) -> Applied:
    """Store which fields are to be read, and forget those that the model no longer has."""
    names, begun = fields_to_read(work), timezone.now().isoformat()
    refreshed = {name: at for name, at in work.state.refreshed.items() if name != FILES}
    if names:
        _, windows = files.planned(work)
        read = {name: zoho_name for name, zoho_name in fields.items() if zoho_name in names}
        refreshed[FILES] = {"names": names, "fields": read, "begun": begun, "windows": windows}
    with work.commit() as columns:
        columns.update(fields=fields_held(work), refreshed=refreshed)
    return Applied(again=0.0 if names else None)


def _step(work: Work, under_way: dict[str, Any], window: WindowState) -> Applied:
    """Do the next step of a window: create its job, poll it, or write the rows of its file."""
    asked = _names_to_read(work, under_way, window)
    if window["via"] != "bulk":
        return _write(work, under_way, window, files.rows_directly(work, asked, PAGE))
    windows = under_way["windows"]
    try:
        files.order_files(work, windows, asked, lambda: _save(work, under_way))
        job = files.ended_job(work, window)
    except REFUSALS:
        window.update(via="coql", job="")
    except NotFound:
        window.update(job="", applied=0)
    else:
        if job is None:
            return Applied(again=files.next_poll(window))
        pages = files.rows_of_file(work, job, asked, PAGE, window.get("applied", 0))
        if job["result"].get("more_records"):
            windows.append({**window, **files.order_rest(work, job), "applied": 0})
        return _write(work, under_way, window, pages, datetime.fromisoformat(window["read_at"]))
    _save(work, under_way)
    return Applied(again=0.0)


def _names_to_read(work: Work, under_way: dict[str, Any], window: WindowState) -> tuple[str, ...]:
    """Return the fields to read of all records: their time, and those that can be read this way."""
    fields = fields_of(work)
    readable = _readable(fields, window)
    own = (TIME,) if fields.has_time else ()
    return tuple(dict.fromkeys((*own, *(name for name in under_way["names"] if name in readable))))


def _readable(fields: PulledFields, window: WindowState) -> Collection[str]:
    return fields.exported if window["via"] == "bulk" else fields.listed


def _write(
    work: Work,
    under_way: dict[str, Any],
    window: WindowState,
    pages: Iterable[list[dict[str, Any]]],
    read_at: datetime | None = None,
) -> Applied:
    """Write those rows of a window that have not been written."""
    readable = _readable(fields_of(work), window)
    singles = [name for name in under_way["names"] if name not in readable]
    is_moment_read = TIME in under_way["names"] and TIME in readable
    applied, position = Applied(again=0.0), window.get("applied", 0)
    for rows in pages:
        current = _current(work, rows, is_moment_read=is_moment_read)
        completed(work, current, singles)
        position += len(rows)
        window["applied"] = position
        noted = {"refreshed": {**work.state.refreshed, FILES: under_way}}
        applied.add(commit(work, current, noted, read_at))
    window["done"] = True
    _save(work, under_way)
    return applied


def _current(
    work: Work, rows: Sequence[dict[str, Any]], *, is_moment_read: bool
) -> list[dict[str, Any]]:
    """Return records of live rows that are not behind; their time only if it is to be read."""
    here = work.target.rows(work.connection).filter(
        zoho_state=RecordState.LIVE, zoho_id__in=[str(row["id"]) for row in rows]
    )
    moments = {
        zoho_id: seconds_of(moment)
        for zoho_id, moment in here.values_list("zoho_id", "zoho_modified_time")
    }
    return [
        {name: value for name, value in row.items() if name != TIME or is_moment_read}
        for row in rows
        if str(row["id"]) in moments and seconds_of(row.get(TIME)) <= moments[str(row["id"])]
    ]


def _save(work: Work, under_way: dict[str, Any]) -> None:
    with work.commit() as columns:
        columns["refreshed"] = {**work.state.refreshed, FILES: under_way}
