"""Actions on records other than writing them: locks, territories, merging, conversion."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api

Item = dict[str, Any]


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


def test_a_locked_record_is_neither_changed_nor_deleted(v8: Api) -> None:
    record = lead(v8)
    path = f"Leads/{record}/Locking_Information__s"
    asked = {"data": [{"Locked_Reason__s": "audit"}]}
    assert v8.post(path, asked).json["code"] == "NOT_ALLOWED"
    locking(v8)
    assert v8.get(path).status_code == 204
    lock_id = lock(v8, record)
    shown = v8.get(path).json["data"][0]
    assert (shown["id"], shown["Locked_Reason__s"]) == (lock_id, "audit")
    assert shown["Locked_For__s"]["id"] == record
    assert v8.post(path, asked).json["data"][0]["code"] == "NOT_ALLOWED"
    assert v8.record("Leads", record)["Locked__s"] is True
    changed = v8.put(f"Leads/{record}", {"data": [{"City": "Bonn"}]})
    assert changed.json["data"][0]["code"] == "RECORD_LOCKED"
    assert v8.delete(f"Leads/{record}").json["data"][0]["code"] == "RECORD_LOCKED"
    assert v8.put(f"{path}/{lock_id}", {"data": [{"Locked_Reason__s": "tax"}]}).status_code == 200
    assert v8.get(f"{path}/{lock_id}").json["data"][0]["Locked_Reason__s"] == "tax"
    assert v8.delete(f"{path}/{lock_id}").json["data"][0]["status"] == "success"
    assert v8.get(f"{path}/{lock_id}").status_code == 204
    assert v8.delete(f"{path}/{lock_id}").json["details"] == {"resource_path_index": 3}
    assert v8.put(f"Leads/{record}", {"data": [{"City": "Bonn"}]}).status_code == 200
    assert v8.delete(f"Leads/{record}").status_code == 200


def test_a_configuration_leaves_fields_and_actions_open(v8: Api) -> None:
    locking(v8, excluded_fields=[{"api_name": "City"}], restricted_actions=["update"])
    record = lead(v8)
    lock(v8, record)
    assert v8.put(f"Leads/{record}", {"data": [{"City": "Bonn"}]}).status_code == 200
    both = v8.put(f"Leads/{record}", {"data": [{"City": "Kiel", "State": "SH"}]})
    assert both.json["data"][0]["details"] == {"id": record, "action": "update"}
    assert v8.delete(f"Leads/{record}").status_code == 200


def test_records_go_into_territories_and_out(v8: Api) -> None:
    top, child = list(v8.org.settings.items("territories").values())[:2]
    assert child["reporting_to"] == top["id"]
    record = lead(v8)
    asked = {"data": [{"Territories": [{"id": child["id"]}]}]}
    done = v8.post(f"Leads/{record}/actions/assign_territories", asked)
    assert done.json["data"][0]["details"] == {"id": record}
    assert v8.rows("Leads", territory_id=child["id"]) == [{"id": record}]
    assert v8.rows("Leads", territory_id=top["id"]) == []
    assert v8.rows("Leads", territory_id=top["id"], include_child="true") == [{"id": record}]
    again = v8.post(f"Leads/{record}/actions/assign_territories", asked)
    assert again.json["data"][0]["code"] == "DUPLICATE_DATA"
    asked["data"][0]["id"] = record  # type: ignore[assignment]
    assert v8.post("Leads/actions/remove_territories", asked).status_code == 200
    gone = v8.post("Leads/actions/remove_territories", asked).json["data"][0]
    assert (gone["code"], gone["details"]["json_path"]) == (
        "INVALID_DATA",
        "$.data[0].Territories[0].id",
    )
    assert v8.post("Leads/actions/assign_territories", asked).status_code == 200
    assert v8.get("Leads", fields="id", territory_id="9").json["details"] == {
        "param_name": "territory_id"
    }


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MANDATORY_NOT_FOUND"),
        ({"Territories": "x"}, "INVALID_DATA"),
        ({"Territories": [{}]}, "MANDATORY_NOT_FOUND"),
        ({"Territories": [{"id": "9"}]}, "INVALID_DATA"),
    ],
)
def test_territories_that_do_not_fit(v8: Api, body: Item, code: str) -> None:
    answer = v8.post(f"Leads/{lead(v8)}/actions/assign_territories", {"data": [body]})
    assert answer.json["data"][0]["code"] == code


def test_no_territories_no_assignment(v8: Api) -> None:
    answer = v8.post("Tasks/actions/assign_territories", {"data": [{}]})
    assert answer.json["code"] == "NOT_SUPPORTED"
    empty = Api("v8", data="empty")
    answer = empty.post("Leads/actions/assign_territories", {"data": [{}]})
    assert (answer.status_code, answer.json["code"]) == (403, "TERRITORY_NOT_ENABLED")


def test_a_merge_moves_values_and_what_hangs_on_the_others(v8: Api) -> None:
    account = v8.create("Accounts", Account_Name="Whole")
    other = v8.create("Accounts", Account_Name="Half", Phone="123", Fax="9")
    contact = v8.create("Contacts", Last_Name="Ruiz", Account_Name={"id": other})
    note = v8.create(
        "Notes",
        Note_Content="n",
        Parent_Id={"id": other, "module": {"api_name": "Accounts"}},
    )
    lead_id = lead(v8)
    campaign = v8.first_id("Campaigns")
    assert v8.put(f"Campaigns/{campaign}/Leads/{lead_id}", {"data": [{}]}).status_code == 200
    merged = v8.post(
        f"Accounts/{account}/actions/merge",
        {"merge": [{"data": [{"id": other, "_fields": [{"api_name": "Phone"}]}]}]},
    )
    assert (merged.status_code, merged.json["merge"][0]["code"]) == (202, "SCHEDULED")
    job = merged.json["merge"][0]["details"]["job_id"]
    states = [
        v8.get(f"Accounts/{account}/actions/merge", job_id=job).json["merge"][0]["status"]
        for _ in range(2)
    ]
    assert states == ["running", "completed"]
    whole = v8.record("Accounts", account)
    assert (whole["Account_Name"], whole["Phone"], whole["Fax"]) == ("Whole", "123", None)
    assert v8.get(f"Accounts/{other}").status_code == 204
    assert v8.record("Contacts", contact)["Account_Name"]["id"] == account
    assert [one["id"] for one in v8.rows(f"Accounts/{account}/Notes")] == [note]
    second = lead(v8, City="Bonn")
    done = v8.post(f"Leads/{second}/actions/merge", {"merge": [{"data": [{"id": lead_id}]}]})
    assert done.status_code == 202
    assert second in [one["id"] for one in v8.rows(f"Campaigns/{campaign}/Leads")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (None, "MANDATORY_NOT_FOUND"),
        ([], "INVALID_DATA"),
        ([{}], "MANDATORY_NOT_FOUND"),
        ([{"id": "9"}], "INVALID_DATA"),
        ([{"id": "1"}, {"id": "2"}, {"id": "3"}], "LIMIT_EXCEEDED"),
    ],
)
def test_merges_that_do_not_fit(v8: Api, data: Any, code: str) -> None:
    answer = v8.post(f"Leads/{lead(v8)}/actions/merge", {"merge": [{"data": data}]})
    assert answer.json["merge"][0]["code"] == code
    assert v8.get(f"Leads/{lead(v8)}/actions/merge", job_id="1").json["code"] == "INVALID_DATA"


def test_a_quote_becomes_an_order_and_an_invoice_once(v8: Api) -> None:
    quote = v8.first_id("Quotes")
    before = v8.record("Quotes", quote)
    asked = {"convert_to": [{"module": {"api_name": "Sales_Orders"}}]}
    done = v8.post(f"Quotes/{quote}/actions/convert", asked).json["data"][0]
    order = done["details"]["Sales_Orders"]["id"]
    made = v8.record("Sales_Orders", order)
    assert made["Quote_Name"]["id"] == quote
    assert made["Grand_Total"] == before["Grand_Total"]
    assert [row["Product_Name"]["id"] for row in made["Ordered_Items"]] == [
        row["Product_Name"]["id"] for row in before["Quoted_Items"]
    ]
    again = v8.post(f"Quotes/{quote}/actions/convert", asked)
    assert again.json["code"] == "ID_ALREADY_CONVERTED"
    invoiced = v8.post(
        f"Sales_Orders/{order}/actions/convert",
        {"convert_to": [{"module": {"api_name": "Invoices"}}]},
    )
    assert "Invoices" in invoiced.json["data"][0]["details"]
    wrong = v8.post(f"Sales_Orders/{order}/actions/convert", asked)
    assert wrong.json["details"]["supported_values"] == ["Invoices"]
    assert v8.post(f"Deals/{order}/actions/convert", asked).json["code"] == "NOT_SUPPORTED"


def test_many_quotes_are_converted_by_a_job(v8: Api) -> None:
    quotes = [one["id"] for one in v8.rows("Quotes", per_page=2)]
    owner = list(v8.org.users)[1]
    started = v8.post(
        "Quotes/actions/mass_convert",
        {
            "convert_to": [{"module": {"api_name": "Invoices"}}],
            "assign_to": {"id": owner},
            "ids": [*quotes, "99"],
        },
    )
    assert (started.status_code, started.json["code"]) == (202, "SCHEDULED")
    job = started.json["details"]["job_id"]
    looks = [v8.get("Quotes/actions/mass_convert", job_id=job).json for _ in range(2)]
    assert [look["status"] for look in looks] == ["running", "completed"]
    assert (looks[1]["converted_count"], looks[1]["failed_count"]) == (2, 1)
    assert v8.record("Invoices", v8.first_id("Invoices"))["Owner"]["id"] == owner


def test_a_meeting_to_come_is_cancelled(v8: Api) -> None:
    coming = v8.create(
        "Events",
        Event_Title="Demo",
        Start_DateTime="2090-01-01T10:00:00+00:00",
        End_DateTime="2090-01-01T11:00:00+00:00",
    )
    over = v8.create(
        "Events",
        Event_Title="Demo",
        Start_DateTime="2001-01-01T10:00:00+00:00",
        End_DateTime="2001-01-01T11:00:00+00:00",
    )
    asked = {"data": [{"send_cancelling_mail": False}]}
    missing = v8.post(f"Events/{coming}/actions/cancel", {"data": [{}]}).json["data"][0]
    assert missing["code"] == "MANDATORY_NOT_FOUND"
    late = v8.post(f"Events/{over}/actions/cancel", asked).json["data"][0]
    assert late["code"] == "CANNOT_PERFORM_ACTION"
    assert v8.post(f"Events/{coming}/actions/cancel", asked).status_code == 200
    assert v8.get(f"Events/{coming}").status_code == 204


def test_what_hung_on_a_deleted_record(v8: Api) -> None:
    record = lead(v8)
    note = v8.create(
        "Notes", Note_Content="n", Parent_Id={"id": record, "module": {"api_name": "Leads"}}
    )
    path = f"Leads/deleted/{record}/Notes"
    assert v8.get(path, fields="id").json["code"] == "INVALID_DATA"
    v8.delete(f"Leads/{record}")
    rows = v8.get(path, fields="id").json["data"]
    assert [row["id"] for row in rows] == [note]
    assert v8.get(path).json["code"] == "REQUIRED_PARAM_MISSING"
    assert v8.get(f"Leads/deleted/{record}/Nothing", fields="id").json["details"] == {
        "resource_path_index": 3
    }


def test_scores_follow_the_active_rules(v8: Api) -> None:
    fitting = lead(v8, Lead_Source="Partner")
    other = lead(v8, Lead_Source="Chat")
    fields = "Score,Positive_Score,Entity"
    rows = v8.get("Entity_Scores__s", fields=fields, ids=f"{fitting},{other}").json["data"]
    assert {row["id"]: row["Score"] for row in rows} == {fitting: 20, other: 0}
    assert set(rows[0]) == {"id", "Score", "Positive_Score", "Entity"}
    one = v8.get(f"Entity_Scores__s/{fitting}", fields="Score,Scoring_Rule").json["data"][0]
    assert one["Scoring_Rule"]["name"] == "Lead fit"
    rule = one["Scoring_Rule"]["id"]
    v8.delete(f"settings/automation/scoring_rules/{rule}/actions/activate")
    assert v8.get(f"Entity_Scores__s/{fitting}", fields="Score").status_code == 204


def test_scores_of_groups_of_conditions(v8: Api) -> None:
    def condition(name: str, comparator: str, value: Any) -> Item:
        return {"field": {"api_name": name}, "comparator": comparator, "value": value}

    both = {
        "group_operator": "and",
        "group": [
            condition("City", "starts_with", "Bo"),
            condition("No_of_Employees", "greater_than", 5),
        ],
    }
    rule = {
        "name": "Big in Bonn",
        "module": {"api_name": "Leads"},
        "manual_scoring_rule": {
            "field_rules": [
                {"score": 7, "criteria": both},
                {"score": -3, "criteria": condition("Company", "contains", "Acme")},
                {"score": 100, "criteria": condition("City", "greater_than", 5)},
            ]
        },
    }
    done = v8.post("settings/automation/scoring_rules", {"scoring_rules": [rule]})
    assert done.status_code == 201, done.text
    record = lead(v8, City="Bonn", No_of_Employees=9)
    rows = v8.get(f"Entity_Scores__s/{record}", fields="Score,Negative_Score").json["data"]
    assert [row["Score"] for row in rows] == [0, 4]
    assert rows[1]["Negative_Score"] == 3


def test_records_are_counted_by_post_too(v8: Api) -> None:
    lead(v8, Email="one@acme.example")
    answer = v8.post("Leads/actions/count", email="one@acme.example")
    assert answer.json == {"count": 1}
    assert v8.post("Leads/actions/count").json == v8.get("Leads/actions/count").json


def test_services_are_booked(v8: Api) -> None:
    service = v8.create(
        "Services__s",
        Service_Name="Repair",
        Duration=60,
        Location="Both",
        Availability_Type="Every day",
    )
    appointment = v8.create(
        "Appointments__s",
        Appointment_Name="Repair",
        Service_Name={"id": service},
        Appointment_For={"id": v8.first_id("Contacts"), "module": {"api_name": "Contacts"}},
        Appointment_Start_Time="2090-01-01T10:00:00+00:00",
    )
    assert v8.record("Appointments__s", appointment)["Status"] == "Scheduled"
    v8.put(f"Appointments__s/{appointment}", {"data": [{"Status": "Completed"}]})
    assert v8.record("Appointments__s", appointment)["Status"] == "Completed"
    assert v8.delete(f"Services__s/{service}").status_code == 200
    assert v8.rows("Appointments_Rescheduled_History__s")
