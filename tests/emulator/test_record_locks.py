"""Locks of records and what they leave open."""

from __future__ import annotations

from typing import Any

from .api import Api


def lead(api: Api, **values: Any) -> str:
    return api.create("Leads", **{"Last_Name": "Ruiz", "Company": "Acme", **values})


def locking(api: Api, **values: Any) -> None:
    answer = api.post(
        "settings/record_locking_configurations",
        {"record_locking_configurations": [{"lock_type": "manual", **values}]},
        module="Leads",
    )
    assert answer.status_code == 201, answer.text


def lock(api: Api, record: str) -> str:
    answer = api.post(
        f"Leads/{record}/Locking_Information__s", {"data": [{"Locked_Reason__s": "audit"}]}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json["data"][0]["details"]["id"])


def test_locked_record_is_neither_changed_nor_deleted(v8: Api) -> None:
    record = lead(v8)
    path = f"Leads/{record}/Locking_Information__s"
    body = {"data": [{"Locked_Reason__s": "audit"}]}
    assert v8.post(path, body).json["code"] == "NOT_ALLOWED"
    locking(v8)
    assert v8.get(path).status_code == 204
    lock_id = lock(v8, record)
    stored = v8.get(path).json["data"][0]
    assert (stored["id"], stored["Locked_Reason__s"]) == (lock_id, "audit")
    assert stored["Locked_For__s"]["id"] == record
    assert v8.post(path, body).json["data"][0]["code"] == "NOT_ALLOWED"
    assert v8.record("Leads", record)["Locked__s"] is True
    changed = v8.put(f"Leads/{record}", {"data": [{"City": "Bonn"}]})
    assert changed.json["data"][0]["code"] == "RECORD_LOCKED"
    assert v8.delete(f"Leads/{record}").json["data"][0]["code"] == "RECORD_LOCKED"
    deleted = v8.post("Leads/actions/mass_delete", {"ids": [record]})
    assert deleted.json["data"][0]["code"] == "RECORD_LOCKED"
    assert v8.put(f"{path}/{lock_id}", {"data": [{"Locked_Reason__s": "tax"}]}).status_code == 200
    assert v8.get(f"{path}/{lock_id}").json["data"][0]["Locked_Reason__s"] == "tax"
    assert v8.delete(f"{path}/{lock_id}").json["data"][0]["status"] == "success"
    assert v8.get(f"{path}/{lock_id}").status_code == 204
    assert v8.delete(f"{path}/{lock_id}").json["details"] == {"resource_path_index": 3}
    assert v8.put(f"Leads/{record}", {"data": [{"City": "Bonn"}]}).status_code == 200
    assert v8.delete(f"Leads/{record}").status_code == 200


def test_locked_record_keeps_configured_fields_and_actions_open(v8: Api) -> None:
    locking(v8, excluded_fields=[{"api_name": "City"}], restricted_actions=["update"])
    record = lead(v8)
    lock(v8, record)
    assert v8.put(f"Leads/{record}", {"data": [{"City": "Bonn"}]}).status_code == 200
    both = v8.put(f"Leads/{record}", {"data": [{"City": "Kiel", "State": "SH"}]})
    assert both.json["data"][0]["details"] == {"id": record, "action": "update"}
    assert v8.delete(f"Leads/{record}").status_code == 200


BIG: dict[str, Any] = {
    "name": "Big ones",
    "criteria": {
        "field": {"api_name": "No_of_Employees"},
        "comparator": "greater_equal",
        "value": 500,
    },
}


def test_rule_locks_records(v8: Api) -> None:
    locking(v8, lock_type="automatic", locking_rules=[BIG])
    small, big = lead(v8, No_of_Employees=499), lead(v8, No_of_Employees=500)
    assert not v8.record("Leads", small)["Locked__s"]
    (lock,) = v8.get(f"Leads/{big}/Locking_Information__s").json["data"]
    assert (lock["Lock_Source__s"], lock["Locked_Reason__s"]) == ("Automatic", "Big ones")
    assert lock["Record_Locking_Rule_Id__s"]
    refused = v8.put(f"Leads/{big}", {"data": [{"City": "Bonn"}]}).json["data"][0]
    assert refused["code"] == "RECORD_LOCKED"

    v8.put(f"Leads/{small}", {"data": [{"No_of_Employees": 501}]})
    assert v8.record("Leads", small)["Locked__s"] is True


def test_existing_records_are_locked_by_a_rule_for_them(v8: Api) -> None:
    before = lead(v8, No_of_Employees=500)
    locking(v8, lock_type="both", locking_rules=[BIG | {"lock_existing_records": True}])
    assert v8.record("Leads", before)["Locked__s"] is True


def test_lock_refuses_the_configured_actions(v8: Api) -> None:
    owner = list(v8.org.users)[1]
    record = lead(v8, Email="ruiz@lock.example")
    mail = {
        "from": {"email": next(iter(v8.org.users.values())).email},
        "to": [{"email": "ruiz@lock.example"}],
        "subject": "a",
        "content": "b",
    }
    locking(
        v8,
        restricted_actions=["change_owner", "tags", "convert"],
        restricted_communications=["send_mail"],
    )
    lock(v8, record)
    for path, body in (
        ("actions/change_owner", {"owner": {"id": owner}}),
        ("actions/add_tags", {"tags": [{"name": "x"}]}),
        ("actions/convert", {"data": [{}]}),
        ("actions/send_mail", {"data": [mail]}),
    ):
        answer = v8.post(f"Leads/{record}/{path}", body).json
        refused = answer["data"][0] if "data" in answer else answer
        assert refused["code"] == "RECORD_LOCKED", path
    owners = v8.post("Leads/actions/change_owner", {"owner": {"id": owner}, "ids": [record]})
    assert owners.json["data"][0]["code"] == "RECORD_LOCKED"
    assert v8.put(f"Leads/{record}", {"data": [{"City": "Bonn"}]}).status_code == 200


def test_lock_does_not_apply_to_excluded_profiles(v8: Api) -> None:
    mine = next(iter(v8.org.users.values())).profile_id
    locking(
        v8,
        locked_for="all_profiles_except_excluded_profiles",
        lock_excluded_profiles=[{"id": mine}],
    )
    record = lead(v8)
    lock(v8, record)
    assert v8.put(f"Leads/{record}", {"data": [{"City": "Bonn"}]}).status_code == 200
