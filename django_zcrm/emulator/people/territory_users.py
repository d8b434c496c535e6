"""The users of territories, and the territories of users (docs v8 territory users)."""

from __future__ import annotations

from django_zcrm.emulator.answers import Answer
from django_zcrm.emulator.call import Call
from django_zcrm.emulator.generic.register import SETTINGS, routes
from django_zcrm.emulator.generic.siblings import Siblings
from django_zcrm.emulator.people.api import described_user
from django_zcrm.emulator.people.territories import TERRITORIES
from django_zcrm.emulator.problems import Problem, invalid_data, success
from django_zcrm.emulator.records.access import bad_path_id
from django_zcrm.emulator.records.deleting import asked_ids
from django_zcrm.emulator.records.values import Place
from django_zcrm.emulator.records.writing import batch, batch_status
from django_zcrm.emulator.settings import Item
from django_zcrm.emulator.state import Organisation, User
from django_zcrm.emulator.versions import dialect

_USERS = "/crm/{version}/settings/territories/{territory}/users"
_TERRITORIES = "/crm/{version}/users/{user}/territories"
_VERSIONS = (3, 8)


def _scope(operation: str) -> tuple[str, str]:
    return f"{SETTINGS}.territories.{operation}", f"ZohoCRM.users.{operation}"


def _workers(org: Organisation, call: Call, territory: str) -> dict[str, Item]:
    """Return the users of the territory that a path names, by id."""
    found = Siblings(org, call, TERRITORIES, {}).find(territory)
    if found is None:
        raise bad_path_id(call, 2)
    return org.settings.items("territory_users", found["id"])


def _user(org: Organisation, call: Call, user: str) -> User:
    if user not in org.users:
        raise bad_path_id(call, 1)
    return org.users[user]


@routes.route("GET", _USERS, scope=_scope("READ"), versions=_VERSIONS)
def list_workers(org: Organisation, call: Call, territory: str) -> Item | None:
    """Answer the users of a territory."""
    return _shown(org, call, list(_workers(org, call, territory)))


@routes.route("GET", f"{_USERS}/{{user}}", scope=_scope("READ"), versions=_VERSIONS)
def get_worker(org: Organisation, call: Call, territory: str, user: str) -> Item | None:
    """Answer one user of a territory."""
    return _shown(org, call, [user] if user in _workers(org, call, territory) else [])


def _shown(org: Organisation, call: Call, ids: list[str]) -> Item | None:
    if not ids:
        return None
    return {
        "users": [described_user(org, org.users[one], call) for one in ids],
        "info": {"per_page": 200, "count": len(ids), "page": 1, "more_records": False},
    }


@routes.route("PUT", _USERS, scope=_scope("UPDATE"), versions=_VERSIONS)
def add_workers(org: Organisation, call: Call, territory: str) -> Answer:
    """Add users to a territory."""
    workers = _workers(org, call, territory)

    def add(body: Item, place: Place) -> Item:
        user_id = _id_of(body, place)
        person = org.users.get(user_id)
        if person is None or person.status != "active":
            raise place.child("id").unknown()
        workers[user_id] = {"id": user_id}
        return success("User associated to the territory successfully", {"id": user_id})

    return batch(call, add, key="users")


def _id_of(body: Item, place: Place) -> str:
    if body.get("id") is None:
        raise place.child("id").missing()
    return str(body["id"])


@routes.route("PUT", f"{_USERS}/{{user}}", scope=_scope("UPDATE"), versions=_VERSIONS)
def add_worker(org: Organisation, call: Call, territory: str, user: str) -> Item:
    """Add the user named in the path to a territory."""
    workers = _workers(org, call, territory)
    if user not in org.users:
        raise bad_path_id(call, 4)
    workers[user] = {"id": user}
    return {"users": [success("User associated to the territory successfully", {"id": user})]}


@routes.route("DELETE", _USERS, scope=_scope("DELETE"), versions=_VERSIONS)
def remove_workers(org: Organisation, call: Call, territory: str) -> Answer:
    """Remove users from a territory."""
    workers = _workers(org, call, territory)
    return _remove(call, "users", workers, asked_ids(call))


