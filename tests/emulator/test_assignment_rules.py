"""Assignment rules, applied by `lar_id`."""

from __future__ import annotations

from .api import Api

RULES = "settings/automation/assignment_rules"


def rule_of(api: Api, module: str = "Leads") -> str:
    rules = api.org.settings.items("assignment_rules").values()
    module_id = api.org.metadata.modules[module].id
    return str(next(rule["id"] for rule in rules if rule["module"] == module_id))


def owner_after(api: Api, rule: str, **values: str) -> str:
    body = {"data": [{"Last_Name": "Wong", **values}], "lar_id": rule}
    answer = api.post("Leads", body)
    lead = answer.json["data"][0]["details"]["id"]
    return str(api.record("Leads", lead)["Owner"]["id"])


def test_records_are_assigned_in_turn(api: Api) -> None:
    users = [user.id for user in api.org.users.values() if user.status == "active"]
    rule = rule_of(api)
    assert [owner_after(api, rule) for _ in users] == users
    assert owner_after(api, rule) == users[0]


def test_updated_record_is_assigned(api: Api) -> None:
    lead = api.create("Leads", Last_Name="Wong", Owner={"id": list(api.org.users)[2]})
    api.put(f"Leads/{lead}", {"data": [{"City": "Bonn"}], "lar_id": rule_of(api)})
    assert api.record("Leads", lead)["Owner"]["id"] == next(iter(api.org.users))


def test_entry_with_criteria_and_role_comes_first(v8: Api) -> None:
    rule = rule_of(v8)
    person = list(v8.org.users.values())[-1]
    rules = v8.org.settings.items("assignment_rules")
    criteria = {"field": {"api_name": "City"}, "comparator": "equal", "value": "Bonn"}
    role = {"type": "role", "resource": {"id": person.role_id}}
    entry = {"id": "1", "criteria": criteria, "assign_to": role}
    rules[rule] = rules[rule] | {"rule_entries": [entry]}
    assert v8.org.users[owner_after(v8, rule, City="Bonn")].role_id == person.role_id
    assert owner_after(v8, rule) == next(iter(v8.org.users))


def test_unknown_rule_and_rule_of_another_module_are_refused(v8: Api) -> None:
    for rule in ("1", rule_of(v8, "Cases")):
        body = {"data": [{"Last_Name": "Wong"}], "lar_id": rule}
        answer = v8.post("Leads", body)
        assert answer.status_code == 400
        item = answer.json["data"][0]
        assert (item["code"], item["details"]["api_name"]) == ("INVALID_DATA", "lar_id")


def test_assignment_rule_is_shown_with_its_entries(v8: Api) -> None:
    (rule,) = v8.get(f"{RULES}/{rule_of(v8)}").json["assignment_rules"]
    assert len(rule["rule_entries"][0]["assign_to"]["resources"]) == len(v8.org.users)
