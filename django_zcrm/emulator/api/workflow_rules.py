"""Workflow rules: their order, counts and usage (docs v8 workflow-rules)."""

from __future__ import annotations

from collections import Counter

from django_zcrm.emulator.core.errors import invalid_data, success
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.routing import Routes
from django_zcrm.emulator.engine.access import asked_ids, asked_module, required_param
from django_zcrm.emulator.engine.automation import RUNS
from django_zcrm.emulator.engine.bodies import (
    body_path,
    required,
    required_id,
    required_object,
    required_objects,
)
from django_zcrm.emulator.engine.settings.fields import module_of
from django_zcrm.emulator.engine.settings.item_collection import ItemCollection
from django_zcrm.emulator.engine.settings.register import SETTINGS, collection
from django_zcrm.emulator.engine.settings.resource import Messages
from django_zcrm.emulator.engine.settings.value_types import (
    Flag,
    JSONObject,
    ListOf,
    Moment,
    Number,
    Text,
    shape,
)
from django_zcrm.emulator.engine.settings.value_types import module as a_module
from django_zcrm.emulator.engine.values import JSONPath, parse_date
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.settings import Item

routes = Routes(generic=True)

_LIMITS = {
    "total_rules_limit": 2500,
    "active_rules_limit": 2500,
    "total_rules_limit_per_module": 50,
    "active_rules_limit_per_module": 50,
    "rules_per_process_limit": 50,
    "total_actions_per_rule_limit": 50,
    "scheduled_actions_per_rule_limit": 5,
}


def check_rule(
    org: Organisation, request: Request, values: Item, before: Item | None, path: JSONPath
) -> None:
    """Give conditions and their scheduled actions ids; put a new rule last in its module."""
    if before is None:
        in_module = [
            rule
            for rule in org.settings.items("workflow_rules").values()
            if rule["module"] == values["module"]
        ]
        values["module_specific_sequence"] = len(in_module) + 1
    if values.get("status"):
        values["status"] = {"active": True, **(before or {}).get("status", {}), **values["status"]}
    if values.get("conditions"):
        values["conditions"] = [
            {
                "sequence_number": number,
                "criteria_details": None,
                "instant_actions": None,
                "scheduled_actions": None,
                **condition,
                "id": condition.get("id") or org.ids.next(),
            }
            for number, condition in enumerate(values["conditions"], start=1)
        ]


WORKFLOW_RULES = collection(
    routes,
    "/settings/automation/workflow_rules",
    methods="GET POST PUT DELETE",
    item="{id} GET PUT DELETE",
    scope=f"{SETTINGS}.workflow_rules",
    since=8,
    messages=Messages("workflow created", "workflow updated", "workflow deleted"),
    paged=True,
    filters={
        "module": "module",
        "status_active": lambda org, rule, execute_on: (
            str(rule["status"]["active"]).lower() == execute_on.lower()
        ),
        "execute_on": lambda org, rule, execute_on: rule["execute_when"]["type"] == execute_on,
    },
    unique=("name",),
    keys={
        "name": Text(100, required=True),
        "description": Text(3000),
        "module": a_module(required=True),
        "execute_when": shape(
            {"required": True}, type=Text(100, required=True), details=JSONObject(required=True)
        ),
        "conditions": ListOf(
            shape(
                sequence_number=Number(), instant_actions=JSONObject(), scheduled_actions=ListOf()
            ),
            min_length=1,
            required=True,
            detail_only=True,
        ),
        "status": shape({"default": {"active": True}}, active=Flag()),
        "module_specific_sequence": Number(read_only=True, default=1),
        "source": Text(read_only=True, default="crm"),
        "editable": Flag(read_only=True, default=True),
        "deletable": Flag(read_only=True, default=True),
        "last_executed_time": Moment(read_only=True),
        "lock": JSONObject(
            read_only=True, default={"status": False, "locked_by": None, "message": None}
        ),
    },
    check=check_rule,
    demo_items=lambda org: [
        {
            "name": name,
            "module": {"api_name": module},
            "execute_when": {
                "type": trigger,
                "details": {"trigger_module": {"api_name": module}, "repeat": False},
            },
            "conditions": [
                {
                    "id": org.ids.seeded(99_100 + number),
                    "sequence_number": 1,
                    "criteria_details": None,
                    "instant_actions": {"actions": [{"type": action, "name": what}]},
                    "scheduled_actions": None,
                }
            ],
        }
        for number, (name, module, trigger, action, what) in enumerate(
            (
                ("Call new leads", "Leads", "create", "tasks", "Call within a day"),
                ("Big deals to the manager", "Deals", "edit", "field_updates", "Next Step"),
                ("Tell the shop", "Deals", "create_or_edit", "webhooks", "Shop hook"),
            )
        )
    ],
)
_ACTIONS = f"{WORKFLOW_RULES.collection_path}/actions"
_READ, _UPDATE = WORKFLOW_RULES.scope_of("GET"), WORKFLOW_RULES.scope_of("PUT")
_VERSIONS = WORKFLOW_RULES.versions_of("GET")


