"""User groups: who is in them, directly or through roles, territories and other groups."""

from __future__ import annotations

from collections import Counter

from django_zcrm.emulator.core.errors import invalid_data
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import required_param
from django_zcrm.emulator.engine.bodies import body_path, required, required_id, required_object
from django_zcrm.emulator.engine.settings import references
from django_zcrm.emulator.engine.settings.item_collection import ItemCollection
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.rendering import page_of
from django_zcrm.emulator.engine.settings.resource import Messages
from django_zcrm.emulator.engine.settings.value_types import (
    Flag,
    JSONObject,
    ListOf,
    Number,
    Text,
    one_of,
    shape,
)
from django_zcrm.emulator.engine.sharing import members
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation, User
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)

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
        named = {"name": target["name"], "id": target["id"]}
        sources.append({"subordinates": False, "sub_territories": False, **source, "source": named})
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
        "name": Text(250, required=True),
        "description": Text(1000),
        "sources": ListOf(
            shape(
                type=one_of(*_TARGETS, required=True),
                source=JSONObject(required=True),
                subordinates=Flag(),
                sub_territories=Flag(),
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
_VERSIONS = USER_GROUPS.versions_of("GET")


def _group(org: Organisation, request: Request, group: str) -> Item:
    return ItemCollection(org, request, USER_GROUPS, {}).existing(group)


_ACTIONS = f"{USER_GROUPS.collection_path}/actions"
_ONE = f"{USER_GROUPS.collection_path}/{{group}}"


@routes.route("GET", f"{_ACTIONS}/associated_users_count", scope=_READ, versions=_VERSIONS)
def associated_users_count(org: Organisation, request: Request) -> Item | None:
    """Answer how many users each group has."""
    rows = [
        {
            "user_group": {"name": group["name"], "id": group["id"]},
            "count": len(members(org, group)),
        }
        for group in org.settings.items("user_groups").values()
    ]
    return page_of(request, "associated_users_count", rows)


@routes.route("GET", f"{_ACTIONS}/deletion_jobs", scope=_READ, versions=_VERSIONS)
def deletion_jobs(org: Organisation, request: Request) -> Item | None:
    """Answer the progress of a deletion; groups are deleted at once, so there is no job."""
    required_param(request, "job_id")
    return None


def _asked_group(org: Organisation, request: Request, key: str) -> tuple[Item, Item]:
    """Return the group that a body asks about, and the body."""
    path = body_path(request).child(key)
    asked = required_object(required(request.json_object(), key, body_path(request)), path)
    if required(asked, "feature", path) != "user_groups":
        raise path.child("feature").invalid(supported_values=["user_groups"])
    groups = org.settings.items("user_groups")
    group = groups[required_id(asked, path, groups, "related_entity_id")]
    for name, usual, source_type in (("page", 1, Number(1)), ("per_page", 200, Number(1, 200))):
        asked[name] = source_type.read(org, asked.get(name, usual), path.child(name))
    return group, asked


def _users_page(key: str, people: list[User], asked: Item) -> Item | None:
    page, per_page = asked["page"], asked["per_page"]
    shown = people[(page - 1) * per_page : page * per_page]
    if not shown:
        return None
    return {
        key: [person.owner for person in shown],
        "info": {
            "per_page": per_page,
            "count": len(shown),
            "page": page,
            "more_records": page * per_page < len(people),
        },
    }


@routes.route("POST", f"{_ACTIONS}/get_assigned", scope=_READ, versions=_VERSIONS)
def get_assigned(org: Organisation, request: Request) -> Item | None:
    """Answer the users in a group."""
    group, asked = _asked_group(org, request, "get_assigned")
    return _users_page("get_assigned", members(org, group), asked)


@routes.route("POST", f"{_ACTIONS}/get_unassigned", scope=_READ, versions=_VERSIONS)
def get_unassigned(org: Organisation, request: Request) -> Item | None:
    """Answer the users not in a group."""
    group, asked = _asked_group(org, request, "get_unassigned")
    inside = {person.id for person in members(org, group)}
    outside = [person for person in org.users.values() if person.id not in inside]
    return _users_page("get_unassigned", outside, asked)


@routes.route("GET", f"{_ONE}/sources", scope=_READ, versions=_VERSIONS)
def list_sources(org: Organisation, request: Request, group: str) -> Item | None:
    """Answer a group's sources."""
    source_type = request.args.get("type")
    if source_type and source_type not in _TARGETS:
        raise invalid_data(param_name="type", supported_values=list(_TARGETS))
    rows = [
        source
        for source in _group(org, request, group)["sources"]
        if not source_type or source["type"] == source_type
    ]
    return page_of(request, "sources", rows)


@routes.route("GET", f"{_ONE}/actions/sources_count", scope=_READ, versions=_VERSIONS)
def sources_count(org: Organisation, request: Request, group: str) -> Item:
    """Answer how many sources of each kind a group has."""
    return {"sources_count": [count_sources(org, _group(org, request, group))]}


@routes.route("GET", f"{_ONE}/actions/associations", scope=_READ, versions=_VERSIONS)
def associations(org: Organisation, request: Request, group: str) -> Item | None:
    """Answer where a group is used: in sharing rules, and in other groups."""
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


@routes.route(
    "GET", f"{_ONE}/associated_users/actions/grouped_counts", scope=_READ, versions=_VERSIONS
)
def grouped_counts(org: Organisation, request: Request, group: str) -> Item | None:
    """Answer how many users of a group are active, inactive and deleted."""
    if required_param(request, "group_by") != "status":
        raise invalid_data(param_name="group_by", supported_values=["status"])
    counts = Counter(person.status for person in members(org, _group(org, request, group)))
    if not counts:
        return None
    return {
        "grouped_counts": [{"status": status, "count": count} for status, count in counts.items()]
    }
