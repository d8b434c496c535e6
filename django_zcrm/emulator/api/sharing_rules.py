"""Sharing rules: created, run, searched and summed up."""

from __future__ import annotations

from collections import Counter

from ..core import Request, Routes, success
from ..engine.access import get_module_param
from ..engine.bodies import body_path, require, require_object, require_objects
from ..engine.settings import SETTINGS, actions, collection, keys, page_of, references
from ..engine.settings.errors import dependent_missing
from ..engine.settings.fields import module_of
from ..engine.settings.rendering import show
from ..engine.settings.resource import Messages
from ..engine.values import JSONPath
from ..state import Item, Organisation

routes = Routes(versions=(6, 8), generic=True)

_SCOPE = f"{SETTINGS}.data_sharing"


_PARTY = keys.shape(
    {"required": True},
    type=keys.one_of("roles", "groups", "all_users", required=True),
    subordinates=keys.Flag(),
    resource=keys.JSONObject(),
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
        "name": keys.Text(100, required=True),
        "type": keys.one_of("Record_Owner_Based", "Criteria_Based", required=True),
        "permission_type": keys.one_of("read", "read_write", "read_write_delete", required=True),
        "superiors_allowed": keys.Flag(default=False),
        "shared_from": _PARTY,
        "shared_to": _PARTY,
        "criteria": keys.Criteria(detail_only=True),
        "module": keys.Reference("modules", ("api_name", "name", "id"), read_only=True),
        "status": keys.one_of("active", "inactive", read_only=True, default="active"),
        "match_limit_exceeded": keys.Flag(read_only=True, default=False),
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
_ACTIONS = f"{SHARING_RULES.collection_path}/actions"


@routes.route("POST", f"{_ACTIONS}/run", scope=f"{_SCOPE}.UPDATE")
def run_rules(org: Organisation, request: Request) -> Item | None:
    """Recompute the rules of a module; None without rules."""
    module = get_module_param(org, request)
    rules = org.settings.items("sharing_rules").values()
    if not any(rule["module"] == module.id for rule in rules):
        return None
    result = success("sharing rules recomputation is scheduled successfully")
    return {"sharing_rules": [result | {"code": "SCHEDULED"}]}


@routes.route("GET", f"{_ACTIONS}/summary", scope=f"{_SCOPE}.READ")
def get_rules_summary(org: Organisation, request: Request) -> Item:
    """Return the number of rules of each module, or of the requested one."""
    return _summary(org, request, list(org.settings.items("sharing_rules").values()))


@routes.route("POST", f"{_ACTIONS}/summary", scope=f"{_SCOPE}.READ")
def get_filtered_summary(org: Organisation, request: Request) -> Item:
    """Return the number of rules of each module that match the filters of the body."""
    return _summary(org, request, _filter_rules(org, request))


@routes.route("POST", f"{SHARING_RULES.collection_path}/search", scope=f"{_SCOPE}.READ")
def search_rules(org: Organisation, request: Request) -> Item | None:
    """Return the rules that match the filters of the body."""
    rows = [
        show(org, request, SHARING_RULES, rule, detail_only=False)
        for rule in _filter_rules(org, request)
    ]
    return page_of(request, "sharing_rules", rows)


def _summary(org: Organisation, request: Request, rules: list[Item]) -> Item:
    only = get_module_param(org, request).id if request.args.get("module") else None
    counts = Counter(rule["module"] for rule in rules)
    modules = [only] if only else list(counts)
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


def _filter_rules(org: Organisation, request: Request) -> list[Item]:
    """Return the rules that match `filters`: a condition, or a group of them, on a rule's keys."""
    filters = require_objects(request.json_object(), "filters", body_path(request))
    module = get_module_param(org, request).id if request.args.get("module") else None
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
            _fits(rule, member, child) for member, child in require_objects(criteria, "group", path)
        ]
        return any(results) if operator == "or" else all(results)
    field = require_object(require(criteria, "field", path), path.child("field"))
    value: object = rule
    for part in str(require(field, "api_name", path.child("field"))).split("."):
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
