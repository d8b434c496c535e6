"""User groups and their members, direct or through roles, territories and other groups."""

from __future__ import annotations

from collections import Counter

from ..core import Request, Routes, invalid_data
from ..engine.access import require_param
from ..engine.bodies import body_path, require, require_id, require_object
from ..engine.settings import SETTINGS, ItemCollection, collection, keys, page_of, references
from ..engine.settings.resource import Messages
from ..engine.sharing import members
from ..engine.values import JSONPath
from ..state import Item, Organisation, User

routes = Routes(scope="ZohoCRM.settings.user_groups", versions=(3, 8), generic=True)

_TARGETS = {
    "users": "users",
    "roles": "roles",
    "territories": "territories",
    "groups": "user_groups",
}


def check_sources(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that all sources of a group exist."""
    sources = []
    for index, source in enumerate(values.get("sources") or ()):
        child = path.child("sources").child(index)
        target = references.find(org, _TARGETS[source["type"]], str(source["source"].get("id")))
        if target is None:
            raise child.child("source").child("id").unknown_id()
        reference = {"name": target["name"], "id": target["id"]}
        sources.append(
            {"subordinates": False, "sub_territories": False, **source, "source": reference}
        )
    if "sources" in values:
        values["sources"] = sources


def count_sources(org: Organisation, group: Item) -> Item:
    """Count a group's sources by kind."""
    kinds = Counter(source["type"] for source in group["sources"] or ())
    states = Counter(
        org.users[source["source"]["id"]].status
        for source in group["sources"] or ()
        if source["type"] == "users" and source["source"]["id"] in org.users
    )
    return {
        "territories": kinds["territories"],
        "roles": kinds["roles"],
        "groups": kinds["groups"],
        "users": {state: states[state] for state in ("active", "inactive", "deleted")},
    }


USER_GROUPS = collection(
    routes,
    "/settings/user_groups",
    methods="GET POST PUT",
    item="{group} GET PUT DELETE",
    scope=f"{SETTINGS}.user_groups",
    since=3,
    messages=Messages(
        "User Group Created successfully",
        "User Group Updated successfully",
        "User Group Deleted successfully",
    ),
    paged=True,
    filters={"name": "name"},
    unique=("name",),
    keys={
        "name": keys.Text(250, required=True),
        "description": keys.Text(1000),
        "sources": keys.ListOf(
            keys.shape(
                type=keys.one_of(*_TARGETS, required=True),
                source=keys.JSONObject(required=True),
                subordinates=keys.Flag(),
                sub_territories=keys.Flag(),
            ),
            min_length=1,
            required=True,
            detail_only=True,
        ),
    },
    check=check_sources,
    item_extras=lambda org, group: {"sources_count": count_sources(org, group)},
    demo_items=lambda org: [
        {
            "name": "Sales Floor",
            "description": "Everyone who sells",
            "sources": [
                {
                    "type": "roles",
                    "source": {"id": role["id"], "name": role["name"]},
                    "subordinates": True,
                    "sub_territories": False,
                }
                for role in org.roles.values()
                if role["name"] == "Sales Manager"
            ],
        },
        {
            "name": "Support Crew",
            "sources": [
                {
                    "type": "users",
                    "source": {"id": person.id, "name": person.full_name},
                    "subordinates": False,
                    "sub_territories": False,
                }
                for person in list(org.users.values())[2:4]
            ],
        },
    ],
)
_READ = USER_GROUPS.scope_of("GET")


def _group(org: Organisation, request: Request, group: str) -> Item:
    return ItemCollection(org, request, USER_GROUPS, {}).require(group)


_ACTIONS = f"{USER_GROUPS.collection_path}/actions"
_ONE = f"{USER_GROUPS.collection_path}/{{group}}"


@routes.route("GET", f"{_ACTIONS}/associated_users_count")
def count_associated_users(org: Organisation, request: Request) -> Item | None:
    """Return the number of users of each group."""
    rows = [
        {
            "user_group": {"name": group["name"], "id": group["id"]},
            "count": len(members(org, group)),
        }
        for group in org.settings.items("user_groups").values()
    ]
    return page_of(request, "associated_users_count", rows)


@routes.route("GET", f"{_ACTIONS}/deletion_jobs")
def list_deletion_jobs(org: Organisation, request: Request) -> Item | None:
    """Return the progress of a deletion; groups are deleted at once, so there is no job."""
    require_param(request, "job_id")
    return None


def _read_group(org: Organisation, request: Request, key: str) -> tuple[Item, Item]:
    """Return the group in a body, and the body."""
    path = body_path(request).child(key)
    body = require_object(require(request.json_object(), key, body_path(request)), path)
    if require(body, "feature", path) != "user_groups":
        raise path.child("feature").invalid(supported_values=["user_groups"])
    groups = org.settings.items("user_groups")
    group = groups[require_id(body, path, groups, "related_entity_id")]
    for name, usual, source_type in (
        ("page", 1, keys.Number(1)),
        ("per_page", 200, keys.Number(1, 200)),
    ):
        body[name] = source_type.read(org, body.get(name, usual), path.child(name))
    return group, body


def _users_page(key: str, people: list[User], body: Item) -> Item | None:
    page, per_page = body["page"], body["per_page"]
    page_rows = people[(page - 1) * per_page : page * per_page]
    if not page_rows:
        return None
    return {
        key: [person.owner for person in page_rows],
        "info": {
            "per_page": per_page,
            "count": len(page_rows),
            "page": page,
            "more_records": page * per_page < len(people),
        },
    }


@routes.route("POST", f"{_ACTIONS}/get_assigned", scope=_READ)
def get_assigned(org: Organisation, request: Request) -> Item | None:
    """Return the users in a group."""
    group, body = _read_group(org, request, "get_assigned")
    return _users_page("get_assigned", members(org, group), body)


@routes.route("POST", f"{_ACTIONS}/get_unassigned", scope=_READ)
def get_unassigned(org: Organisation, request: Request) -> Item | None:
    """Return the users not in a group."""
    group, body = _read_group(org, request, "get_unassigned")
    inside = {person.id for person in members(org, group)}
    outside = [person for person in org.users.values() if person.id not in inside]
    return _users_page("get_unassigned", outside, body)


@routes.route("GET", f"{_ONE}/sources")
def list_sources(org: Organisation, request: Request, group: str) -> Item | None:
    """Return a group's sources."""
    source_type = request.args.get("type")
    if source_type and source_type not in _TARGETS:
        raise invalid_data(param_name="type", supported_values=list(_TARGETS))
    rows = [
        source
        for source in _group(org, request, group)["sources"]
        if not source_type or source["type"] == source_type
    ]
    return page_of(request, "sources", rows)


@routes.route("GET", f"{_ONE}/actions/sources_count")
def get_sources_count(org: Organisation, request: Request, group: str) -> Item:
    """Return how many sources of each kind a group has."""
    return {"sources_count": [count_sources(org, _group(org, request, group))]}


@routes.route("GET", f"{_ONE}/actions/associations")
def list_associations(org: Organisation, request: Request, group: str) -> Item | None:
    """Return the uses of a group in sharing rules and in other groups."""
    group_id = _group(org, request, group)["id"]
    modules = {module.id: module.api_name for module in org.metadata.modules.values()}
    results = [
        {
            "type": "data_sharing_rules",
            "resource": {"name": rule["name"], "id": rule["id"]},
            "details": {"module": {"api_name": modules[rule["module"]], "id": rule["module"]}},
        }
        for rule in org.settings.items("sharing_rules").values()
        if any(
            (rule[side].get("resource") or {}).get("id") == group_id
            for side in ("shared_from", "shared_to")
        )
    ]
    return {"associations": results} if results else None


@routes.route("GET", f"{_ONE}/associated_users/actions/grouped_counts")
def count_by_status(org: Organisation, request: Request, group: str) -> Item | None:
    """Return how many users of a group are active, inactive and deleted."""
    if require_param(request, "group_by") != "status":
        raise invalid_data(param_name="group_by", supported_values=["status"])
    counts = Counter(person.status for person in members(org, _group(org, request, group)))
    if not counts:
        return None
    return {
        "grouped_counts": [{"status": status, "count": count} for status, count in counts.items()]
    }
