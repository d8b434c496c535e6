"""Assigning records to territories and removing them (docs v8 assign-territories)."""

from __future__ import annotations

from collections.abc import Callable

from ...core import Refusal, Request, Response, Routes, success
from ...engine.access import find_module, require_record
from ...engine.batch import batch
from ...engine.bodies import require_id, require_objects
from ...engine.values import JSONPath
from ...state import Item, Module, Organisation

routes = Routes(versions=(2.1, 8))

_MANY = "/crm/{version}/{module}/actions"
_ONE = "/crm/{version}/{module}/{id}/actions"
_SCOPE = ("ZohoCRM.modules.{module}.UPDATE", "ZohoCRM.modules.UPDATE")
_MODULES = ("Leads", "Accounts", "Contacts", "Deals")
_ASSIGNED = "the territories data updated successfully"
_REMOVED = "the territories are removed successfully"
#: How many territories a record can have (OpenAPI 3.1: LIMIT_EXCEEDED).
MAX_RECORDS = 25

#: Computes a record's new territories from (current, named). Raises Refusal.
TerritoryChange = Callable[[list[str], list[str], JSONPath], list[str]]


def _territorial(org: Organisation, request: Request, module: str) -> Module:
    """Return a module whose records have territories. Raises Refusal."""
    crm_module = find_module(org, request, module)
    if crm_module.api_name not in _MODULES and crm_module.generated_type != "custom":
        raise Refusal("NOT_SUPPORTED", "Territory is not supported for the given module")
    if not org.settings.items("territories"):
        raise Refusal("TERRITORY_NOT_ENABLED", "the territory feature is not enabled", 403)
    return crm_module


def _add(before: list[str], territory_ids: list[str], path: JSONPath) -> list[str]:
    for index, territory_id in enumerate(territory_ids):
        if territory_id in before:
            raise Refusal(
                "DUPLICATE_DATA",
                "Given Territory id already exists for that record",
                details=path.child(index).child("id").details(),
            )
    after = [*before, *territory_ids]
    if len(after) > MAX_RECORDS:
        raise Refusal(
            "LIMIT_EXCEEDED",
            "Maximum limit of territories for that record exceeds",
            details=path.details(limit=MAX_RECORDS),
        )
    return after


def _take(before: list[str], territory_ids: list[str], path: JSONPath) -> list[str]:
    for index, territory_id in enumerate(territory_ids):
        if territory_id not in before:
            raise path.child(index).child("id").invalid()
    return [previous for previous in before if previous not in territory_ids]


def _change(
    org: Organisation,
    record_id: str,
    body: Item,
    path: JSONPath,
    change: TerritoryChange,
    message: str,
) -> Item:
    territories = org.settings.items("territories")
    ids = [
        require_id(item, child, territories)
        for item, child in require_objects(body, "Territories", path)
    ]
    items = org.settings.items("record_territories")
    before = items.get(record_id, {}).get("territories", [])
    after = change(before, list(dict.fromkeys(ids)), path.child("Territories"))
    items[record_id] = {"id": record_id, "territories": after}
    return success(message, {"id": record_id})


def _change_each(
    org: Organisation, request: Request, module: str, id: str, change: TerritoryChange, message: str
) -> Response:
    crm_module = _territorial(org, request, module)
    record = require_record(org, request, crm_module, id) if id else None
    rows = org.records.table(crm_module.api_name).rows

    def work(body: Item, path: JSONPath) -> Item:
        record_id = record["id"] if record else require_id(body, path, rows)
        return _change(org, record_id, body, path, change, message)

    return batch(request, work, limit=1 if id else 100)


@routes.route("POST", f"{_MANY}/assign_territories", scope=_SCOPE)
@routes.route("POST", f"{_ONE}/assign_territories", scope=_SCOPE)
def assign(org: Organisation, request: Request, module: str, id: str = "") -> Response:
    """Assign records, or the one that the path names, to territories."""
    return _change_each(org, request, module, id, _add, _ASSIGNED)


@routes.route("POST", f"{_MANY}/remove_territories", scope=_SCOPE)
@routes.route("POST", f"{_ONE}/remove_territories", scope=_SCOPE)
def remove(org: Organisation, request: Request, module: str, id: str = "") -> Response:
    """Remove records, or the one that the path names, from territories."""
    return _change_each(org, request, module, id, _take, _REMOVED)