@routes.route("PUT", f"{_ACTIONS}/reorder", scope=_UPDATE, versions=_VERSIONS)
def reorder(org: Organisation, request: Request) -> Item:
    """Reorder the rules of a module."""
    module = asked_module(org, request)
    path = body_path(request).child("reorder")
    body = required_object(required(request.json_object(), "reorder", body_path(request)), path)
    items = org.settings.items("workflow_rules")
    name = "module_specific_sequence"
    for asked, child in required_objects(body, "workflow_rules", path):
        rule = items[required_id(asked, child, items)]
        if rule["module"] != module.id:
            raise child.child("id").unknown_id()
        number = Number(1).read(org, required(asked, name, child), child.child(name))
        items[rule["id"]] = rule | {name: number}
    return {"reorder": [success("rules reordered successfully")]}


@routes.route("GET", f"{_ACTIONS}/rules_count", scope=_READ, versions=_VERSIONS)
def rules_count(org: Organisation, request: Request) -> Item:
    """Answer the number of rules and its limit."""
    rules = org.settings.items("workflow_rules").values()
    counts = {
        "total_rules_configured": len(rules),
        "active_rules_configured": sum(rule["status"]["active"] for rule in rules),
    }
    return {"rules_count": _LIMITS | counts}


@routes.route("GET", f"{_ACTIONS}/module_specific_count", scope=_READ, versions=_VERSIONS)
def module_specific_count(org: Organisation, request: Request) -> Item:
    """Answer how many rules each module, or the one asked for, has."""
    execute_on = asked_module(org, request).id if request.args.get("module") else None
    total: Counter[str] = Counter()
    active: Counter[str] = Counter()
    for rule in org.settings.items("workflow_rules").values():
        total[rule["module"]] += 1
        active[rule["module"]] += rule["status"]["active"]
    modules = [execute_on] if execute_on else list(total)
    return {
        "module_specific_count": [
            {
                "module": {"api_name": module_of(org, module_id).api_name, "id": module_id},
                "total_rules_configured": total[module_id],
                "active_rules_configured": active[module_id],
            }
            for module_id in modules
        ]
    }


@routes.route("GET", f"{_ACTIONS}/actions_count", scope=_READ, versions=_VERSIONS)
def actions_count(org: Organisation, request: Request) -> Item | None:
    """Answer how many actions of each kind the rules have."""
    items = org.settings.items("workflow_rules")
    results = []
    for rule_id in asked_ids(request):
        if rule_id not in items:
            raise invalid_data(param_name="ids")
        results.append(
            {
                "id": rule_id,
                "conditions": [
                    {
                        "id": condition["id"],
                        "sequence_number": condition["sequence_number"],
                        "instant_actions": _counted(condition["instant_actions"]),
                        "scheduled_actions": [
                            _counted(delayed) for delayed in condition["scheduled_actions"] or ()
                        ],
                    }
                    for condition in items[rule_id]["conditions"]
                ],
            }
        )
    return {"workflow_rules": results}


def _counted(block: Item | None) -> Item | None:
    if not block:
        return None
    counts = Counter(action.get("type") for action in block.get("actions") or ())
    return {
        "actions_count": [
            {"type": action_type, "value": number} for action_type, number in counts.items()
        ]
    }


@routes.route(
    "GET",
    f"{WORKFLOW_RULES.collection_path}/{{workflowRuleId}}/actions/usage",
    scope=_READ,
    versions=_VERSIONS,
)
def usage(org: Organisation, request: Request, workflowRuleId: str) -> Item:
    """Answer how often a rule ran in some days, and how its actions ended."""
    rule = ItemCollection(org, request, WORKFLOW_RULES, {}).existing(workflowRuleId)
    for name in ("executed_from", "executed_till"):
        if parse_date(required_param(request, name)) is None:
            raise invalid_data(param_name=name, expected_data_type="date")
    first, last = request.args["executed_from"], request.args["executed_till"]
    runs = [
        run
        for run in org.settings.items(RUNS, rule["id"]).values()
        if first <= run["time"][:10] <= last
    ]
    return {
        "workflow_rules": [
            {
                "id": rule["id"],
                "name": rule["name"],
                "trigger_count": len(runs),
                "reset_time": None,
                "conditions": [
                    {
                        "id": condition["id"],
                        "usage_count": sum(run["condition"] == condition["id"] for run in runs),
                        "instant_actions": {"actions": _used(condition, runs)},
                        "scheduled_actions": [],
                    }
                    for condition in rule["conditions"]
                ],
            }
        ]
    }


def _used(condition: Item, runs: list[Item]) -> list[Item]:
    """Return how often each action of a condition was done."""
    done = Counter(
        (action["name"], action["success"])
        for run in runs
        if run["condition"] == condition["id"]
        for action in run["actions"]
    )
    return [
        {
            "id": action.get("id"),
            "name": action.get("name"),
            "type": action.get("type"),
            "success_count": done[action.get("name"), True],
            "failure_count": done[action.get("name"), False],
            "associated_time": None,
        }
        for action in (condition["instant_actions"] or {}).get("actions") or ()
    ]
