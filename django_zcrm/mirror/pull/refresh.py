"""Reads some fields of all records: those with a `refresh` period, and new fields of a model."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from ...exceptions import NotFound
from ...zoho.query.read.archives import DamagedArchive
from ...zoho.query.read.snapshots import FailedJob
from ..apply import SyncResult
from ..declared_fields import (
    ROW_ID,
    organisation_fields,
    raise_if_field_is_refused,
    synced_names,
)
from ..leased_mirror import LeasedMirror
from ..locking import update_locked
from ..models import RecordState
from ..planning.reconcile import seconds_of
from ..planning.schedule import FILES, find_due_fields, without_files
from ..stored import id_of
from . import files
from .fields import TIME, PulledFields, complete_records, fields_of
from .files import REFUSALS, WindowState
from .reading import BATCH, read_rows_without_time
from .storing import commit
from .unstored import find_unstored_besides

PAGE = 2_000


def find_synced_fields(mirror: LeasedMirror) -> dict[str, str]:
    """Return the model's fields whose values were read for all rows, with Zoho's names.

    Returns all fields that the organisation has if the state does not have that yet.
    """
    fields, before = synced_names(mirror), mirror.state.fields
    if before is None:
        return fields
    return {name: zoho_name for name, zoho_name in fields.items() if before.get(name) == zoho_name}


def find_fields_to_read(mirror: LeasedMirror) -> tuple[str, ...]:
    """Return Zoho's names of the fields that are due for a refresh, or have not been read yet."""
    options = mirror.target.options
    if options is None:
        return ()
    fields, synced = organisation_fields(mirror), find_synced_fields(mirror)
    new: list[str] = []
    for name, zoho_name in synced_names(mirror).items():
        if name not in synced and name != ROW_ID:
            new += fields.extra if name == options.extra else [zoho_name]
    periods = {
        fields.names[name]: seconds
        for name, seconds in options.refresh.items()
        if name in fields.names
    }
    due = find_due_fields(periods, mirror.state.refreshed, timezone.now())
    return tuple(dict.fromkeys((*due, *new)))


def refresh_fields(mirror: LeasedMirror) -> SyncResult:
    """Do one step of reading the fields that are due.

    Few records are read by COQL, many by bulk read; `again` of the result is the seconds until the
    next step. Only live rows change, and only if they have the newest state of their record. Their
    times are kept.
    """
    under_way = mirror.state.refreshed.get(FILES)
    if under_way is None:
        return _begin(mirror)
    window = next((window for window in under_way["windows"] if not window.get("done")), None)
    if window is None:
        _forget_times_of_unseen(mirror, under_way["begun"])
        read_rows_without_time(mirror, zoho_state=RecordState.LIVE)
        with mirror.commit() as columns:
            moments = dict.fromkeys(under_way["names"], under_way["begun"])
            columns["refreshed"] = {**without_files(mirror.state.refreshed), **moments}
            columns["fields"] = {**(mirror.state.fields or {}), **under_way.get("fields", {})}
        return SyncResult()
    try:
        return _step(mirror, under_way, window)
    except (FailedJob, DamagedArchive):  # start again
        with mirror.commit() as columns:
            columns["refreshed"] = without_files(mirror.state.refreshed)
        raise


def _begin(mirror: LeasedMirror) -> SyncResult:
    """Store which fields are to be read, and forget those that are no longer there."""
    names, begin = find_fields_to_read(mirror), timezone.now()
    refreshed = without_files(mirror.state.refreshed)
    if names:
        _, windows = files.plan_windows(mirror)
        read = {
            name: zoho_name
            for name, zoho_name in synced_names(mirror).items()
            if {*zoho_name.split(",")} <= {*names}
        }
        begun = begin.isoformat()
        refreshed[FILES] = {"names": names, "fields": read, "begun": begun, "windows": windows}
        # A clock ahead read these. They are not to count as read by this refresh.
        rows = _live_rows(mirror).filter(synced_at__gt=begin).order_by("pk")
        _update_rows(mirror, list(rows.values_list("pk", flat=True)), synced_at=begin)

    def write(columns: dict[str, Any]) -> None:
        synced = find_synced_fields(mirror)
        columns.update(fields={**synced, **_clear_extra(mirror, synced)}, refreshed=refreshed)

    mirror.write(write)
    return SyncResult(again=0.0 if names else None)


def _live_rows(mirror: LeasedMirror) -> QuerySet[Any]:
    return mirror.target.rows(mirror.connection).filter(zoho_state=RecordState.LIVE)


def _forget_times_of_unseen(mirror: LeasedMirror, begun: str) -> None:
    """Remove the times of rows that were not read since a refresh began.

    Their records may have been hidden just then. As soon as they are shown again, they are read,
    although they have not changed. A comparison reads records that could not be stored anyway. A
    clock ahead that began the refresh makes rows that were read count as unseen, too, so they are
    read twice.
    """
    if not fields_of(mirror).has_time:
        return
    read = Q(synced_at__gt=datetime.fromisoformat(begun))
    rows = _live_rows(mirror).exclude(Q(zoho_id=None) | Q(zoho_modified_time=None) | read)
    unstored = set(find_unstored_besides(mirror, ()))
    unseen = rows.order_by("pk").values_list("pk", "zoho_id")
    keys = [key for key, zoho_id in unseen if zoho_id not in unstored]
    _update_rows(mirror, keys, zoho_modified_time=None)


