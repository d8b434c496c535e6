"""Blueprints: transitions, and the field that they alone set."""

from __future__ import annotations

from .api import Api


def test_blueprint_transitions_run_from_start_to_end(api: Api) -> None:
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


def test_blueprint_field_cannot_be_set_directly(v8: Api) -> None:
    project = v8.create("Projects", Name="P", Status="Planned")
    answer = v8.put(f"Projects/{project}", {"data": [{"Status": "Done"}]})
    assert answer.json["data"][0]["code"] == "RECORD_IN_BLUEPRINT"
    same = v8.put(f"Projects/{project}", {"data": [{"Status": "Planned", "Team_Size": 3}]})
    assert same.status_code == 200
    lead = v8.first_id("Leads")
    assert v8.get(f"Leads/{lead}/actions/blueprint").json["code"] == "RECORD_NOT_IN_PROCESS"
