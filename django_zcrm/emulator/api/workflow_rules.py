"""Workflow rules: their order, counts and usage (docs v8 workflow-rules)."""

from __future__ import annotations

from collections import Counter

from ..core import Request, Routes, invalid_data, success
from ..engine.access import get_ids_param, get_module_param, require_param
from ..engine.automation import RUNS
from ..engine.bodies import body_path, require, require_id, require_object, require_objects
from ..engine.settings import SETTINGS, ItemCollection, Messages, collection, keys, module_of
from ..engine.values import JSONPath, parse_date
from ..state import Item, Organisation

routes = Routes(scope="ZohoCRM.settings.workflow_rules", versions=(8, 8), generic=True)

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


_ACTION_BLOCK = keys.shape(actions=keys.ListOf(keys.shape(type=keys.Text(), name=keys.Text())))

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
        "name": keys.Text(100, required=True),
        "description": keys.Text(3000),
        "module": keys.module(required=True),
        "execute_when": keys.shape(
            {"required": True},
            type=keys.Text(100, required=True),
            details=keys.shape({"required": True}, criteria=keys.Criteria()),
        ),
        "conditions": keys.ListOf(
            keys.shape(
                sequence_number=keys.Number(),
                criteria_details=keys.shape(criteria=keys.Criteria()),
                instant_actions=_ACTION_BLOCK,
                scheduled_actions=keys.ListOf(_ACTION_BLOCK),
            ),
            min_length=1,
            required=True,
            detail_only=True,
        ),
        "status": keys.shape({"default": {"active": True}}, active=keys.Flag()),
        "module_specific_sequence": keys.Number(read_only=True, default=1),
        "source": keys.Text(read_only=True, default="crm"),
        "editable": keys.Flag(read_only=True, default=True),
        "deletable": keys.Flag(read_only=True, default=True),
        "last_executed_time": keys.Moment(read_only=True),
        "lock": keys.JSONObject(
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
                    "id": org.ids.seed_id(99_100 + number),
                    "sequence_number": 1,
                    "criteria_details": None,
                    "instant_actions": {"actions": [{"type": action, "name": what}]},
                    "scheduled_actions": None,
                }
            ],
            # An active one would make tasks and call the webhook in everyone's tests.
            "status": {"active": False},
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


@routes.route("PUT", f"{_ACTIONS}/reorder")
def reorder(org: Organisation, request: Request) -> Item:
    """Reorder the rules of a module."""
    module = get_module_param(org, request)
    path = body_path(request).child("reorder")
    body = require_object(require(request.json_object(), "reorder", body_path(request)), path)
    items = org.settings.items("workflow_rules")
    name = "module_specific_sequence"
    for item, child in require_objects(body, "workflow_rules", path):
        rule = items[require_id(item, child, items)]
        if rule["module"] != module.id:
            raise child.child("id").unknown_id()
        number = keys.Number(1).read(org, require(item, name, child), child.child(name))
        items[rule["id"]] = rule | {name: number}
    return {"reorder": [success("rules reordered successfully")]}


@routes.route("GET", f"{_ACTIONS}/rules_count")
def get_rules_count(org: Organisation, request: Request) -> Item:
    """Return the number of rules and its limit."""
    rules = org.settings.items("workflow_rules").values()
    counts = {
        "total_rules_configured": len(rules),
        "active_rules_configured": sum(rule["status"]["active"] for rule in rules),
    }
    return {"rules_count": _LIMITS | counts}


@routes.route("GET", f"{_ACTIONS}/module_specific_count")
def get_module_specific_count(org: Organisation, request: Request) -> Item:
    """Return the number of rules of each module, or of the requested one."""
    execute_on = get_module_param(org, request).id if request.args.get("module") else None
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


@routes.route("GET", f"{_ACTIONS}/actions_count")
def get_actions_count(org: Organisation, request: Request) -> Item | None:
    """Return how many actions of each kind the rules have."""
    items = org.settings.items("workflow_rules")
    results = []
    for rule_id in get_ids_param(request):
        if rule_id not in items:
            raise invalid_data(param_name="ids")
        results.append(
            {
                "id": rule_id,
                "conditions": [
                    {
                        "id": condition["id"],
                        "sequence_number": condition["sequence_number"],
                        "instant_actions": _count_actions(condition["instant_actions"]),
                        "scheduled_actions": [
                            _count_actions(delayed)
                            for delayed in condition["scheduled_actions"] or ()
                        ],
                    }
                    for condition in items[rule_id]["conditions"]
                ],
            }
        )
    return {"workflow_rules": results}


def _count_actions(block: Item | None) -> Item | None:
    if not block:
        return None
    counts = Counter(action.get("type") for action in block.get("actions") or ())
    return {
        "actions_count": [
            {"type": action_type, "value": number} for action_type, number in counts.items()
        ]
    }


@routes.route("GET", f"{WORKFLOW_RULES.collection_path}/{{workflowRuleId}}/actions/usage")
def get_usage(org: Organisation, request: Request, workflowRuleId: str) -> Item:
    """Return how often a rule ran in some days, and how its actions ended."""
    rule = ItemCollection(org, request, WORKFLOW_RULES, {}).require(workflowRuleId)
    for name in ("executed_from", "executed_till"):
        if parse_date(require_param(request, name)) is None:
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
                        "instant_actions": {"actions": _count_uses(condition, runs)},
                        "scheduled_actions": [],
                    }
                    for condition in rule["conditions"]
                ],
            }
        ]
    }


def _count_uses(condition: Item, runs: list[Item]) -> list[Item]:
    """Return how often each action of a condition was done."""
    counts = Counter(
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
            "success_count": counts[action.get("name"), True],
            "failure_count": counts[action.get("name"), False],
            "associated_time": None,
        }
        for action in (condition["instant_actions"] or {}).get("actions") or ()
    ]