def _update_rows(mirror: LeasedMirror, keys: Sequence[Any], **values: Any) -> None:
    for start in range(0, len(keys), BATCH):
        mirror.write(partial(_update, mirror, keys[start : start + BATCH], values))


def _update(
    mirror: LeasedMirror, keys: Sequence[Any], values: dict[str, Any], _: dict[str, Any]
) -> int:
    return update_locked(mirror.target.rows(mirror.connection), keys, **values)


def _clear_extra(mirror: LeasedMirror, synced: Collection[str]) -> dict[str, str]:
    """Empty the column of custom fields if the last one is gone; return what is synced then."""
    options = mirror.target.options
    if options is None or not options.extra or options.extra in synced:
        return {}
    if organisation_fields(mirror).extra:
        return {}
    # No call could return a value for it.
    mirror.target.rows(mirror.connection).update(**{options.extra: {}})
    return {options.extra: ""}


def _step(mirror: LeasedMirror, under_way: dict[str, Any], window: WindowState) -> SyncResult:
    """Do the next step of a window: create its job, poll it, or write the rows of its file."""
    names = _names_to_read(mirror, under_way, window)
    if window["via"] != "bulk":
        return _write(mirror, under_way, window, files.fetch_rows(mirror, names, PAGE))
    windows = under_way["windows"]
    try:
        files.create_jobs(mirror, windows, names, lambda: _save(mirror, under_way))
        job = files.fetch_ended_job(mirror, window)
    except REFUSALS as error:
        raise_if_field_is_refused(error, mirror)
        window.update(via="coql", job="")
    except NotFound:
        # A new job begins with the first part of the window: it has to be continued again.
        window.update(job="", applied=0, is_continued=False)
    except FailedJob as failed:
        if not isinstance(failed.error, REFUSALS):
            raise
        raise_if_field_is_refused(failed.error, mirror)
        window.update(via="coql", job="", applied=0)
    else:
        if job is None:
            return SyncResult(again=files.seconds_until_poll(window))
        pages = files.read_file(mirror, job, names, PAGE, window.get("applied", 0))
        if job["result"].get("more_records") and not window.get("is_continued"):
            windows.append({**window, **files.create_next_job(mirror, job), "applied": 0})
            window["is_continued"] = True
        return _write(mirror, under_way, window, pages, datetime.fromisoformat(window["read_at"]))
    _save(mirror, under_way)
    return SyncResult(again=0.0)


def _names_to_read(
    mirror: LeasedMirror, under_way: dict[str, Any], window: WindowState
) -> tuple[str, ...]:
    """Return the fields to read: the time, and the due fields that the window's calls return."""
    fields = fields_of(mirror)
    readable = _readable_fields(fields, window)
    own = (TIME,) if fields.has_time else ()
    return tuple(dict.fromkeys((*own, *(name for name in under_way["names"] if name in readable))))


def _readable_fields(fields: PulledFields, window: WindowState) -> Collection[str]:
    return fields.exported if window["via"] == "bulk" else fields.listed


def _write(
    mirror: LeasedMirror,
    under_way: dict[str, Any],
    window: WindowState,
    pages: Iterable[list[dict[str, Any]]],
    read_at: datetime | None = None,
) -> SyncResult:
    """Write the rows of a window that have not been written yet."""
    readable = _readable_fields(fields_of(mirror), window)
    singles = [name for name in under_way["names"] if name not in readable]
    is_moment_read = TIME in under_way["names"] and TIME in readable
    applied, position = SyncResult(again=0.0), window.get("applied", 0)
    for rows in pages:
        current = _select_current(mirror, rows, is_moment_read=is_moment_read)
        complete_records(mirror, current, singles)
        # A record that was hidden in between counts as unseen.
        current = [row for row in current if row.keys() >= {*singles}]
        position += len(rows)
        window["applied"] = position
        columns = {"refreshed": {**mirror.state.refreshed, FILES: under_way}}
        applied.add(commit(mirror, current, columns, read_at, is_whole=False))
        if mirror.is_out_of_time and window["via"] == "bulk":
            return applied
    window["done"] = True
    _save(mirror, under_way)
    return applied


def _select_current(
    mirror: LeasedMirror, rows: Sequence[dict[str, Any]], *, is_moment_read: bool
) -> list[dict[str, Any]]:
    """Return the records whose live rows have the same state, with the time only if it is due.

    A poll reads all fields of the others: of records that changed before the file, or after it.
    """
    here = _live_rows(mirror).filter(zoho_id__in=list(filter(None, map(id_of, rows))))
    moments = {
        zoho_id: seconds_of(moment)
        for zoho_id, moment in here.values_list("zoho_id", "zoho_modified_time")
    }
    return [
        {name: value for name, value in row.items() if name != TIME or is_moment_read}
        for row in rows
        if seconds_of(row.get(TIME)) == moments.get(id_of(row))
    ]


def _save(mirror: LeasedMirror, under_way: dict[str, Any]) -> None:
    with mirror.commit() as columns:
        columns["refreshed"] = {**mirror.state.refreshed, FILES: under_way}
