"""Related lists, links and counts."""

from __future__ import annotations

from typing import Any

from .api import Api


def lead(api: Api, **values: Any) -> str:
    return api.create("Leads", **{"Last_Name": "Ruiz", "Company": "Acme", **values})


def test_related_contacts_and_deals_of_an_account_are_listed(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        account = api.rows("Accounts", "Account_Name", sort_by="id", sort_order="asc")[0]["id"]
        contact = api.create("Contacts", Last_Name="X", Account_Name=api.lookup(account))
        names = api.rows(f"Accounts/{account}/Contacts", "Last_Name,Account_Name")
        assert names[0]["id"] == contact
        assert {row["Account_Name"]["id"] for row in names} == {account}
        assert api.rows(f"Accounts/{account}/Deals", "Deal_Name")
        page = api.get(f"Accounts/{account}/Contacts", fields="id", per_page=1).json["info"]
        assert page["more_records"] is True
        contact_shown = api.get(f"Accounts/{account}/Contacts/{contact}").json["data"][0]
        assert contact_shown["Last_Name"] == "X"
        api.delete(f"Contacts/{contact}")
        assert api.get(f"Accounts/{account}/Contacts/{contact}").status_code == 204
    assert v2.get(f"Accounts/{account}/Contacts").status_code == 200
    assert v8.get(f"Accounts/{account}/Contacts").json["code"] == "REQUIRED_PARAM_MISSING"


def test_unknown_related_list_is_refused(api: Api) -> None:
    account = api.first_id("Accounts")
    answer = api.get(f"Accounts/{account}/Nope", fields="id")
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_DATA")
    answer = api.get("Accounts/3652397000009999999/Contacts", fields="id")
    assert answer.status_code == 400
    empty = api.create("Accounts", Account_Name="Empty")
    assert api.get(f"Accounts/{empty}/Contacts", fields="id").status_code == 204


def test_records_are_linked_and_unlinked(v2: Api, v8: Api) -> None:
    for api, failed in ((v2, 202), (v8, 400)):
        lead = api.create("Leads", Last_Name="X")
        first, second, third = (row["id"] for row in api.rows("Products", per_page=3))
        answer = api.put(f"Leads/{lead}/Products", {"data": [{"id": first}, {"id": second}]})
        assert answer.status_code == 200
        assert answer.json["data"][0]["details"] == {"id": first}
        assert api.put(f"Leads/{lead}/Products/{third}", {"data": [{}]}).status_code == 200
        linked = {row["id"] for row in api.rows(f"Leads/{lead}/Products", "Product_Name")}
        assert linked == {first, second, third}
        assert lead in {row["id"] for row in api.rows(f"Products/{first}/Leads", "Last_Name")}
        assert api.delete(f"Leads/{lead}/Products/{first}").status_code == 200
        assert api.delete(f"Products/{second}/Leads", ids=lead).status_code == 200
        linked = {row["id"] for row in api.rows(f"Leads/{lead}/Products", "Product_Name")}
        assert linked == {third}
        assert api.delete(f"Leads/{lead}/Products/{first}").status_code == failed
        assert api.put(f"Leads/{lead}/Products/123", {"data": [{}]}).status_code == failed
        account = api.first_id("Accounts")
        contact = api.first_id("Contacts")
        answer = api.put(f"Accounts/{account}/Contacts/{contact}", {"data": [{}]})
        assert answer.json["code"] == "NOT_SUPPORTED"


def test_values_of_a_link_hide_no_field_of_the_record(api: Api) -> None:
    lead, product = api.first_id("Leads"), api.create("Products", Product_Name="Tablet")
    values = {"id": product, "Product_Name": "Other", "Member_Status": "Invited"}

    api.put(f"Leads/{lead}/Products", {"data": [values]})

    [row] = api.rows(f"Leads/{lead}/Products", "Product_Name")
    assert (row["Product_Name"], row["Member_Status"]) == ("Tablet", "Invited")


def test_activities_of_a_record_are_listed_in_v2(v2: Api) -> None:
    lead = v2.create("Leads", Last_Name="X")
    task = v2.create("Tasks", Subject="Call", What_Id=lead)
    rows = v2.get(f"Leads/{lead}/Activities").json["data"]
    assert [(row["id"], row["Activity_Type"]) for row in rows] == [(task, "Tasks")]


def test_task_has_its_related_record(v8: Api) -> None:
    lead, contact = v8.first_id("Leads"), v8.first_id("Contacts")
    task = v8.create(
        "Tasks",
        **{
            "Subject": "Call",
            "What_Id": {"id": lead},
            "$se_module": "Leads",
            "Who_Id": {"id": contact},
        },
    )
    record = v8.record("Tasks", task)
    assert record["What_Id"]["id"] == lead
    assert record["$se_module"] == "Leads"
    assert task in {row["id"] for row in v8.rows(f"Contacts/{contact}/Tasks", "Subject")}


def test_related_records_are_counted(v8: Api) -> None:
    account = v8.create("Accounts", Account_Name="X")
    for name in ("A", "B"):
        v8.create("Contacts", Last_Name=name, Account_Name={"id": account})
    path = f"Accounts/{account}/actions/get_related_records_count"
    lists = [{"related_list": {"api_name": name}} for name in ("Contacts", "Deals")]
    answer = v8.post(path, {"get_related_records_count": lists}).json
    counts = {
        count["related_list"]["api_name"]: count["count"]
        for count in answer["get_related_records_count"]
    }
    assert counts == {"Contacts": 2, "Deals": 0}
    bad = [{"related_list": {"api_name": "Nope"}}]
    assert v8.post(path, {"get_related_records_count": bad}).json["code"] == "INVALID_DATA"


def test_related_records_of_a_deleted_record_are_listed(v8: Api) -> None:
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
