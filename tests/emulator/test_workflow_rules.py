"""Workflow rules: order, counts, usage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from .api import Api

RULES = "settings/automation/workflow_rules"


Item = dict[str, Any]


def first(api: Api, collection: str, number: int = 0) -> Item:
    return list(api.org.settings.items(collection).values())[number]


def test_workflow_rules_have_an_order(v8: Api) -> None:
    rules = [rule["id"] for rule in v8.get(RULES, module="Deals").json["workflow_rules"]]
    assert len(rules) == 2
    reordered = [
        {"id": rule, "module_specific_sequence": number}
        for number, rule in enumerate(reversed(rules), start=1)
    ]
    body = {"reorder": {"workflow_rules": reordered}}
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
    assert (total["total_rules_configured"], total["active_rules_configured"]) == (3, 0)
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


def test_workflow_configurations_are_listed(v8: Api) -> None:
    configurations = v8.get("workflow_configurations", module="Leads").json[
        "workflow_configurations"
    ]
    assert "create" in [trigger["api_name"] for trigger in configurations["triggers"]]
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


def test_rule_updates_a_field_of_a_new_record(v8: Api) -> None:
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


def test_trigger_without_workflow_runs_no_rule(v8: Api) -> None:
    automate(v8, {"type": "create_or_edit"})
    for trigger, expected in (([], None), (["blueprint"], None), (["workflow"], "Contacted")):
        body = {"data": [{"Last_Name": "a"}], "trigger": trigger}
        lead = v8.post("Leads", body).json["data"][0]["details"]["id"]
        assert status(v8, lead) == expected


def test_rule_may_run_once_for_each_record(v8: Api) -> None:
    automate(v8, {"type": "edit", "details": {"repeat": False}})
    lead = v8.create("Leads", Last_Name="a")
    for city, expected in (("Bonn", "Contacted"), ("Kiel", "Lost Lead")):
        v8.put(f"Leads/{lead}", {"data": [{"City": city, "Lead_Status": "Lost Lead"}]})
        assert status(v8, lead) == expected


def test_rule_may_wait_for_a_field(v8: Api) -> None:
    changed = {"field": {"api_name": "City"}, "comparator": "equal", "value": "${ANYVALUE}"}
    automate(v8, {"type": "field_update", "details": {"repeat": True, "criteria": changed}})
    lead = v8.create("Leads", Last_Name="a")
    v8.put(f"Leads/{lead}", {"data": [{"State": "NW"}]})
    assert status(v8, lead) is None
    v8.put(f"Leads/{lead}", {"data": [{"City": "Bonn"}]})
    assert status(v8, lead) == "Contacted"


def test_field_update_may_append_or_fail(v8: Api) -> None:
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
    updates[update["id"]] = update | {"value": "Klingon"}
    v8.create("Leads", Last_Name="b")
    today = v8.org.clock.now().date().isoformat()
    days: Item = {"executed_from": today, "executed_till": today}
    (usage,) = v8.get(f"{RULES}/{rule}/actions/usage", **days).json["workflow_rules"]
    (action,) = usage["conditions"][0]["instant_actions"]["actions"]
    assert (action["success_count"], action["failure_count"]) == (1, 1)


def test_changes_by_a_rule_are_reported_to_channels(v8: Api) -> None:
    automate(v8, {"type": "create"})
    channel = {"channel_id": "9", "events": ["Leads.all"], "notify_url": "http://x.example/hook"}
    v8.post("actions/watch", {"watch": [channel]})
    v8.create("Leads", Last_Name="a")
    callbacks = v8.caller.emulator.zoho.callbacks
    callbacks.wait()
    assert [sent.body["operation"] for sent in callbacks.posted_callbacks] == ["insert", "update"]


def test_rule_creates_its_task(v8: Api) -> None:
    subject = v8.org.metadata.modules["Tasks"].field_map["Subject"]
    mappings = [
        {"field": {"id": subject.id}, "type": "merge_field", "value": "Call ${Leads.Last_Name}"},
        {"field": {"api_name": "Priority"}, "type": "static", "value": "High"},
        {"field": {"api_name": "Due_Date"}, "type": "execution_time", "value": {"unit": 2}},
    ]
    task = {"name": "Call back", "module": {"api_name": "Leads"}, "field_mappings": mappings}
    answer = v8.post("settings/automation/tasks", {"tasks": [task]})
    assert answer.status_code == 201, answer.text
    action = {"type": "tasks", "name": "Call back"}
    rule = {
        "name": "Follow up",
        "module": {"api_name": "Leads"},
        "execute_when": {"type": "create", "details": {}},
        "conditions": [{"instant_actions": {"actions": [action]}}],
    }
    v8.post(RULES, {"workflow_rules": [rule]})
    owner = list(v8.org.users)[1]
    lead = v8.create("Leads", Last_Name="Wong", Owner={"id": owner})
    (made,) = (task for task in v8.rows("Tasks", "Subject") if task["Subject"] == "Call Wong")
    record = v8.record("Tasks", made["id"])
    day = (v8.org.clock.now() + timedelta(days=2)).date().isoformat()
    assert (record["Priority"], record["Due_Date"]) == ("High", day)
    assert (record["What_Id"]["id"], record["Owner"]["id"]) == (lead, owner)
    assert [row["id"] for row in v8.rows(f"Leads/{lead}/Tasks")] == [made["id"]]


def test_task_about_a_contact_is_linked_by_who_id(v8: Api) -> None:
    subject = v8.org.metadata.modules["Tasks"].field_map["Subject"]
    mapping = {"field": {"id": subject.id}, "type": "static", "value": "Write"}
    task = {"name": "Write", "module": {"api_name": "Contacts"}, "field_mappings": [mapping]}
    v8.post("settings/automation/tasks", {"tasks": [task]})
    rule = {
        "name": "Write to new contacts",
        "module": {"api_name": "Contacts"},
        "execute_when": {"type": "create", "details": {}},
        "conditions": [{"instant_actions": {"actions": [{"type": "tasks", "name": "Write"}]}}],
    }
    v8.post(RULES, {"workflow_rules": [rule]})
    contact = v8.create("Contacts", Last_Name="Wong")
    (made,) = v8.rows(f"Contacts/{contact}/Tasks", "Who_Id")
    assert made["Who_Id"]["id"] == contact


def rule_of(**values: Any) -> Item:
    return {
        "name": "Odd",
        "module": {"api_name": "Leads"},
        "execute_when": {"type": "create", "details": {}},
        "conditions": [{"instant_actions": {"actions": []}}],
        **values,
    }


@pytest.mark.parametrize(
    "criteria",
    ["x", {"group": None}, {"group": ["x"]}, {"field": "x", "comparator": "equal", "value": "x"}],
)
def test_malformed_criteria_of_any_rule_are_refused(v8: Api, criteria: Any) -> None:
    leads = {"api_name": "Leads"}
    locking = {"name": "Odd", "lock_existing_records": False, "criteria": criteria}
    condition = {"criteria_details": {"criteria": criteria}}
    details = {"type": "field_update", "details": {"criteria": criteria}}
    for path, key, item in (
        (RULES, "workflow_rules", rule_of(conditions=[condition])),
        (RULES, "workflow_rules", rule_of(execute_when=details)),
        (
            "settings/record_locking_configurations",
            "record_locking_configurations",
            {"module": leads, "lock_type": "automatic", "locking_rules": [locking]},
        ),
    ):
        params = {"module": "Leads"} if "locking" in path else {}
        refused = v8.post(path, {key: [item]}, **params).json[key][0]
        assert refused["code"] == "INVALID_DATA", (path, refused)
        assert "criteria" in refused["details"]["json_path"]


@pytest.mark.parametrize("actions", ["x", ["x"], [{"type": ["tasks"]}], [{"name": {}}]])
def test_malformed_actions_of_a_rule_are_refused(v8: Api, actions: Any) -> None:
    for name, block in (
        ("instant_actions", {"actions": actions}),
        ("scheduled_actions", [{"actions": actions}]),
    ):
        rule = rule_of(conditions=[{name: block}])
        (refused,) = v8.post(RULES, {"workflow_rules": [rule]}).json["workflow_rules"]
        assert refused["code"] == "INVALID_DATA"
        assert name in refused["details"]["json_path"]


@pytest.mark.parametrize("value", [[], [{}]])
def test_rule_with_values_that_no_field_has_matches_nothing(v8: Api, value: Any) -> None:
    criteria = {"field": {"api_name": "City"}, "comparator": "in", "value": value}
    rule = rule_of(conditions=[{"criteria_details": {"criteria": criteria}}])
    assert v8.post(RULES, {"workflow_rules": [rule]}).status_code == 201
    v8.create("Leads", Last_Name="Wong", City="Porto")
    assert len(first(v8, "workflow_rules", -1)["conditions"]) == 1
    assert first(v8, "workflow_rules", -1)["last_executed_time"] is None


@pytest.mark.parametrize("days", [9_999_999, "9" * 5000])
def test_task_due_after_the_last_year_is_not_created(v8: Api, days: Any) -> None:
    subject = v8.org.metadata.modules["Tasks"].field_map["Subject"]
    mappings = [
        {"field": {"id": subject.id}, "type": "static", "value": "Late"},
        {"field": {"api_name": "Due_Date"}, "type": "execution_time", "value": days},
    ]
    task = {"name": "Late", "module": {"api_name": "Leads"}, "field_mappings": mappings}
    assert v8.post("settings/automation/tasks", {"tasks": [task]}).status_code == 201
    action = {"type": "tasks", "name": "Late"}
    rule = rule_of(conditions=[{"instant_actions": {"actions": [action]}}])
    v8.post(RULES, {"workflow_rules": [rule]})
    v8.create("Leads", Last_Name="Wong")
    assert [task for task in v8.rows("Tasks", "Subject") if task["Subject"] == "Late"] == []
