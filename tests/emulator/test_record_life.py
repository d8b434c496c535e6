"""What happens to a record over time: blueprint, timeline, recycle bin."""

from __future__ import annotations

import json

from .api import Api


def test_a_blueprint_from_start_to_end(api: Api) -> None:
    project = api.create("Projects", Name="P", Status="Planned")
    path = f"Projects/{project}/actions/blueprint"
    blueprint = api.get(path).json["blueprint"]
    assert blueprint["process_info"]["field_value"] == "Planned"
    start = blueprint["transitions"][0]
    assert (start["name"], start["next_field_value"]) == ("Start", "Running")
    assert [field["api_name"] for field in start["fields"]] == ["Kick_Off"]
    step = {"transition_id": start["id"]}
    answer = api.put(path, {"blueprint": [step]})
    assert (answer.status_code, answer.json["code"]) == (400, "MANDATORY_NOT_FOUND")
    data = {"Kick_Off": "2027-01-01T09:00:00+01:00"}
    answer = api.put(path, {"blueprint": [{**step, "data": data}]})
    assert answer.json["message"] == "transition updated successfully"
    assert api.record("Projects", project)["Status"] == "Running"
    answer = api.put(path, {"blueprint": [{**step, "data": data}]})
    assert answer.json["code"] == "INVALID_DATA"
    names = {item["name"]: item["id"] for item in api.get(path).json["blueprint"]["transitions"]}
    assert set(names) == {"Pause", "Finish"}
    finish = {"transition_id": names["Finish"], "data": {"Progress": 100.0}}
    api.put(path, {"blueprint": [finish]})
    assert api.record("Projects", project)["Status"] == "Done"
    answer = api.get(path)
    assert (answer.status_code, answer.json["code"]) == (400, "RECORD_NOT_IN_PROCESS")


def test_the_field_of_a_blueprint_is_not_set_directly(v8: Api) -> None:
    project = v8.create("Projects", Name="P", Status="Planned")
    answer = v8.put(f"Projects/{project}", {"data": [{"Status": "Done"}]})
    assert answer.json["data"][0]["code"] == "RECORD_IN_BLUEPRINT"
    same = v8.put(f"Projects/{project}", {"data": [{"Status": "Planned", "Team_Size": 3}]})
    assert same.status_code == 200
    lead = v8.first_id("Leads")
    assert v8.get(f"Leads/{lead}/actions/blueprint").json["code"] == "RECORD_NOT_IN_PROCESS"


def test_a_timeline(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="X", City="Bern")
    v8.org.clock.advance(60)
    v8.put(f"Leads/{lead}", {"data": [{"City": "Rom"}]})
    answer = v8.get(f"Leads/{lead}/__timeline").json
    updated, added = answer["__timeline"]
    assert (updated["action"], added["action"]) == ("updated", "added")
    change = updated["field_history"][0]
    assert (change["api_name"], change["_value"]) == ("City", {"old": "Bern", "new": "Rom"})
    assert updated["record"] == {
        "name": "X",
        "id": lead,
        "module": {"api_name": "Leads", "id": v8.org.metadata.modules["Leads"].id},
    }
    assert updated["done_by"]["name"]
    page = v8.get(f"Leads/{lead}/__timeline", per_page=1, sort_order="asc").json
    assert [entry["action"] for entry in page["__timeline"]] == ["added"]
    assert page["info"]["more_records"] is True


