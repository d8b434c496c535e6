"""Users of portals."""

from __future__ import annotations

from ..core import Refusal, Request, Response, Routes, invalid_data, success
from ..engine.access import bad_path_id, require_param
from ..engine.bodies import body_path, require_id, require_objects
from ..engine.rendering import localize
from ..engine.settings import SETTINGS, ItemCollection
from ..engine.settings.actions import respond_scheduled
from ..state import Item, Organisation
from .portal_user_types import USER_TYPE
from .portals import PORTALS

routes = Routes(scope="ZohoCRM.settings.clientportal", versions=(6, 8), generic=True)

_SCOPE = f"{SETTINGS}.clientportal"
_PORTALS = "/crm/{version}/settings/portals"
_USERS = f"{_PORTALS}/{{portal_name}}/user_type/{{user_type_id}}/users"
_STATUS = f"{_PORTALS}/{{portal}}/user_type/{{userType}}/users"


def _type_of(
    org: Organisation, request: Request, portal: str, user_type: str
) -> tuple[dict[str, Item], Item]:
    """Return the users of one of a portal's user types, and the type."""
    crm_portal = ItemCollection(org, request, PORTALS, {}).require(portal)
    types = ItemCollection(org, request, USER_TYPE, {"portal": portal})
    return org.settings.items("portal_users", crm_portal["id"], user_type), types.require(user_type)


@routes.route("GET", _USERS, versions=(3, 8))
def list_portal_users(
    org: Organisation, request: Request, portal_name: str, user_type_id: str
) -> Item | None:
    """Return the portal users of a user type."""
    items, _ = _type_of(org, request, portal_name, user_type_id)
    rows = [
        {
            **person,
            "created_time": localize(person["created_time"], request.user.time_zone),
            "personality_id": person["id"],
        }
        for person in items.values()
    ]
    if not rows:
        return None
    return {
        "users": [{key: row[key] for key in row if key != "id"} for row in rows],
        "info": {"total_count": len(rows)},
    }


def _read_people(request: Request, items: dict[str, Item]) -> list[str]:
    ids = require_param(request, "personality_ids").split(",")
    for personality_id in ids:
        if personality_id not in items:
            raise invalid_data("the id given seems to be invalid", param_name="personality_ids")
    return ids


@routes.route("DELETE", _USERS)
def remove_portal_users(
    org: Organisation, request: Request, portal_name: str, user_type_id: str
) -> Item:
    """Remove users from a portal."""
    items, _ = _type_of(org, request, portal_name, user_type_id)
    results = []
    for personality_id in _read_people(request, items):
        del items[personality_id]
        results.append(
            success("portal user deleted successfully", {"personality_id": personality_id})
        )
    return {"users": results}


@routes.route("POST", f"{_USERS}/action/transfer", scope=f"{_SCOPE}.UPDATE")
def transfer_portal_users(
    org: Organisation, request: Request, portal_name: str, user_type_id: str
) -> Item:
    """Move users to another user type. The path has `action`, without s (OpenAPI)."""
    items, _ = _type_of(org, request, portal_name, user_type_id)
    target = require_param(request, "transfer_To")
    try:
        others, _ = _type_of(org, request, portal_name, target)
    except Refusal:
        raise invalid_data("the id given seems to be invalid", param_name="transfer_To") from None
    results = []
    for personality_id in _read_people(request, items):
        others[personality_id] = items.pop(personality_id)
        results.append(
            success("portal user transferred successfully", {"personality_id": personality_id})
        )
    return {"users": results}


def _set_active(request: Request, items: dict[str, Item], personality_id: str, value: bool) -> Item:
    person = items.get(personality_id)
    if person is None:
        raise bad_path_id(request, 6)
    if person["active"] is value and value:
        raise Refusal("ALREADY_ACTIVATED", "the portal user is active already")
    items[personality_id] = person | {"active": value}
    verb = "activated" if value else "deactivated"
    return success(f"portal user {verb} successfully", {"personality_id": personality_id})


def _read_active(request: Request) -> bool:
    require_param(request, "active")
    return request.args.boolean("active")


@routes.route("PUT", f"{_USERS}/{{user_id}}/actions/change_status")
def change_status_before(
    org: Organisation, request: Request, portal_name: str, user_type_id: str, user_id: str
) -> Item:
    """Activate or deactivate a user, at the path of OpenAPI 3.0."""
    items, _ = _type_of(org, request, portal_name, user_type_id)
    return {"change_status": [_set_active(request, items, user_id, _read_active(request))]}


@routes.route(
    "POST",
    f"{_STATUS}/{{recordId}}/actions/change_status",
    scope=f"{_SCOPE}.UPDATE",
    versions=(8, 8),
)
def change_status(
    org: Organisation, request: Request, portal: str, userType: str, recordId: str
) -> Item:
    """Activate or deactivate a user, at the path of OpenAPI 3.1."""
    items, _ = _type_of(org, request, portal, userType)
    return {"change_status": [_set_active(request, items, recordId, _read_active(request))]}


@routes.route("POST", f"{_STATUS}/actions/change_status", scope=f"{_SCOPE}.UPDATE", versions=(8, 8))
def change_many(org: Organisation, request: Request, portal: str, userType: str) -> Response:
    """Activate or deactivate many users, as a job."""
    items, _ = _type_of(org, request, portal, userType)
    item = request.json_items("change_status", limit=1)[0]
    path = body_path(request).child("change_status").child(0)
    for user, child in require_objects(item, "users", path):
        person_id = require_id(user, child, items, "personality_id")
        items[person_id] = items[person_id] | {"active": bool(user.get("active"))}
    job_id = org.settings.start(org.ids.next(), "change_status")
    return respond_scheduled("change_status", "change status scheduled successfully", job_id)