@routes.route("DELETE", f"{_USERS}/{{user}}", scope=_scope("DELETE"), versions=_VERSIONS)
def remove_worker(org: Organisation, call: Call, territory: str, user: str) -> Item:
    """Remove one user from a territory."""
    workers = _workers(org, call, territory)
    if workers.pop(user, None) is None:
        raise bad_path_id(call, 4)
    return {"users": [success(_REMOVED, {"id": user})]}


_REMOVED = "User disassociated from the territory successfully"


def _remove(call: Call, key: str, kept: dict[str, Item], ids: list[str]) -> Answer:
    results = []
    for one in ids:
        if kept.pop(one, None) is None:
            results.append(invalid_data("the id given seems to be invalid", id=one).body)
        else:
            results.append(success(_REMOVED, {"id": one}))
    return Answer(batch_status(results, dialect(call.version)), {key: results})


@routes.route("GET", _TERRITORIES, scope=_scope("READ"), versions=_VERSIONS)
def list_territories(org: Organisation, call: Call, user: str) -> Item | None:
    """Answer the territories of a user."""
    return _territories(org, _territory_ids(org, _user(org, call, user)))


@routes.route("GET", f"{_TERRITORIES}/{{territory}}", scope=_scope("READ"), versions=_VERSIONS)
def get_territory(org: Organisation, call: Call, user: str, territory: str) -> Item | None:
    """Answer one territory of a user."""
    ids = _territory_ids(org, _user(org, call, user))
    return _territories(org, [one for one in ids if one == territory])


def _territory_ids(org: Organisation, person: User) -> list[str]:
    return [
        territory_id
        for territory_id in org.settings.items("territories")
        if person.id in org.settings.items("territory_users", territory_id)
    ]


def _territories(org: Organisation, ids: list[str]) -> Item | None:
    """Return territories as shown for users, with capitalised keys (OpenAPI)."""
    if not ids:
        return None
    kept = org.settings.items("territories")

    def named(territory_id: str | None) -> Item | None:
        above = kept.get(territory_id or "")
        return {"Name": above["name"], "id": above["id"]} if above else None

    def manager(user_id: str | None) -> Item | None:
        person = org.users.get(user_id or "")
        return {"Name": person.full_name, "id": person.id} if person else None

    return {
        "territories": [
            {
                "id": one,
                "Name": kept[one]["name"],
                "Manager": manager(kept[one]["manager"]),
                "Reporting_To": named(kept[one]["reporting_to"]),
            }
            for one in ids
        ],
        "info": {"per_page": 200, "count": len(ids), "page": 1, "more_records": False},
    }


@routes.route("PUT", _TERRITORIES, scope=_scope("UPDATE"), versions=_VERSIONS)
def add_territories(org: Organisation, call: Call, user: str) -> Answer:
    """Add a user to territories."""
    person = _user(org, call, user)

    def add(body: Item, place: Place) -> Item:
        territory_id = _id_of(body, place)
        if territory_id not in org.settings.items("territories"):
            raise place.child("id").unknown()
        org.settings.items("territory_users", territory_id)[person.id] = {"id": person.id}
        return success("Territory associated to the user successfully", {"id": territory_id})

    return batch(call, add, key="territories")


@routes.route("DELETE", _TERRITORIES, scope=_scope("DELETE"), versions=_VERSIONS)
def remove_territories(org: Organisation, call: Call, user: str) -> Answer:
    """Remove a user from territories."""
    person = _user(org, call, user)
    results = []
    for territory_id in asked_ids(call):
        try:
            results.append(_leave(org, person, territory_id))
        except Problem as problem:
            results.append(problem.body)
    return Answer(batch_status(results, dialect(call.version)), {"territories": results})


@routes.route("DELETE", f"{_TERRITORIES}/{{territory}}", scope=_scope("DELETE"), versions=_VERSIONS)
def remove_territory(org: Organisation, call: Call, user: str, territory: str) -> Item:
    """Remove a user from one territory."""
    return {"territories": [_leave(org, _user(org, call, user), territory)]}


def _leave(org: Organisation, person: User, territory_id: str) -> Item:
    if territory_id not in _territory_ids(org, person):
        raise invalid_data("the id given seems to be invalid", id=territory_id)
    del org.settings.items("territory_users", territory_id)[person.id]
    return success("Territory disassociated from the user successfully", {"id": territory_id})
