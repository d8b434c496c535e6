"""Sharing rules: created, run, searched and summed up."""

from __future__ import annotations

from collections import Counter

from django_zcrm.emulator.core.errors import success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import asked_module
from django_zcrm.emulator.engine.bodies import (
    body_path,
    required,
    required_object,
    required_objects,
)
from django_zcrm.emulator.engine.settings import actions, references
from django_zcrm.emulator.engine.settings.errors import dependent_missing
from django_zcrm.emulator.engine.settings.fields import module_of
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.rendering import page_of, show
from django_zcrm.emulator.engine.settings.resource import Messages
from django_zcrm.emulator.engine.settings.value_types import (
    Anything,
    Flag,
    JSONObject,
    Reference,
    Text,
    one_of,
    shape,
)
from django_zcrm.emulator.engine.values import JSONPath
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)

_SCOPE = f"{SETTINGS}.data_sharing"


_PARTY = shape(
    {"required": True},
    type=one_of("roles", "groups", "all_users", required=True),
    subordinates=Flag(),
    resource=JSONObject(),
)


def check_rule(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Check that roles and groups exist, and that criteria are there where the rule needs them."""
    for name in ("shared_from", "shared_to"):
        party = values.get(name)
        if not party or party["type"] == "all_users":
            continue
        child = path.child(name)
        thing_id = (party.get("resource") or {}).get("id")
        if thing_id is None:
            raise dependent_missing(child, "resource", "type")
        to = "roles" if party["type"] == "roles" else "user_groups"
        target = references.find(org, to, str(thing_id))
        if target is None:
            raise child.child("resource").child("id").unknown_id()
        values[name] = party | {"resource": {"name": target["name"], "id": target["id"]}}
    whole = {**(before or {}), **values}
    if whole["type"] == "Criteria_Based" and not whole.get("criteria"):
        raise dependent_missing(path, "criteria", "type")


SHARING_RULES = collection(
    routes,
    "/settings/data_sharing/rules",
    methods="GET POST PUT",
    item="{id} GET PUT DELETE",
    key="sharing_rules",
    scope=_SCOPE,
    since=6,
    messages=Messages(
        "sharing rule is created successfully",
        "sharing rule is updated successfully",
        "Sharing Rule deleted",
    ),
    by_module=True,
    paged=True,
    audit=(),
    max_items=1,
    unique=("name",),
    keys={
        "name": Text(100, required=True),
        "type": one_of("Record_Owner_Based", "Criteria_Based", required=True),
        "permission_type": one_of("read", "read_write", "read_write_delete", required=True),
        "superiors_allowed": Flag(default=False),
        "shared_from": _PARTY,
        "shared_to": _PARTY,
        "criteria": Anything(detail_only=True),
        "module": Reference("modules", ("api_name", "name", "id"), read_only=True),
        "status": one_of("active", "inactive", read_only=True, default="active"),
        "match_limit_exceeded": Flag(read_only=True, default=False),
    },
    check=check_rule,
    demo_items=lambda org: [
        {
            "name": "Sales sees all leads",
            "module": {"api_name": "Leads"},
            "type": "Record_Owner_Based",
            "permission_type": "read",
            "shared_from": {"type": "roles", "resource": {**_role(org, -1)}, "subordinates": False},
            "shared_to": {"type": "roles", "resource": {**_role(org, 1)}, "subordinates": True},
        }
    ],
)


def _role(org: Organisation, number: int) -> Item:
    role = list(org.roles.values())[number]
    return {"name": role["name"], "id": role["id"]}


actions.serve_switch(
    routes,
    SHARING_RULES,
    actions.Switch(
        "status",
        "sharing rule is activated successfully",
        "sharing rule is deactivated successfully",
        ("ID_ALREADY_ACTIVE", "data sharing rule is already activated."),
        ("ID_ALREADY_DEACTIVATED", "data sharing rule is already deactivated."),
        on="active",
        off="inactive",
    ),
)
_VERSIONS = SHARING_RULES.versions_of("GET")
_ACTIONS = f"{SHARING_RULES.collection_path}/actions"


@routes.route("POST", f"{_ACTIONS}/run", scope=f"{_SCOPE}.UPDATE", versions=_VERSIONS)
def run_rules(org: Organisation, request: Request) -> Item | None:
    """Recompute the rules of a module; None without rules."""
    module = asked_module(org, request)
    rules = org.settings.items("sharing_rules").values()
    if not any(rule["module"] == module.id for rule in rules):
        return None
    done = success("sharing rules recomputation is scheduled successfully")
    return {"sharing_rules": [done | {"code": "SCHEDULED"}]}


@routes.route("GET", f"{_ACTIONS}/summary", scope=f"{_SCOPE}.READ", versions=_VERSIONS)
def rules_summary(org: Organisation, request: Request) -> Item:
    """Answer how many rules each module, or the one asked for, has."""
    return _summary(org, request, list(org.settings.items("sharing_rules").values()))


@routes.route("POST", f"{_ACTIONS}/summary", scope=f"{_SCOPE}.READ", versions=_VERSIONS)
def filtered_summary(org: Organisation, request: Request) -> Item:
    """Answer how many rules of each module match the filters of the body."""
    return _summary(org, request, _filtered(org, request))


@routes.route(
    "POST",
    f"{SHARING_RULES.collection_path}/search",
    scope=f"{_SCOPE}.READ",
    versions=_VERSIONS,
)
def search_rules(org: Organisation, request: Request) -> Item | None:
    """Answer the rules that match the filters of the body."""
    rows = [
        show(org, request, SHARING_RULES, rule, detail_only=False)
        for rule in _filtered(org, request)
    ]
    return page_of(request, "sharing_rules", rows)


def _summary(org: Organisation, request: Request, rules: list[Item]) -> Item:
    asked_id = asked_module(org, request).id if request.args.get("module") else None
    counts = Counter(rule["module"] for rule in rules)
    modules = [asked_id] if asked_id else list(counts)
    return {
        # The key is that of Zoho's SDKs; its descriptions have none.
        "sharing_rules_summary": [
            {
                "module": {"api_name": module_of(org, module_id).api_name, "id": module_id},
                "rule_count": counts[module_id],
                "rule_computation_status": False,
            }
            for module_id in modules
        ]
    }


def _filtered(org: Organisation, request: Request) -> list[Item]:
    """Return the rules that match `filters`: a condition, or a group of them, on a rule's keys."""
    filters = required_objects(request.json_object(), "filters", body_path(request))
    module = asked_module(org, request).id if request.args.get("module") else None
    return [
        rule
        for rule in org.settings.items("sharing_rules").values()
        if (module is None or rule["module"] == module)
        and all(_fits(rule, condition, child) for condition, child in filters)
    ]


def _fits(rule: Item, criteria: Item, path: JSONPath) -> bool:
    if "group" in criteria:
        operator = str(criteria.get("group_operator")).lower()
        if operator not in ("and", "or"):
            child = path.child("group_operator")
            raise child.invalid(supported_values=["and", "or"])
        results = [
            _fits(rule, member, child)
            for member, child in required_objects(criteria, "group", path)
        ]
        return any(results) if operator == "or" else all(results)
    field = required_object(required(criteria, "field", path), path.child("field"))
    value: object = rule
    for part in str(required(field, "api_name", path.child("field"))).split("."):
        value = value.get(part) if isinstance(value, dict) else None
    expected, comparator = criteria.get("value"), criteria.get("comparator")
    if comparator == "in":
        return value in (expected if isinstance(expected, list) else [expected])
    if comparator == "like":
        return str(expected).strip("%").lower() in str(value).lower()
    if comparator != "equal":
        child = path.child("comparator")
        raise child.invalid(supported_values=["equal", "in", "like"])
    return value == expected
