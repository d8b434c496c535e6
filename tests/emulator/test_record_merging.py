"""Records are merged."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api


def lead(api: Api, **values: Any) -> str:
    return api.create("Leads", **{"Last_Name": "Ruiz", "Company": "Acme", **values})


def test_merge_moves_values_and_related_records(v8: Api) -> None:
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
    assert [row["id"] for row in v8.rows(f"Accounts/{account}/Notes")] == [note]
    second = lead(v8, City="Bonn")
    done = v8.post(f"Leads/{second}/actions/merge", {"merge": [{"data": [{"id": lead_id}]}]})
    assert done.status_code == 202
    assert second in [row["id"] for row in v8.rows(f"Campaigns/{campaign}/Leads")]


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
def test_invalid_merge_is_refused(v8: Api, data: Any, code: str) -> None:
    answer = v8.post(f"Leads/{lead(v8)}/actions/merge", {"merge": [{"data": data}]})
    assert answer.json["merge"][0]["code"] == code
    assert v8.get(f"Leads/{lead(v8)}/actions/merge", job_id="1").json["code"] == "INVALID_DATA"


def test_merge_of_a_parent_leaves_its_child_without_one(v8: Api) -> None:
    parent = v8.create("Accounts", Account_Name="Parent")
    child = v8.create("Accounts", Account_Name="Child", Parent_Account={"id": parent})

    merged = v8.post(f"Accounts/{child}/actions/merge", {"merge": [{"data": [{"id": parent}]}]})

    assert merged.status_code == 202
    assert v8.record("Accounts", child)["Parent_Account"] is None


def test_merge_with_the_parent_of_a_child_keeps_the_own_parent(v8: Api) -> None:
    top = v8.create("Accounts", Account_Name="Top")
    master = v8.create("Accounts", Account_Name="Master", Parent_Account={"id": top})
    child = v8.create("Accounts", Account_Name="Child", Parent_Account={"id": master}, Phone="1")

    fields = [{"api_name": "Parent_Account"}, {"api_name": "Phone"}]
    merge = {"merge": [{"data": [{"id": child, "_fields": fields}]}]}
    assert v8.post(f"Accounts/{master}/actions/merge", merge).status_code == 202

    merged = v8.record("Accounts", master)
    assert (merged["Parent_Account"]["id"], merged["Phone"]) == (top, "1")
