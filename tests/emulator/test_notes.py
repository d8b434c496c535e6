"""Notes, by themselves and of a record."""

from __future__ import annotations

from typing import Any

from .api import Api


def test_notes_of_a_record_are_managed(v2: Api, v8: Api) -> None:
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
        first, second = (item["details"]["id"] for item in made.json["data"][:2])
        rows = api.rows(path, "Note_Title,Note_Content,Parent_Id")
        assert [row["id"] for row in rows] == [second, first]
        parent = rows[0]["Parent_Id"]
        assert parent["id"] == lead
        assert ("module" in parent) is not api.is_v2
        api.put(path, {"data": [{"id": first, "Note_Content": "first"}]})
        api.put(f"{path}/{second}", {"data": [{"Note_Content": "second"}]})
        texts = {row["id"]: row["Note_Content"] for row in api.rows(path, "Note_Content")}
        assert texts == {first: "first", second: "second"}
        assert api.get(f"{path}/{first}").json["data"][0]["$se_module"] == "Leads"
        assert api.delete(f"{path}/{first}").json["data"][0]["message"] == "record deleted"
        assert api.delete(path, ids=second).status_code == 200
        assert api.get(path, fields="Note_Title").status_code == 204
        assert api.get(f"{path}/{first}").status_code == 204
        other = api.first_id("Notes")
        assert api.delete(f"{path}/{other}").json["data"][0]["status"] == "error"


def test_notes_are_managed_as_a_module(v2: Api, v8: Api) -> None:
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


def test_long_note_is_refused(v8: Api) -> None:
    lead = v8.first_id("Leads")
    item = v8.refused("Notes", Note_Title="x" * 121, Note_Content="C", Parent_Id={"id": lead})
    assert item["details"]["maximum_length"] == 120
    item = v8.refused("Notes", Note_Content="x" * 65_536, Parent_Id={"id": lead})
    assert item["details"]["maximum_length"] == 65_535


def test_notes_and_rows_are_deleted_with_their_record(v8: Api) -> None:
    project = v8.create("Projects", Name="P", Milestones=[{"Title": "One"}])
    v8.post(f"Projects/{project}/Notes", {"data": [{"Note_Content": "N"}]})
    note = v8.rows(f"Projects/{project}/Notes")[0]["id"]
    row = v8.record("Projects", project)["Milestones"][0]["id"]
    v8.delete(f"Projects/{project}")
    assert v8.get(f"Notes/{note}").status_code == 204
    assert v8.get(f"Milestones/{row}").status_code == 204
