"""The operations on org, users, roles and profiles."""

from __future__ import annotations

from typing import Any

from ..core import Refusal, Request, Response, Routes, invalid_data, success
from ..engine.access import bad_path_id, find_by_id, require_param
from ..engine.batch import batch
from ..engine.bodies import require_item
from ..engine.settings import keys
from ..engine.settings.errors import not_allowed
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.roles")


@routes.route("GET", "/crm/{version}/settings/roles")
def list_roles(org: Organisation, request: Request) -> dict[str, Any]:
    """Return all roles."""
    return {"roles": [_render_role(org, role, request) for role in org.roles.values()]}


@routes.route("GET", "/crm/{version}/settings/roles/{role}")
def get_role(org: Organisation, request: Request, role: str) -> dict[str, Any] | None:
    """Return one role; 204 for an unknown id."""
    crm_role = find_by_id(request, org.roles, role, 2)
    return None if crm_role is None else {"roles": [_render_role(org, crm_role, request)]}


def _render_role(org: Organisation, role: dict[str, Any], request: Request) -> dict[str, Any]:
    if request.version < 3:
        return {name: value for name, value in role.items() if name != "api_name"}
    return {
        **role,
        "created_by__s": None,
        "modified_by__s": None,
        "created_time__s": None,
        "modified_time__s": None,
    }


_ROLES = "/crm/{version}/settings/roles"
_VERSIONS = (3, 8)

_KEYS = {
    "name": keys.Text(200, r"[^#]+"),
    "description": keys.Text(1000),
    "reporting_to": keys.Reference("roles"),
    "share_with_peers": keys.Flag(),
    "forecast_manager": keys.Reference("users"),
}


@routes.route("POST", _ROLES, versions=_VERSIONS)
def create_roles(org: Organisation, request: Request) -> Response:
    """Create roles."""

    def create(body: Item, path: JSONPath) -> Item:
        for name in ("name", "reporting_to"):
            if body.get(name) is None:
                raise path.child(name).missing()
        values = _read(org, body, None, path)
        role_id = org.ids.next()
        org.roles[role_id] = {
            "id": role_id,
            "api_name": values["name"].replace(" ", "_"),
            "description": None,
            "share_with_peers": False,
            "forecast_manager": None,
            "admin_user": False,
            **values,
            "display_label": values["name"],
        }
        return success("Role added", {"id": role_id})

    return batch(request, create, status=201, key="roles")


@routes.route("PUT", _ROLES, versions=_VERSIONS)
@routes.route("PUT", f"{_ROLES}/{{role_id}}", versions=_VERSIONS)
def update_roles(org: Organisation, request: Request, role_id: str = "") -> Response:
    """Change roles, each named by its `id`, or the one that the path names."""
    role = _require_role(org, request, role_id) if role_id else None

    def update(body: Item, path: JSONPath) -> Item:
        return _update(org, role or require_item(body, path, org.roles), body, path)

    return batch(request, update, key="roles", limit=1 if role_id else 100)


@routes.route("DELETE", f"{_ROLES}/{{role_id}}", versions=_VERSIONS)
def delete_role(org: Organisation, request: Request, role_id: str) -> Item:
    """Delete a role; its users and the roles below it move to another one."""
    role = _require_role(org, request, role_id)
    heir = org.roles.get(require_param(request, "transfer_to_id"))
    if heir is None or heir is role:
        raise invalid_data("the id given seems to be invalid", param_name="transfer_to_id")
    if role["reporting_to"] is None:
        raise not_allowed("the top role cannot be deleted", id=role_id)
    for user in org.users.values():
        if user.role_id == role_id:
            user.role_id = heir["id"]
    for other in list(org.roles.values()):
        if other["reporting_to"] and other["reporting_to"]["id"] == role_id:
            above = role["reporting_to"] if other is heir else _render_reference(heir)
            org.roles[other["id"]] = other | {"reporting_to": above}
    del org.roles[role_id]
    return {"roles": [success("Role deleted", {"id": role_id})]}


def _require_role(org: Organisation, request: Request, role_id: str) -> Item:
    if role_id not in org.roles:
        raise bad_path_id(request, 2)
    return org.roles[role_id]


def _render_reference(role: Item) -> Item:
    return {"name": role["name"], "id": role["id"]}


def _update(org: Organisation, role: Item, body: Item, path: JSONPath) -> Item:
    values = _read(org, body, role, path)
    above = values.get("reporting_to")
    while above is not None:
        if above["id"] == role["id"]:
            raise path.child("reporting_to").unknown_id()
        above = org.roles[above["id"]]["reporting_to"]
    if "name" in values:
        values["display_label"] = values["name"]
    changed = role | values
    org.roles[role["id"]] = changed
    for other in list(org.roles.values()):
        if other["reporting_to"] and other["reporting_to"]["id"] == role["id"]:
            org.roles[other["id"]] = other | {"reporting_to": _render_reference(changed)}
    return success("Role updated", {"id": role["id"]})


def _read(org: Organisation, body: Item, role: Item | None, path: JSONPath) -> Item:
    values: Item = {}
    for name, value_type in _KEYS.items():
        if body.get(name) is not None:
            values[name] = value_type.read(org, body[name], path.child(name))
    for other in org.roles.values():
        if other["name"] == values.get("name") and other is not role:
            raise Refusal("DUPLICATE_DATA", "duplicate data", details=path.child("name").details())
    if "reporting_to" in values:
        values["reporting_to"] = _render_reference(org.roles[values["reporting_to"]])
    if "forecast_manager" in values:
        values["forecast_manager"] = org.users[values["forecast_manager"]].reference
    return values
