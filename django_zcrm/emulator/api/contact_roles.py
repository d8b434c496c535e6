"""The roles of contacts in deals: an editable list."""

from __future__ import annotations

from typing import Any

from ..core import JsonResponse, Refusal, Request, Response, Routes, dialect, invalid_data, success
from ..engine.access import get_ids_param, respond_no_content
from ..engine.batch import batch, batch_status
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes(scope=("ZohoCRM.modules.contacts", "ZohoCRM.modules"))

ROLES = "/crm/{version}/Contacts/roles"


@routes.route("GET", ROLES)
def list_roles(org: Organisation, request: Request) -> dict[str, Any] | None:
    """Return the roles, in their order."""
    roles = sorted(org.records.contact_roles.values(), key=lambda role: role["sequence_number"])
    return {"contact_roles": roles} if roles else None


@routes.route("GET", ROLES + "/{role}")
def get_role(org: Organisation, request: Request, role: str) -> dict[str, Any] | None:
    """Return one role."""
    contact_role = org.records.contact_roles.get(role)
    return respond_no_content(role) if contact_role is None else {"contact_roles": [contact_role]}


@routes.route("POST", ROLES)
def create_roles(org: Organisation, request: Request) -> Response:
    """Create roles."""

    def create(item: Item, path: JSONPath) -> Item:
        name = _name(org, item, path)
        role_id = org.ids.next()
        number = item.get("sequence_number") or len(org.records.contact_roles) + 1
        org.records.contact_roles[role_id] = {
            "id": role_id,
            "name": name,
            "sequence_number": number,
        }
        return success("contact role added", {"id": role_id})

    return batch(request, create, key="contact_roles")


@routes.route("PUT", ROLES)
@routes.route("PUT", ROLES + "/{role}")
def update_roles(org: Organisation, request: Request, role: str = "") -> Response:
    """Rename or reorder roles, each named by its `id`, or the one that the path names."""

    def update(item: Item, path: JSONPath) -> Item:
        return _update(org, role or str(item.get("id")), item, path)

    return batch(request, update, key="contact_roles", limit=1 if role else 100)


@routes.route("DELETE", ROLES)
@routes.route("DELETE", ROLES + "/{role}")
def delete_roles(org: Organisation, request: Request, role: str = "") -> Response:
    """Delete the roles that the parameter `ids` names, or the one that the path names."""
    results = []
    for role_id in [role] if role else get_ids_param(request):
        if org.records.contact_roles.pop(role_id, None) is None:
            results.append(invalid_data("the id given seems to be invalid", id=role_id).body)
        else:
            results.append(success("contact role deleted", {"id": role_id}))
    return JsonResponse({"contact_roles": results}, batch_status(results, dialect(request.version)))


def role_named(org: Organisation, name_or_id: str) -> dict[str, Any] | None:
    """Find a role by its id or its name."""
    return next(
        (
            role
            for role in org.records.contact_roles.values()
            if name_or_id in (role["id"], role["name"])
        ),
        None,
    )


def _name(org: Organisation, item: Item, path: JSONPath, role_id: str = "") -> str:
    """Return the name of a role. Raises Refusal for a bad one, or one that another role has."""
    name = item.get("name")
    child = path.child("name")
    if name is None or name == "":
        raise child.missing()
    if not isinstance(name, str):
        raise child.invalid(expected_data_type="text")
    if len(name) > 50:
        raise child.invalid(maximum_length=50)
    for other in org.records.contact_roles.values():
        if other["name"].casefold() == name.casefold() and other["id"] != role_id:
            raise Refusal("DUPLICATE_DATA", "duplicate data", details=child.details(id=other["id"]))
    return name


def _update(org: Organisation, role_id: str, item: Item, path: JSONPath) -> Item:
    role = org.records.contact_roles.get(role_id)
    if role is None:
        raise path.child("id").unknown_id()
    changed = dict(role)
    if "name" in item:
        changed["name"] = _name(org, item, path, role_id)
    if isinstance(item.get("sequence_number"), int):
        changed["sequence_number"] = item["sequence_number"]
    org.records.contact_roles[role_id] = changed
    return success("contact role updated", {"id": role_id})
