"""Taking users out of territories and giving their records to others (docs v3 to v7)."""

from __future__ import annotations

from collections.abc import Iterator

from ..core import JsonResponse, Refusal, Request, Response, Routes, dialect, success
from ..engine.access import bad_path_id
from ..engine.batch import batch_status, body_id
from ..engine.settings import dependent_missing
from ..engine.values import JSONPath, format_moment, reference_id
from ..state import Item, Organisation, StoredRecord, User
from .territory_users import require_user
from .user_territories import territory_ids

routes = Routes(scope=("ZohoCRM.settings.territories", "ZohoCRM.users"), versions=(3, 7))

_TERRITORIES = "/crm/{version}/users/{user}/territories"
_CLOSED = frozenset({"Completed", "Closed", "Closed Won", "Closed Lost"})


@routes.route("GET", f"{_TERRITORIES}/actions/validate_before_transfer")
def validate_all(org: Organisation, request: Request, user: str) -> Item | None:
    """Return for each territory of a user whether there are open records of theirs in it."""
    person = require_user(org, request, user)
    return _validate(org, person, territory_ids(org, person))


@routes.route("GET", f"{_TERRITORIES}/{{id}}/actions/validate_before_transfer")
def validate_one(org: Organisation, request: Request, user: str, id: str) -> Item | None:
    """Return whether there are open records of a user in one territory."""
    person = require_user(org, request, user)
    return _validate(org, person, [_require_own_territory(org, request, person, id)])


@routes.route("PUT", f"{_TERRITORIES}/actions/transfer_and_delink")
def transfer_all(org: Organisation, request: Request, user: str) -> Response:
    """Remove a user from the territories of the body."""
    return _transfer(org, request, require_user(org, request, user))


@routes.route("PUT", f"{_TERRITORIES}/{{id}}/actions/transfer_and_delink")
def transfer_one(org: Organisation, request: Request, user: str, id: str) -> Response:
    """Remove a user from one territory."""
    person = require_user(org, request, user)
    return _transfer(org, request, person, _require_own_territory(org, request, person, id))


def _require_own_territory(
    org: Organisation, request: Request, person: User, territory: str
) -> str:
    if territory not in territory_ids(org, person):
        raise bad_path_id(request, 3)
    return territory


def _validate(org: Organisation, person: User, ids: list[str]) -> Item | None:
    items = org.settings.items("territories")
    rows = [
        {
            "records": any(_open_records(org, person, territory_id)),
            "id": territory_id,
            "Name": items[territory_id]["name"],
        }
        for territory_id in ids
    ]
    return {"validate_before_transfer": rows} if rows else None


def _transfer(
    org: Organisation, request: Request, person: User, territory: str | None = None
) -> Response:
    key = "transfer_and_delink"
    traits = dialect(request.version)
    results = []
    for index, body in enumerate(request.json_items(key, limit=1 if territory else 100)):
        path = JSONPath(traits, key, f"$.{key}[{index}]")
        try:
            results.append(_transfer_one(org, request, person, body, territory, path))
        except Refusal as refusal:
            results.append(refusal.body)
    return JsonResponse({key: results}, batch_status(results, traits))


def _transfer_one(
    org: Organisation,
    request: Request,
    person: User,
    body: Item,
    territory: str | None,
    path: JSONPath,
) -> Item:
    territory_id = territory or body_id(body, path)
    if territory_id not in territory_ids(org, person):
        raise path.child("id").unknown_id()
    if body.get("transfer_to_user") is None:
        raise dependent_missing(path, "transfer_to_user", "id")
    child = path.child("transfer_to_user")
    heir = org.users.get(reference_id(body["transfer_to_user"], child))
    if heir is None or heir.id == person.id or heir.status != "active":
        raise child.child("id").unknown_id()
    now = format_moment(org.clock.now())
    for module, record in list(_open_records(org, person, territory_id)):
        changed = {"Owner": heir.id, "Modified_By": request.user.id, "Modified_Time": now}
        org.records.put(module, {**record, **changed})
    del org.settings.items("territory_users", territory_id)[person.id]
    return success("Territory is delinked from user successfully", {"id": territory_id})


def _open_records(
    org: Organisation, person: User, territory_id: str
) -> Iterator[tuple[str, StoredRecord]]:
    """Yield the user's records in a territory that are not closed, each with its module."""
    for record_id, item in org.settings.items("record_territories").items():
        record = org.records.get(record_id)
        if record is None or territory_id not in item.get("territories", ()):
            continue
        is_closed = not _CLOSED.isdisjoint((record.get("Status"), record.get("Stage")))
        if record.get("Owner") == person.id and not is_closed:
            yield org.records.homes[record_id], record
