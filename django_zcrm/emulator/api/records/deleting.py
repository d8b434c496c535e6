"""Deleting records, and listing deleted ones."""

from __future__ import annotations

from typing import Any

from ...core import JsonResponse, Refusal, Request, Response, Routes, dialect, success
from ...engine import visibility
from ...engine.access import (
    external_field,
    find_module,
    find_record,
    get_ids_param,
    get_modified_since,
    require_ids,
)
from ...engine.batch import batch_status
from ...engine.deleting import delete, expire
from ...engine.paging import paginate
from ...engine.paths import DELETE, MODULE, READ, RECORD
from ...engine.rendering import localize
from ...engine.values import is_id
from ...state import Module, Organisation, StoredRecord
from ...state.store import Deleted
from .. import record_locks
from .writing import writable_module

routes = Routes()


@routes.route("DELETE", MODULE, scope=DELETE)
def delete_records(org: Organisation, request: Request, module: str) -> Response:
    """Delete the records that the parameter `ids` names."""
    crm_module = writable_module(org, request, module)
    return delete_by_ids(org, request, crm_module)


@routes.route("DELETE", RECORD, scope=DELETE)
def delete_record(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Delete the record that the path names."""
    crm_module = writable_module(org, request, module)
    record = find_record(org, request, crm_module, id)
    results = [_delete_one(org, request, crm_module, id, record)]
    return JsonResponse({"data": results}, batch_status(results, dialect(request.version)))


@routes.route("GET", MODULE + "/deleted", scope=READ)
def list_deleted(
    org: Organisation, request: Request, module: str
) -> Response | dict[str, Any] | None:
    """Return the deleted records: in the recycle bin, or permanently deleted."""
    crm_module = find_module(org, request, module)
    deleted_type = request.args.get("type", "all")
    if deleted_type not in ("all", "recycle", "permanent"):
        raise Refusal(
            "PATTERN_NOT_MATCHED",
            "Please check whether the input values are correct",
            details={"param_name": "type"},
        )
    expire(org, org.records.table(crm_module.api_name))
    since = get_modified_since(org, request)
    entries = [
        entry
        for entry in org.records.table(crm_module.api_name).deleted.values()
        if deleted_type in ("all", "permanent" if entry.record is None else "recycle")
        and (since is None or entry.deleted_time > since)
    ]
    entries.sort(key=lambda entry: (entry.deleted_time, entry.id), reverse=True)
    rows = (_render_deleted(org, request, entry) for entry in entries)
    page = paginate(org, request, rows, sort_by="deleted_time", tokens=False)
    if not page.rows:
        return Response(status=304) if since is not None else None
    page.info.pop("sort_by", None)
    page.info.pop("sort_order", None)
    return {"data": page.rows, "info": page.info}


def delete_by_ids(org: Organisation, request: Request, module: Module) -> Response:
    """Delete the records of a module that `ids` names and return the outcome of each."""
    external = external_field(request, module)
    table = org.records.table(module.api_name)
    results = []
    ids = get_ids_param(request)
    if external is None:
        require_ids(ids)
    for record_id in ids:
        record = (
            next(iter(table.find(external, record_id)), None) if external else table.get(record_id)
        )
        results.append(_delete_one(org, request, module, record_id, record))
    return JsonResponse({"data": results}, batch_status(results, dialect(request.version)))


def _delete_one(
    org: Organisation, request: Request, module: Module, id: str, record: StoredRecord | None
) -> dict[str, Any]:
    if record is None or visibility.is_hidden(org, request, module, record):
        message = "record not deleted" if is_id(id) else "the id given seems to be invalid"
        return Refusal("INVALID_DATA", message, details={"id": id}).body
    try:
        visibility.require(org, request, module, record, "delete")
        record_locks.guard(org, request, module, record, "delete")
    except Refusal as refusal:
        return refusal.body
    delete(org, module, record, request.user.id)
    return success("record deleted", {"id": record["id"]})


def _render_deleted(org: Organisation, request: Request, entry: Deleted) -> dict[str, Any]:
    def person(user_id: str | None) -> dict[str, str] | None:
        user = org.users.get(user_id or "")
        return user.reference if user else None

    is_permanent = entry.record is None
    return {
        "deleted_by": person(entry.deleted_by),
        "id": entry.id,
        "display_name": entry.display_name,
        "type": "permanent" if is_permanent else "recycle",
        "created_by": None if is_permanent else person(entry.created_by),
        "deleted_time": localize(entry.deleted_time, request.user.time_zone),
    }
