"""Scoring rules, workflow rules, cadences: activation, copies, order, counts, usage."""

from __future__ import annotations

from typing import Any

from .api import Api

Item = dict[str, Any]


def first(api: Api, collection: str, number: int = 0) -> Item:
    return list(api.org.settings.items(collection).values())[number]


def test_a_scoring_rule_is_switched_and_copied(v8: Api) -> None:
    path = f"settings/automation/scoring_rules/{first(v8, 'scoring_rules')['id']}"
    off = v8.delete(f"{path}/actions/activate").json["scoring_rules"][0]
    assert off["message"] == "scoring rule deactivated successfully"
    assert v8.get(path).json["scoring_rules"][0]["active"] is False
    assert v8.put(f"{path}/actions/activate").status_code == 200
    assert v8.get(path).json["scoring_rules"][0]["active"] is True
    copy = v8.post(f"{path}/actions/clone").json["scoring_rules"][0]["details"]["id"]
    shown = v8.get(f"settings/automation/scoring_rules/{copy}").json["scoring_rules"][0]
    assert (shown["name"], shown["active"]) == ("Copy of Lead fit", False)
    run = {"scoring_rules": [{"id": first(v8, "scoring_rules")["id"]}]}
    assert v8.put("Leads/actions/run_scoring_rules", run).status_code == 200
    elsewhere = v8.put("Deals/actions/run_scoring_rules", run)
    assert elsewhere.json["details"]["json_path"] == "$.scoring_rules[0].id"


def test_a_scoring_rule_needs_something_to_score_by(v8: Api) -> None:
    answer = v8.post(
        "settings/automation/scoring_rules",
        {"scoring_rules": [{"name": "none", "module": {"api_name": "Leads"}}]},
    )
    assert answer.json["scoring_rules"][0]["code"] == "EXPECTED_FIELD_MISSING"


RULES = "settings/automation/workflow_rules"


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


def test_webhooks_by_module_and_never_called(v8: Api) -> None:
    path = "settings/automation/webhooks/actions"
    modules = v8.get(f"{path}/associated_modules").json["associated_modules"]
    assert [one["api_name"] for one in modules] == ["Deals"]
    report = v8.get(f"{path}/usage_reports", group_by="date").json
    assert (report["data_usage"], report["info"]["more_records"]) == ([], False)
    assert v8.get(f"{path}/usage_reports", group_by="x").json["code"] == "INVALID_DATA"
    failures = "settings/automation/webhook_failures"
    assert v8.get(failures, module="Deals").json["webhook_failures"] == []
    assert v8.get(failures, webhook_id="9").json["details"] == {"param_name": "webhook_id"}


def test_field_updates_name_a_field_of_the_module(v8: Api) -> None:
    update = {
        "name": "x",
        "module": {"api_name": "Leads"},
        "type": "static",
        "field": {"api_name": "Nothing"},
        "value": 1,
    }
    answer = v8.post("settings/automation/field_updates", {"field_updates": [update]})
    assert answer.json["field_updates"][0]["code"] == "INVALID_DATA"


def test_records_are_taken_into_cadences(v8: Api) -> None:
    cadence = first(v8, "cadences")
    record = v8.first_id("Leads")
    body = {"cadences_ids": [cadence["id"]], "ids": [record, "99"]}
    answer = v8.post("Leads/actions/enrol_in_cadences", body)
    assert answer.status_code == 207
    done, refused = answer.json["data"]
    assert done["details"]["cadences"] == [{"name": cadence["name"], "id": cadence["id"]}]
    assert refused["details"]["json_path"] == "$.ids[1]"
    assert list(v8.org.settings.items("enrolments", cadence["id"])) == [record]
    assert v8.post("Leads/actions/unenrol_from_cadences", body).status_code == 207
    assert not v8.org.settings.items("enrolments", cadence["id"])
    for wrong in ({}, {"cadences_ids": [cadence["id"]], "ids": []}, {**body, "cadences_ids": [9]}):
        assert v8.post("Leads/actions/enrol_in_cadences", wrong).status_code == 400
    full = v8.post("Leads/actions/enrol_in_cadences", {**body, "ids": [record] * 101})
    assert full.json["code"] == "LIMIT_EXCEEDED"
