"""Territories: their tree and their users (docs v8 territories)."""

from __future__ import annotations

from ..core import Request, Response, Routes, success
from ..engine.batch import batch, body_id
from ..engine.rendering import localize
from ..engine.settings import SETTINGS, ItemCollection, collection, keys, page_of, writing
from ..engine.settings.errors import not_allowed
from ..engine.settings.register import demo_seeder
from ..engine.settings.rendering import show
from ..engine.settings.resource import messages_from
from ..engine.values import JSONPath, format_moment
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.territories", versions=(3, 8))

_SCOPE = f"{SETTINGS}.territories"


def check_territory(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Derive the API name; check that the territory is not below itself."""
    if values.get("name") and before is None:
        values["api_name"] = values["name"].replace(" ", "_")
    if before is None or "reporting_to" not in values:
        return
    items = org.settings.items("territories")
    above = values["reporting_to"]
    while above:
        if above == before["id"]:
            raise path.child("reporting_to").unknown_id()
        above = items[above]["reporting_to"]


def is_kept_in_bin(org: Organisation, request: Request, item: Item) -> None:
    """Refuse to delete the top territory, or one with others below it."""
    if item["reporting_to"] is None:
        raise not_allowed("the top territory cannot be deleted", id=item["id"])
    if any(_list_children(org, item["id"])):
        raise not_allowed("a territory with others below it cannot be deleted", id=item["id"])


def record_deletion(
    org: Organisation, request: Request, before: Item | None, after: Item | None
) -> None:
    """Remember the deleted territory, and drop its users."""
    if before is not None and after is None:
        entry = {
            "id": before["id"],
            "name": before["name"],
            "deleted_time": format_moment(org.clock.now()),
            "deleted_by": request.user.id,
        }
        org.settings.items("deleted_territories")[before["id"]] = entry
        org.settings.drop("territory_users", before["id"])


_CRITERIA = keys.Anything(detail_only=True)

TERRITORIES = collection(
    routes,
    "/settings/territories",
    methods="GET POST PUT DELETE",
    item="{id} GET PUT DELETE",
    scope=_SCOPE,
    method_since={"POST": 3, "PUT": 3, "DELETE": 3},
    messages=messages_from("Territory {verb} successfully"),
    paged=True,
    filters={"ids": lambda org, item, ids: item["id"] in ids.split(",")},
    unique=("name",),
    keys={
        "name": keys.Text(50, required=True),
        "api_name": keys.Text(100, read_only=True),
        "description": keys.Text(1000),
        "reporting_to": keys.Reference("territories", required=True),
        "manager": keys.user(),
        "permission_type": keys.one_of("read_write_delete", "read_only", required=True),
        "account_rule_criteria": _CRITERIA,
        "deal_rule_criteria": _CRITERIA,
        "lead_rule_criteria": _CRITERIA,
    },
    check=check_territory,
    check_deletion=is_kept_in_bin,
    on_change=record_deletion,
    demo_items=lambda org: [
        {
            "name": name,
            "api_name": name.replace(" ", "_"),
            "reporting_to": {"name": above} if above else None,
            "manager": None if manager is None else {"id": list(org.users)[manager]},
            "permission_type": "read_write_delete",
        }
        for name, above, manager in (
            (org.name, None, 0),
            ("Europe", org.name, 1),
            ("Germany", "Europe", 2),
            ("France", "Europe", 3),
            ("Overseas", org.name, None),
        )
    ],
)
_ACTIONS = f"{TERRITORIES.collection_path}/actions"
_ONE = f"{TERRITORIES.collection_path}/{{id}}"


@demo_seeder
def add_demo_users(org: Organisation) -> None:
    """Assign the users of a demo organisation to its territories."""
    people = list(org.users)
    for territory, members in zip(
        org.settings.items("territories"), ([0], [1, 2], [2, 3], [3], [1]), strict=True
    ):
        workers = org.settings.items("territory_users", territory)
        workers |= {people[member]: {"id": people[member]} for member in members}


def _list_children(org: Organisation, territory_id: str) -> list[Item]:
    """Return the direct children of a territory."""
    territories = org.settings.items("territories").values()
    return [territory for territory in territories if territory["reporting_to"] == territory_id]


@routes.route("GET", f"{_ONE}/__child_territories")
def list_child_territories(org: Organisation, request: Request, id: str) -> Item | None:
    """Return the direct children of a territory."""
    territory = ItemCollection(org, request, TERRITORIES, {}).require(id)
    rows = [
        show(org, request, TERRITORIES, item, detail_only=False)
        for item in _list_children(org, territory["id"])
    ]
    return page_of(request, "territories", rows)


@routes.route("GET", f"{_ACTIONS}/associated_users_count")
def count_associated_users(org: Organisation, request: Request) -> Item | None:
    """Return how many users each territory has, as strings (OpenAPI)."""
    rows = [
        {
            "territory": {"id": territory["id"], "name": territory["name"]},
            "count": str(len(org.settings.items("territory_users", territory["id"]))),
        }
        for territory in list(org.settings.items("territories").values())
    ]
    return page_of(request, "associated_users_count", rows)


@routes.route("GET", f"{_ACTIONS}/deleted_associated_territories")
def list_deleted_territories(org: Organisation, request: Request) -> Item | None:
    """Return the deleted territories, or those in `ids` only."""
    ids = request.args.comma_separated("ids")
    rows = [
        entry
        | {
            "deleted_time": localize(entry["deleted_time"], request.user.time_zone),
            "deleted_by": org.users[entry["deleted_by"]].reference,
        }
        for entry in org.settings.items("deleted_territories").values()
        if not ids or entry["id"] in ids
    ]
    return page_of(request, "territories", rows)


@routes.route("POST", f"{_ACTIONS}/transfer_and_delete", scope=f"{_SCOPE}.DELETE")
@routes.route("POST", f"{_ONE}/actions/transfer_and_delete", scope=f"{_SCOPE}.DELETE")
def transfer_and_delete(org: Organisation, request: Request, id: str = "") -> Response:
    """Delete territories, or the one that the path names; their children move to others."""
    territory = ItemCollection(org, request, TERRITORIES, {}).require(id) if id else None

    def work(body: Item, path: JSONPath) -> Item:
        territory_id = territory["id"] if territory else body_id(body, path)
        return _transfer(org, request, territory_id, body, path)

    return batch(request, work, key="territories", limit=1 if id else 100)


def _transfer(
    org: Organisation, request: Request, territory_id: str, body: Item, path: JSONPath
) -> Item:
    items = org.settings.items("territories")
    territory = items.get(territory_id)
    if territory is None:
        raise path.child("id").unknown_id()
    target_id = body.get("transfer_to_id")
    if target_id is None:
        raise path.child("transfer_to_id").missing()
    if str(target_id) not in items or str(target_id) == territory_id:
        raise path.child("transfer_to_id").unknown_id()
    for child in _list_children(org, territory_id):
        items[child["id"]] = child | {"reporting_to": str(target_id)}
    writing.delete(org, request, TERRITORIES, items, territory)
    return success(TERRITORIES.messages.deleted, {"id": territory_id})