def test_a_timeline_is_filtered(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="X")
    v8.put(f"Leads/{lead}", {"data": [{"City": "Rom"}]})
    user = next(iter(v8.org.users))

    def actions(condition: object) -> list[str]:
        answer = v8.get(f"Leads/{lead}/__timeline", filters=json.dumps(condition))
        if answer.status_code == 204:
            return []
        assert answer.status_code == 200, answer.text
        return [entry["action"] for entry in answer.json["__timeline"]]

    action = {"field": {"api_name": "action"}, "comparator": "equal", "value": "updated"}
    person = {"field": {"api_name": "done_by"}, "comparator": "equal", "value": {"id": user}}
    future = {
        "field": {"api_name": "audited_time"},
        "comparator": "between",
        "value": ["2050-01-01T00:00:00+00:00", "2051-01-01T00:00:00+00:00"],
    }
    assert actions(action) == ["updated"]
    assert actions({"group_operator": "and", "group": [person, action]}) == ["updated"]
    assert actions({"group_operator": "or", "group": [future, person]}) == ["updated", "added"]
    assert actions(future) == []
    assert v8.get(f"Leads/{lead}/__timeline", filters="{").json["code"] == "INVALID_DATA"


def test_records_of_the_demo_have_a_timeline(v8: Api) -> None:
    lead = v8.first_id("Leads")
    entries = v8.get(f"Leads/{lead}/__timeline").json["__timeline"]
    assert [entry["action"] for entry in entries] == ["added"]


def test_v2_has_no_timeline(v2: Api) -> None:
    lead = v2.first_id("Leads")
    assert v2.get(f"Leads/{lead}/__timeline").status_code in (404, 501)


def test_back_from_the_recycle_bin(v8: Api) -> None:
    project = v8.create("Projects", Name="P", Milestones=[{"Title": "One"}], Project_Code="C")
    v8.post(f"Projects/{project}/Notes", {"data": [{"Note_Content": "N"}]})
    lead = v8.first_id("Leads")
    order = [row["id"] for row in v8.rows("Leads")]
    v8.delete(f"Projects/{project}")
    v8.delete(f"Leads/{order[5]}")
    listed = v8.get("settings/recycle_bin").json
    assert {entry["id"] for entry in listed["recycle_bin"]} == {project, order[5]}
    assert v8.get("settings/recycle_bin/actions/count").json == {"count": 2}
    one = v8.get(f"settings/recycle_bin/{project}").json["recycle_bin"][0]
    assert one["module"]["api_name"] == "Projects"
    assert one["owner"]["name"]
    answer = v8.post("settings/recycle_bin/actions/restore", {"ids": [order[5], lead]})
    assert answer.status_code == 207
    assert [item["status"] for item in answer.json["recycle_bin"]] == ["success", "error"]
    assert [row["id"] for row in v8.rows("Leads")] == order
    assert v8.post(f"settings/recycle_bin/{project}/actions/restore").status_code == 200
    record = v8.record("Projects", project)
    assert record["Milestones"][0]["Title"] == "One"
    assert v8.rows(f"Projects/{project}/Notes")
    assert v8.refused("Projects", Name="Q", Project_Code="C")["code"] == "DUPLICATE_DATA"
    assert v8.get("settings/recycle_bin").status_code == 204


def test_gone_for_good(v8: Api) -> None:
    one, two, three = (row["id"] for row in v8.rows("Leads", per_page=3))
    v8.delete("Leads", ids=f"{one},{two},{three}")
    assert v8.delete(f"settings/recycle_bin/{one}").status_code == 200
    assert v8.get(f"settings/recycle_bin/{one}").status_code == 204
    assert v8.delete("settings/recycle_bin", ids=two).status_code == 200
    answer = v8.post("settings/recycle_bin/actions/empty")
    assert answer.json["code"] == "SUCCESS"
    permanent = v8.get("Leads/deleted", type="permanent").json["data"]
    assert {entry["id"] for entry in permanent} == {one, two, three}
    answer = v8.post("settings/recycle_bin/actions/restore", {"ids": [one]})
    assert answer.status_code == 400
    assert v8.post("settings/recycle_bin/actions/restore", {}).status_code == 400


def test_restoring_everything(v8: Api) -> None:
    before = {row["id"] for row in v8.rows("Leads")}
    v8.delete("Leads", ids=",".join(sorted(before)[:10]))
    answer = v8.post("settings/recycle_bin/actions/restore", {"restore_all_records": True})
    assert answer.status_code == 200
    assert {row["id"] for row in v8.rows("Leads")} == before
