"""Workflow rules: order, counts, usage."""

from __future__ import annotations

from typing import Any

from .api import Api

RULES = "settings/automation/workflow_rules"


Item = dict[str, Any]


def first(api: Api, collection: str, number: int = 0) -> Item:
    return list(api.org.settings.items(collection).values())[number]


def test_workflow_rules_have_an_order(v8: Api) -> None:
    rules = [rule["id"] for rule in v8.get(RULES, module="Deals").json["workflow_rules"]]
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
    counts = {count["module"]["api_name"]: count["total_rules_configured"] for count in by_module}
    assert counts == {"Leads": 1, "Deals": 2}
    count = v8.get(f"{RULES}/actions/module_specific_count", module="Tasks").json
    assert count["module_specific_count"][0]["total_rules_configured"] == 0
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
    assert "create" in [trigger["api_name"] for trigger in shown["triggers"]]
    assert v8.get("workflow_configurations").json["code"] == "REQUIRED_PARAM_MISSING"


def automate(api: Api, execute_when: Item, criteria: Item | None = None, **update: Any) -> str:
    """Make a field update and a rule that does it; return the rule's id."""
    made = {
        "name": "Set it",
        "module": {"api_name": "Leads"},
        "type": "static",
        "field": {"api_name": "Lead_Status"},
        "value": "Contacted",
        **update,
    }
    done = api.post("settings/automation/field_updates", {"field_updates": [made]})
    action = done.json["field_updates"][0]["details"]["id"]
    rule = {
        "name": "Rule",
        "module": {"api_name": "Leads"},
        "execute_when": {"details": {"repeat": True}, **execute_when},
        "conditions": [
            {
                "sequence_number": 1,
                "criteria_details": {"criteria": criteria} if criteria else None,
                "instant_actions": {
                    "actions": [{"type": "field_updates", "id": action, "name": "Set it"}]
                },
            }
        ],
    }
    answer = api.post(RULES, {"workflow_rules": [rule]})
    assert answer.status_code == 201, answer.text
    return str(answer.json["workflow_rules"][0]["details"]["id"])


def status(api: Api, lead: str) -> Any:
    return api.record("Leads", lead)["Lead_Status"]


def test_a_rule_updates_a_field_of_what_was_created(v8: Api) -> None:
    criteria = {"field": {"api_name": "City"}, "comparator": "equal", "value": "Bonn"}
    rule = automate(v8, {"type": "create"}, criteria)
    bonn = v8.create("Leads", Last_Name="a", City="Bonn")
    kiel = v8.create("Leads", Last_Name="b", City="Kiel")
    assert (status(v8, bonn), status(v8, kiel)) == ("Contacted", None)

    v8.put(f"Leads/{bonn}", {"data": [{"Lead_Status": "Lost Lead"}]})
    assert status(v8, bonn) == "Lost Lead"
    today = v8.org.clock.now().date().isoformat()
    days: Item = {"executed_from": today, "executed_till": today}
    (usage,) = v8.get(f"{RULES}/{rule}/actions/usage", **days).json["workflow_rules"]
    assert usage["trigger_count"] == usage["conditions"][0]["usage_count"] == 1
    (action,) = usage["conditions"][0]["instant_actions"]["actions"]
    assert (action["success_count"], action["failure_count"]) == (1, 0)
    assert v8.get(f"{RULES}/{rule}").json["workflow_rules"][0]["last_executed_time"]


def test_a_call_may_keep_workflows_from_running(v8: Api) -> None:
    automate(v8, {"type": "create_or_edit"})
    for trigger, expected in (([], None), (["blueprint"], None), (["workflow"], "Contacted")):
        body = {"data": [{"Last_Name": "a"}], "trigger": trigger}
        lead = v8.post("Leads", body).json["data"][0]["details"]["id"]
        assert status(v8, lead) == expected


def test_a_rule_may_run_once_for_each_record(v8: Api) -> None:
    automate(v8, {"type": "edit", "details": {"repeat": False}})
    lead = v8.create("Leads", Last_Name="a")
    for city, expected in (("Bonn", "Contacted"), ("Kiel", "Lost Lead")):
        v8.put(f"Leads/{lead}", {"data": [{"City": city, "Lead_Status": "Lost Lead"}]})
        assert status(v8, lead) == expected


def test_a_rule_may_wait_for_a_field(v8: Api) -> None:
    changed = {"field": {"api_name": "City"}, "comparator": "equal", "value": "${ANYVALUE}"}
    automate(v8, {"type": "field_update", "details": {"repeat": True, "criteria": changed}})
    lead = v8.create("Leads", Last_Name="a")
    v8.put(f"Leads/{lead}", {"data": [{"State": "NW"}]})
    assert status(v8, lead) is None
    v8.put(f"Leads/{lead}", {"data": [{"City": "Bonn"}]})
    assert status(v8, lead) == "Contacted"


def test_a_field_update_may_append_or_fail(v8: Api) -> None:
    rule = automate(
        v8,
        {"type": "create"},
        field={"api_name": "Languages"},
        value=["German"],
        update_type="append",
    )
    lead = v8.create("Leads", Last_Name="a", Languages=["English"])
    assert v8.record("Leads", lead)["Languages"] == ["English", "German"]

    updates = v8.org.settings.items("field_updates")
    update = next(update for update in updates.values() if update["name"] == "Set it")
    updates[update["id"]] = update | {"value": ["Klingon"]}
    v8.create("Leads", Last_Name="b")
    today = v8.org.clock.now().date().isoformat()
    days: Item = {"executed_from": today, "executed_till": today}
    (usage,) = v8.get(f"{RULES}/{rule}/actions/usage", **days).json["workflow_rules"]
    (action,) = usage["conditions"][0]["instant_actions"]["actions"]
    assert (action["success_count"], action["failure_count"]) == (1, 1)


def test_what_a_rule_changes_is_told_to_channels(v8: Api) -> None:
    automate(v8, {"type": "create"})
    channel = {"channel_id": "9", "events": ["Leads.all"], "notify_url": "http://x.example/hook"}
    v8.post("actions/watch", {"watch": [channel]})
    v8.create("Leads", Last_Name="a")
    callbacks = v8.caller.emulator.zoho.callbacks
    callbacks.wait()
    assert [sent.body["operation"] for sent in callbacks.sent] == ["insert", "update"]
