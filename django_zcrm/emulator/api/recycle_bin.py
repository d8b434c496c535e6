"""The recycle bin as a whole: its contents, restoring them, emptying it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..core import JsonResponse, Request, Response, Routes, dialect, invalid_data, success
from ..core.errors import one_of_missing
from ..engine.access import respond_no_content
from ..engine.batch import batch_status
from ..engine.deleting import delete_for_good, expire, restore
from ..engine.paging import paginate
from ..engine.paths import SETTINGS_PATH
from ..engine.rendering import localize, module_reference
from ..state import Organisation
from ..state.store import Deleted

# Zoho's SDK for v7 reads and purges; the rest is of v8.
routes = Routes(scope="ZohoCRM.settings.recycle_bin", versions=(7, 8))

BIN = SETTINGS_PATH + "/recycle_bin"
#: More records than this are processed later: 202 (OpenAPI 3.1, recycle bin).
MAX_AT_ONCE = 1_000
_UPDATE = "ZohoCRM.settings.recycle_bin.UPDATE"
_VERSIONS = (8.0, 8.0)


@routes.route("GET", BIN)
def list_bin(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Return a page of the recycle bin, the last deleted first."""
    ids = request.args.comma_separated("ids")
    entries = [entry for entry in _contents(org) if not ids or entry.id in ids]
    entries.sort(key=lambda entry: (entry.deleted_time, entry.id), reverse=True)
    if request.args.get("sort_order") == "asc":
        entries.reverse()
    page = paginate(
        org, request, [_render_entry(org, request, entry) for entry in entries], tokens=False
    )
    if not page.rows:
        return None
    info = {name: page.info[name] for name in ("per_page", "count", "page", "more_records")}
    return {"recycle_bin": page.rows, "info": info}


@routes.route("GET", BIN + "/{record}")
def get_binned(org: Organisation, request: Request, record: str) -> dict[str, Any] | None:
    """Return one record in the recycle bin."""
    entry = _entry(org, record)
    if entry is None:
        return respond_no_content(record)
    info = {"per_page": 1, "count": 1, "page": 1, "more_records": False}
    return {"recycle_bin": [_render_entry(org, request, entry)], "info": info}


@routes.route("GET", BIN + "/actions/count", versions=_VERSIONS)
def count_bin(org: Organisation, request: Request) -> dict[str, int]:
    """Return how many records are in the recycle bin."""
    return {"count": len(_contents(org))}


@routes.route("DELETE", BIN)
def delete_binned(org: Organisation, request: Request) -> Response:
    """Delete records for good: those of `ids`, or all."""
    ids = request.args.comma_separated("ids") or [entry.id for entry in _contents(org)]
    return _work_on_each(org, request, ids, delete_for_good, "record deleted permanently")


@routes.route("DELETE", BIN + "/{record}")
def delete_one_binned(org: Organisation, request: Request, record: str) -> Response:
    """Delete one record for good."""
    return _work_on_each(org, request, [record], delete_for_good, "record deleted permanently")


@routes.route("POST", BIN + "/actions/empty", scope=_UPDATE, versions=_VERSIONS)
def empty_bin(org: Organisation, request: Request) -> Response:
    """Delete everything in the recycle bin for good."""
    entries = _contents(org)
    delete_for_good(org, entries)
    if len(entries) > MAX_AT_ONCE:
        return JsonResponse({**success("emptying is scheduled"), "code": "SCHEDULED"}, 202)
    return JsonResponse(success("recycle bin emptied successfully"))


@routes.route("POST", BIN + "/actions/restore", scope=_UPDATE, versions=_VERSIONS)
def restore_binned(org: Organisation, request: Request) -> Response:
    """Restore records: those of `ids`, or all (`restore_all_records`)."""
    body = request.json_object()
    ids = body.get("ids")
    if body.get("restore_all_records") is True:
        ids = [entry.id for entry in _contents(org)]
    if not isinstance(ids, list) or not ids:
        raise one_of_missing("ids", "restore_all_records")
    return _work_on_each(
        org, request, [str(record_id) for record_id in ids], restore, "record restored successfully"
    )


@routes.route("POST", BIN + "/{record}/actions/restore", scope=_UPDATE, versions=_VERSIONS)
def restore_one_binned(org: Organisation, request: Request, record: str) -> Response:
    """Restore one record."""
    return _work_on_each(org, request, [record], restore, "record restored successfully")


def _contents(org: Organisation) -> list[Deleted]:
    results: list[Deleted] = []
    for table in org.records.tables.values():
        expire(org, table)
        results += [entry for entry in table.deleted.values() if entry.record is not None]
    return results


def _entry(org: Organisation, record_id: str) -> Deleted | None:
    return next((entry for entry in _contents(org) if entry.id == record_id), None)


def _work_on_each(
    org: Organisation,
    request: Request,
    ids: Iterable[str],
    work: Callable[[Organisation, list[Deleted]], None],
    message: str,
) -> Response:
    entries = {entry.id: entry for entry in _contents(org)}
    unique_ids = list(dict.fromkeys(ids))
    work(org, [entries[record_id] for record_id in unique_ids if record_id in entries])
    results = [
        success(message, {"id": record_id})
        if record_id in entries
        else invalid_data("the id given seems to be invalid", id=record_id).body
        for record_id in unique_ids
    ]
    status = batch_status(results, dialect(request.version))
    if status == 200 and len(results) > MAX_AT_ONCE:
        status = 202
    return JsonResponse({"recycle_bin": results}, status)


def _render_entry(org: Organisation, request: Request, entry: Deleted) -> dict[str, Any]:
    def person(user_id: str | None) -> dict[str, str] | None:
        user = org.users.get(user_id or "")
        return user.reference if user else None

    record = entry.record or {}
    return {
        "id": entry.id,
        "display_name": entry.display_name,
        "deleted_time": localize(entry.deleted_time, request.user.time_zone),
        "owner": person(record.get("Owner")),
        "module": module_reference(org, entry.module),
        "deleted_by": person(entry.deleted_by),
    }
