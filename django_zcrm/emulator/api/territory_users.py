"""The users of territories (docs v8 territory users)."""

from __future__ import annotations

from ..core import JsonResponse, Request, Response, Routes, dialect, invalid_data, success
from ..engine.access import bad_path_id, get_ids_param
from ..engine.batch import batch, batch_status, body_id
from ..engine.settings import SETTINGS, ItemCollection
from ..engine.values import JSONPath
from ..state import Item, Organisation, User
from .territories import TERRITORIES
from .users.listing import render_user

routes = Routes(scope=("ZohoCRM.settings.territories", "ZohoCRM.users"), versions=(3, 8))

_USERS = "/crm/{version}/settings/territories/{territory}/users"


def scope_of(operation: str) -> tuple[str, str]:
    return f"{SETTINGS}.territories.{operation}", f"ZohoCRM.users.{operation}"


def _workers(org: Organisation, request: Request, territory: str) -> dict[str, Item]:
    """Return the users of the territory that a path names, by id."""
    parent_territory = ItemCollection(org, request, TERRITORIES, {}).find(territory)
    if parent_territory is None:
        raise bad_path_id(request, 2)
    return org.settings.items("territory_users", parent_territory["id"])


def require_user(org: Organisation, request: Request, user: str) -> User:
    if user not in org.users:
        raise bad_path_id(request, 1)
    return org.users[user]


@routes.route("GET", _USERS)
def list_workers(org: Organisation, request: Request, territory: str) -> Item | None:
    """Return the users of a territory."""
    return _render_users(org, request, list(_workers(org, request, territory)))


@routes.route("GET", f"{_USERS}/{{user}}")
def get_worker(org: Organisation, request: Request, territory: str, user: str) -> Item | None:
    """Return one user of a territory."""
    return _render_users(org, request, [user] if user in _workers(org, request, territory) else [])


def _render_users(org: Organisation, request: Request, ids: list[str]) -> Item | None:
    if not ids:
        return None
    return {
        "users": [render_user(org, org.users[user_id], request) for user_id in ids],
        "info": {"per_page": 200, "count": len(ids), "page": 1, "more_records": False},
    }


@routes.route("PUT", _USERS)
def add_workers(org: Organisation, request: Request, territory: str) -> Response:
    """Add users to a territory."""
    workers = _workers(org, request, territory)

    def add(body: Item, path: JSONPath) -> Item:
        user_id = body_id(body, path)
        person = org.users.get(user_id)
        if person is None or person.status != "active":
            raise path.child("id").unknown_id()
        workers[user_id] = {"id": user_id}
        return success("User associated to the territory successfully", {"id": user_id})

    return batch(request, add, key="users")


@routes.route("PUT", f"{_USERS}/{{user}}")
def add_worker(org: Organisation, request: Request, territory: str, user: str) -> Item:
    """Add the user named in the path to a territory."""
    workers = _workers(org, request, territory)
    if user not in org.users:
        raise bad_path_id(request, 4)
    workers[user] = {"id": user}
    return {"users": [success("User associated to the territory successfully", {"id": user})]}


@routes.route("DELETE", _USERS)
def remove_workers(org: Organisation, request: Request, territory: str) -> Response:
    """Remove users from a territory."""
    workers = _workers(org, request, territory)
    return _remove(request, "users", workers, get_ids_param(request))


@routes.route("DELETE", f"{_USERS}/{{user}}")
def remove_worker(org: Organisation, request: Request, territory: str, user: str) -> Item:
    """Remove one user from a territory."""
    workers = _workers(org, request, territory)
    if workers.pop(user, None) is None:
        raise bad_path_id(request, 4)
    return {"users": [success(_REMOVED, {"id": user})]}


_REMOVED = "User disassociated from the territory successfully"


def _remove(request: Request, key: str, items: dict[str, Item], ids: list[str]) -> Response:
    results = []
    for user_id in ids:
        if items.pop(user_id, None) is None:
            results.append(invalid_data("the id given seems to be invalid", id=user_id).body)
        else:
            results.append(success(_REMOVED, {"id": user_id}))
    return JsonResponse({key: results}, batch_status(results, dialect(request.version)))
