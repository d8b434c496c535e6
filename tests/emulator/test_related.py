"""Related lists, links, and notes."""

from __future__ import annotations

from typing import Any

from .api import Api


def test_contacts_and_deals_of_an_account(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        account = api.rows("Accounts", "Account_Name", sort_by="id", sort_order="asc")[0]["id"]
        contact = api.create("Contacts", Last_Name="X", Account_Name=api.lookup(account))
        names = api.rows(f"Accounts/{account}/Contacts", "Last_Name,Account_Name")
        assert names[0]["id"] == contact
        assert {row["Account_Name"]["id"] for row in names} == {account}
        assert api.rows(f"Accounts/{account}/Deals", "Deal_Name")
        page = api.get(f"Accounts/{account}/Contacts", fields="id", per_page=1).json["info"]
        assert page["more_records"] is True
        one = api.get(f"Accounts/{account}/Contacts/{contact}").json["data"][0]
        assert one["Last_Name"] == "X"
        api.delete(f"Contacts/{contact}")
        assert api.get(f"Accounts/{account}/Contacts/{contact}").status_code == 204
    assert v2.get(f"Accounts/{account}/Contacts").status_code == 200
    assert v8.get(f"Accounts/{account}/Contacts").json["code"] == "REQUIRED_PARAM_MISSING"


def test_lists_that_there_are_not(api: Api) -> None:
    account = api.first_id("Accounts")
    answer = api.get(f"Accounts/{account}/Nope", fields="id")
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_DATA")
    answer = api.get("Accounts/3652397000009999999/Contacts", fields="id")
    assert answer.status_code == 400
    empty = api.create("Accounts", Account_Name="Empty")
    assert api.get(f"Accounts/{empty}/Contacts", fields="id").status_code == 204


def test_linking_and_unlinking(v2: Api, v8: Api) -> None:
    for api, failed in ((v2, 202), (v8, 400)):
        lead = api.create("Leads", Last_Name="X")
        one, two, three = (row["id"] for row in api.rows("Products", per_page=3))
        answer = api.put(f"Leads/{lead}/Products", {"data": [{"id": one}, {"id": two}]})
        assert answer.status_code == 200
        assert answer.json["data"][0]["details"] == {"id": one}
        assert api.put(f"Leads/{lead}/Products/{three}", {"data": [{}]}).status_code == 200
        linked = {row["id"] for row in api.rows(f"Leads/{lead}/Products", "Product_Name")}
        assert linked == {one, two, three}
        assert lead in {row["id"] for row in api.rows(f"Products/{one}/Leads", "Last_Name")}
        assert api.delete(f"Leads/{lead}/Products/{one}").status_code == 200
        assert api.delete(f"Products/{two}/Leads", ids=lead).status_code == 200
        linked = {row["id"] for row in api.rows(f"Leads/{lead}/Products", "Product_Name")}
        assert linked == {three}
        assert api.delete(f"Leads/{lead}/Products/{one}").status_code == failed
        assert api.put(f"Leads/{lead}/Products/123", {"data": [{}]}).status_code == failed
        account = api.first_id("Accounts")
        contact = api.first_id("Contacts")
        answer = api.put(f"Accounts/{account}/Contacts/{contact}", {"data": [{}]})
        assert answer.json["code"] == "NOT_SUPPORTED"


def test_roles_of_contacts(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        roles = api.get("Contacts/roles").json["contact_roles"]
        role = {"name": roles[0]["name"], "id": roles[0]["id"]}
        deal, contact = api.first_id("Deals"), api.first_id("Contacts")
        told = role["name"] if api.is_v2 else {"id": role["id"]}
        path = f"Deals/{deal}/Contact_Roles"
        api.put(f"{path}/{contact}", {"data": [{"Contact_Role": told}]})
        row = api.rows(path, "Full_Name")[0]
        assert row["id"] == contact
        assert row["Contact_Role"] == (role["name"] if api.is_v2 else role)
        bad = api.put(f"{path}/{contact}", {"data": [{"Contact_Role": "Onlooker"}]})
        assert bad.json["data"][0]["code"] == "INVALID_DATA"


def test_the_list_of_roles(v8: Api) -> None:
    made = v8.post("Contacts/roles", {"contact_roles": [{"name": "Sponsor"}, {}]})
    assert made.status_code == 207
    assert made.json["contact_roles"][0]["message"] == "contact role added"
    role = made.json["contact_roles"][0]["details"]["id"]
    v8.put(f"Contacts/roles/{role}", {"contact_roles": [{"name": "Patron"}]})
    v8.put("Contacts/roles", {"contact_roles": [{"id": role, "sequence_number": 0}]})
    first = v8.get("Contacts/roles").json["contact_roles"][0]
    assert first == {"id": role, "name": "Patron", "sequence_number": 0}
    assert v8.get(f"Contacts/roles/{role}").json["contact_roles"] == [first]
    assert v8.delete(f"Contacts/roles/{role}").status_code == 200
    assert v8.get(f"Contacts/roles/{role}").status_code == 204
    assert v8.delete("Contacts/roles", ids=role).status_code == 400


def test_activities_of_a_record_in_v2(v2: Api) -> None:
    lead = v2.create("Leads", Last_Name="X")
    task = v2.create("Tasks", Subject="Call", What_Id=lead)
    rows = v2.get(f"Leads/{lead}/Activities").json["data"]
    assert [(row["id"], row["Activity_Type"]) for row in rows] == [(task, "Tasks")]


def test_a_task_tells_what_it_is_about(v8: Api) -> None:
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


def test_notes_of_a_record(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        lead = api.create("Leads", Last_Name="X")
        path = f"Leads/{lead}/Notes"
        assert api.get(path, fields="Note_Title").status_code == 204
        made = api.post(
            path,
            {
                "data": [
                    {"Note_Title": "One", "Note_Content": "1"},
                    {"Note_Content": "2"},
                    {"Note_Title": "empty"},
                ]
            },
        )
        codes = [item["code"] for item in made.json["data"]]
        assert codes == ["SUCCESS", "SUCCESS", "MANDATORY_NOT_FOUND"]
        one, two = (item["details"]["id"] for item in made.json["data"][:2])
        rows = api.rows(path, "Note_Title,Note_Content,Parent_Id")
        assert [row["id"] for row in rows] == [two, one]
        parent = rows[0]["Parent_Id"]
        assert parent["id"] == lead
        assert ("module" in parent) is not api.is_v2
        api.put(path, {"data": [{"id": one, "Note_Content": "first"}]})
        api.put(f"{path}/{two}", {"data": [{"Note_Content": "second"}]})
        texts = {row["id"]: row["Note_Content"] for row in api.rows(path, "Note_Content")}
        assert texts == {one: "first", two: "second"}
        assert api.get(f"{path}/{one}").json["data"][0]["$se_module"] == "Leads"
        assert api.delete(f"{path}/{one}").json["data"][0]["message"] == "record deleted"
        assert api.delete(path, ids=two).status_code == 200
        assert api.get(path, fields="Note_Title").status_code == 204
        assert api.get(f"{path}/{one}").status_code == 204
        other = api.first_id("Notes")
        assert api.delete(f"{path}/{other}").json["data"][0]["status"] == "error"


def test_notes_by_themselves(v2: Api, v8: Api) -> None:
    for api in (v2, v8):
        lead = api.first_id("Leads")
        note: dict[str, Any] = {"Note_Title": "T", "Note_Content": "C"}
        if api.is_v2:
            named = {**note, "Parent_Id": lead, "se_module": "Leads"}
            wrong = {**note, "Parent_Id": lead, "se_module": "Deals"}
        else:
            named = {**note, "Parent_Id": {"id": lead, "module": {"api_name": "Leads"}}}
            wrong = {**note, "Parent_Id": {"id": lead, "module": {"api_name": "Deals"}}}
        made = api.post("Notes", {"data": [named, wrong, note]})
        assert [item["code"] for item in made.json["data"]] == [
            "SUCCESS",
            "INVALID_DATA",
            "MANDATORY_NOT_FOUND",
        ]
        note_id = made.json["data"][0]["details"]["id"]
        assert api.record("Notes", note_id)["Parent_Id"]["id"] == lead
        assert api.put(f"Notes/{note_id}", {"data": [{"Note_Title": "New"}]}).status_code == 200
        assert api.delete(f"Notes/{note_id}").status_code == 200
    assert v2.refused("Notes", **note, Parent_Id=lead)["details"] == {"api_name": "se_module"}


def test_long_notes(v8: Api) -> None:
    lead = v8.first_id("Leads")
    item = v8.refused("Notes", Note_Title="x" * 121, Note_Content="C", Parent_Id={"id": lead})
    assert item["details"]["maximum_length"] == 120
    item = v8.refused("Notes", Note_Content="x" * 65_536, Parent_Id={"id": lead})
    assert item["details"]["maximum_length"] == 65_535


def test_notes_and_rows_go_with_their_record(v8: Api) -> None:
    project = v8.create("Projects", Name="P", Milestones=[{"Title": "One"}])
    v8.post(f"Projects/{project}/Notes", {"data": [{"Note_Content": "N"}]})
    note = v8.rows(f"Projects/{project}/Notes")[0]["id"]
    row = v8.record("Projects", project)["Milestones"][0]["id"]
    v8.delete(f"Projects/{project}")
    assert v8.get(f"Notes/{note}").status_code == 204
    assert v8.get(f"Milestones/{row}").status_code == 204


def test_counting_related_records(v8: Api) -> None:
    account = v8.create("Accounts", Account_Name="X")
    for name in ("A", "B"):
        v8.create("Contacts", Last_Name=name, Account_Name={"id": account})
    path = f"Accounts/{account}/actions/get_related_records_count"
    asked = [{"related_list": {"api_name": name}} for name in ("Contacts", "Deals")]
    answer = v8.post(path, {"get_related_records_count": asked}).json
    counts = {
        one["related_list"]["api_name"]: one["count"] for one in answer["get_related_records_count"]
    }
    assert counts == {"Contacts": 2, "Deals": 0}
    bad = [{"related_list": {"api_name": "Nope"}}]
    assert v8.post(path, {"get_related_records_count": bad}).json["code"] == "INVALID_DATA"
