"""Workflow rules: order, counts, usage."""

from __future__ import annotations

from typing import Any

from .api import Api

RULES = "settings/automation/workflow_rules"


Item = dict[str, Any]


def first(api: Api, collection: str, number: int = 0) -> Item:
    return list(api.org.settings.items(collection).values())[number]


def test_workflow_rules_have_an_order(v8: Api) -> None:
    rules = [one["id"] for one in v8.get(RULES, module="Deals").json["workflow_rules"]]
    assert len(rules) == 2
    asked = [
        {"id": rule, "module_specific_sequence": number}
        for number, rule in enumerate(reversed(rules), start=1)
    ]
    body = {"reorder": {"workflow_rules": asked}}
    assert v8.put(f"{RULES}/actions/reorder", body, module="Deals").status_code == 200
    order = {
        rule["id"]: rule["module_specific_sequence"]
        for rule in v8.get(RULES, module="Deals").json["workflow_rules"]
    }
    assert order == {rules[0]: 2, rules[1]: 1}
    refused: tuple[dict[str, Any], ...] = (
        {},
        {"reorder": {}},
        {"reorder": {"workflow_rules": [{"id": "9"}]}},
        {"reorder": {"workflow_rules": [{"id": rules[0]}]}},
    )
    for wrong in refused:
        assert v8.put(f"{RULES}/actions/reorder", wrong, module="Deals").status_code == 400
    assert v8.put(f"{RULES}/actions/reorder", body).json["code"] == "REQUIRED_PARAM_MISSING"


def test_workflow_rules_are_counted(v8: Api) -> None:
    total = v8.get(f"{RULES}/actions/rules_count").json["rules_count"]
    assert (total["total_rules_configured"], total["active_rules_configured"]) == (3, 3)
    by_module = v8.get(f"{RULES}/actions/module_specific_count").json["module_specific_count"]
    counts = {one["module"]["api_name"]: one["total_rules_configured"] for one in by_module}
    assert counts == {"Leads": 1, "Deals": 2}
    one = v8.get(f"{RULES}/actions/module_specific_count", module="Tasks").json
    assert one["module_specific_count"][0]["total_rules_configured"] == 0
    rule = first(v8, "workflow_rules")["id"]
    actions = v8.get(f"{RULES}/actions/actions_count", ids=rule).json["workflow_rules"][0]
    assert actions["conditions"][0]["instant_actions"]["actions_count"] == [
        {"type": "tasks", "value": 1}
    ]
    assert v8.get(f"{RULES}/actions/actions_count", ids="9").json["code"] == "INVALID_DATA"


def test_workflow_rules_never_ran(v8: Api) -> None:
    rule = first(v8, "workflow_rules")["id"]
    days: dict[str, Any] = {"executed_from": "2030-01-01", "executed_till": "2030-02-01"}
    usage = v8.get(f"{RULES}/{rule}/actions/usage", **days).json["workflow_rules"][0]
    assert (usage["id"], usage["trigger_count"]) == (rule, 0)
    wrong = v8.get(f"{RULES}/{rule}/actions/usage", **(days | {"executed_till": "soon"}))
    assert wrong.json["details"]["param_name"] == "executed_till"
    assert v8.get(f"{RULES}/{rule}/actions/usage").json["code"] == "REQUIRED_PARAM_MISSING"


def test_what_workflows_can_do(v8: Api) -> None:
    shown = v8.get("workflow_configurations", module="Leads").json["workflow_configurations"]
    assert "create" in [one["api_name"] for one in shown["triggers"]]
    assert v8.get("workflow_configurations").json["code"] == "REQUIRED_PARAM_MISSING"
