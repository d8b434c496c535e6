"""Changing the owner of records."""

from __future__ import annotations

from ...core import JsonResponse, Request, Response, Routes, dialect
from ...core.errors import Refusal, invalid_data, over_limit, success
from ...engine import visibility
from ...engine.access import require_record
from ...engine.history import log_change
from ...engine.paths import MODULE, RECORD
from ...engine.values import JSONPath, format_moment, reference_id
from ...state import Item, Module, Organisation, StoredRecord, User
from .. import record_locks
from .writing import writable_module

routes = Routes(scope="ZohoCRM.change_owner")

MAX_IDS = 500


@routes.route("POST", MODULE + "/actions/change_owner")
def change_owners(org: Organisation, request: Request, module: str) -> Response:
    """Change the owner of the records that `ids` names."""
    crm_module = writable_module(org, request, module)
    ids = request.json_object().get("ids")
    if not isinstance(ids, list) or not ids:
        raise Refusal(
            "MANDATORY_NOT_FOUND",
            "required field not found",
            details={"api_name": "ids", "json_path": "$.ids"},
        )
    if len(ids) > MAX_IDS:
        raise over_limit("ids", MAX_IDS, api_name="ids", json_path="$.ids")
    owner = new_owner(org, request)
    results = []
    for index, record_id in enumerate(ids):
        record = visibility.find_visible(org, request, crm_module, str(record_id))
        if record is None:
            results.append(
                invalid_data(
                    "the id given seems to be invalid",
                    api_name="ids",
                    json_path=f"$.ids[{index}]",
                ).body
            )
            continue
        try:
            results.append(hand_over(org, request, crm_module, record, owner))
        except Refusal as refusal:
            results.append(refusal.body)
    # Refused items have status 200 here (OpenAPI 3.0 and 3.1, change owner).
    return JsonResponse({"data": results})


@routes.route("POST", RECORD + "/actions/change_owner")
def change_owner(org: Organisation, request: Request, module: str, id: str) -> Response:
    """Change the owner of one record."""
    crm_module = writable_module(org, request, module)
    record = require_record(org, request, crm_module, id)
    owner = new_owner(org, request)
    return JsonResponse({"data": [hand_over(org, request, crm_module, record, owner)]})


def new_owner(org: Organisation, request: Request) -> User:
    path = JSONPath(dialect(request.version), "owner", "$.owner")
    value = request.json_object().get("owner")
    if value is None:
        raise path.missing()
    user = org.users.get(reference_id(value, path))
    if user is None or user.status != "active":
        raise path.child("id").unknown_id()
    return user


def hand_over(
    org: Organisation, request: Request, module: Module, record: StoredRecord, owner: User
) -> Item:
    visibility.require(org, request, module, record, "update")
    record_locks.guard(org, request, module, record, "change_owner")
    now = format_moment(org.clock.now())
    changed = {
        **record,
        "Owner": owner.id,
        "Modified_By": request.user.id,
        "Modified_Time": now,
    }
    org.records.put(module.api_name, changed)
    log_change(org, request, module, "owner_reassigned", record, changed)
    related_modules = request.json_object().get("related_modules")
    for related in related_modules if isinstance(related_modules, list) else ():
        name = related.get("api_name") if isinstance(related, dict) else None
        item = module.related_list(str(name))
        if item is None or item.field is None:
            continue
        for child in list(org.records.children(item.module, item.field, record["id"])):
            org.records.put(item.module, {**child, "Owner": owner.id, "Modified_Time": now})
    return success("owner is successfully updated", {"id": record["id"]})
