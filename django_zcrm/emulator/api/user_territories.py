"""The territories of users (docs v8 territory users)."""

from __future__ import annotations

from ..core import JsonResponse, Refusal, Request, Response, Routes, dialect, invalid_data, success
from ..engine.access import get_ids_param
from ..engine.batch import batch, batch_status
from ..engine.bodies import require_id
from ..engine.values import JSONPath
from ..state import Item, Organisation, User
from .territory_users import require_user

routes = Routes(scope=("ZohoCRM.settings.territories", "ZohoCRM.users"), versions=(3, 8))

_TERRITORIES = "/crm/{version}/users/{user}/territories"


@routes.route("GET", _TERRITORIES)
def list_territories(org: Organisation, request: Request, user: str) -> Item | None:
    """Return the territories of a user."""
    return _territories(org, territory_ids(org, require_user(org, request, user)))


@routes.route("GET", f"{_TERRITORIES}/{{territory}}")
def get_territory(org: Organisation, request: Request, user: str, territory: str) -> Item | None:
    """Return one territory of a user."""
    ids = territory_ids(org, require_user(org, request, user))
    return _territories(org, [territory_id for territory_id in ids if territory_id == territory])


def territory_ids(org: Organisation, person: User) -> list[str]:
    """Return the ids of a user's territories."""
    return [
        territory_id
        for territory_id in org.settings.items("territories")
        if person.id in org.settings.items("territory_users", territory_id)
    ]


def _territories(org: Organisation, ids: list[str]) -> Item | None:
    """Return territories as shown for users, with capitalised keys (OpenAPI)."""
    if not ids:
        return None
    items = org.settings.items("territories")

    def render_reference(territory_id: str | None) -> Item | None:
        above = items.get(territory_id or "")
        return {"Name": above["name"], "id": above["id"]} if above else None

    def manager(user_id: str | None) -> Item | None:
        person = org.users.get(user_id or "")
        return {"Name": person.full_name, "id": person.id} if person else None

    return {
        "territories": [
            {
                "id": item_id,
                "Name": items[item_id]["name"],
                "Manager": manager(items[item_id]["manager"]),
                "Reporting_To": render_reference(items[item_id]["reporting_to"]),
            }
            for item_id in ids
        ],
        "info": {"per_page": 200, "count": len(ids), "page": 1, "more_records": False},
    }


@routes.route("PUT", _TERRITORIES)
def add_territories(org: Organisation, request: Request, user: str) -> Response:
    """Add a user to territories."""
    person = require_user(org, request, user)

    def add(body: Item, path: JSONPath) -> Item:
        territory_id = require_id(body, path, org.settings.items("territories"))
        org.settings.items("territory_users", territory_id)[person.id] = {"id": person.id}
        return success("Territory associated to the user successfully", {"id": territory_id})

    return batch(request, add, key="territories")


@routes.route("DELETE", _TERRITORIES)
def remove_territories(org: Organisation, request: Request, user: str) -> Response:
    """Remove a user from territories."""
    person = require_user(org, request, user)
    results = []
    for territory_id in get_ids_param(request):
        try:
            results.append(_leave(org, person, territory_id))
        except Refusal as refusal:
            results.append(refusal.body)
    return JsonResponse({"territories": results}, batch_status(results, dialect(request.version)))


@routes.route("DELETE", f"{_TERRITORIES}/{{territory}}")
def remove_territory(org: Organisation, request: Request, user: str, territory: str) -> Item:
    """Remove a user from one territory."""
    return {"territories": [_leave(org, require_user(org, request, user), territory)]}


def _leave(org: Organisation, person: User, territory_id: str) -> Item:
    if territory_id not in territory_ids(org, person):
        raise invalid_data("the id given seems to be invalid", id=territory_id)
    del org.settings.items("territory_users", territory_id)[person.id]
    return success("Territory disassociated from the user successfully", {"id": territory_id})
