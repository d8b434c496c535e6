"""Layouts, global picklists, pipelines, tags, and their effects on records."""

from __future__ import annotations

from typing import Any

from .api import Api

Item = dict[str, Any]


def layout_id(api: Api, module: str = "Deals") -> str:
    return api.org.metadata.modules[module].layout_id


def stage(api: Api, name: str) -> str:
    values = api.org.metadata.modules["Deals"].field_map["Stage"].values
    return next(value.id for value in values if value.actual_value == name)


def new_pipeline(api: Api, *stages: str, name: str = "Renewals") -> str:
    maps = [
        {"id": stage(api, one), "sequence_number": number}
        for number, one in enumerate(stages, start=1)
    ]
    body = {"pipeline": [{"display_value": name, "maps": maps}]}
    answer = api.send("POST", "settings/pipeline", body, layout_id=layout_id(api))
    assert answer.status_code == 201, answer.text
    assert answer.json["pipeline"][0]["message"] == "Pipeline created"
    return str(answer.json["pipeline"][0]["details"]["id"])


def pipeline(api: Api, pipeline_id: str) -> Item:
    answer = api.get(f"settings/pipeline/{pipeline_id}", layout_id=layout_id(api))
    found: Item = answer.json["pipeline"][0]
    return found


def names(shown: Item) -> list[str]:
    return [one["actual_value"] for one in shown["maps"]]


def test_every_organisation_has_one_pipeline_with_all_stages() -> None:
    api = Api("v8", data="empty")
    assert api.get("settings/pipeline").json["code"] == "REQUIRED_PARAM_MISSING"
    shown = api.get("settings/pipeline", layout_id=layout_id(api)).json["pipeline"]
    assert [(one["display_value"], one["default"]) for one in shown] == [
        ("Standard (Standard)", True)
    ]
    assert names(shown[0])[-1] == "Closed Lost to Competition"
    assert shown[0]["maps"][0]["forecast_type"] == "Open"
    wrong = api.get("settings/pipeline", layout_id=layout_id(api, "Leads"))
    assert wrong.json["details"] == {"param_name": "layout_id"}


def test_deals_can_be_in_a_new_pipeline_only_at_its_stages(v8: Api) -> None:
    new_pipeline(v8, "Qualification", "Closed Won")
    deal = v8.create("Deals", Deal_Name="A", Stage="Qualification", Pipeline="Renewals")
    error = v8.refused("Deals", Deal_Name="B", Stage="Needs Analysis", Pipeline="Renewals")
    assert error["code"] == "MAPPING_MISMATCH"
    assert error["details"]["mapped_field"]["api_name"] == "Pipeline"
    moved = v8.put(f"Deals/{deal}", {"data": [{"Stage": "Needs Analysis"}]})
    assert moved.json["data"][0]["code"] == "MAPPING_MISMATCH"
    assert v8.put(f"Deals/{deal}", {"data": [{"Stage": "Closed Won"}]}).status_code == 200


def test_a_pipeline_gets_and_loses_stages(v8: Api) -> None:
    pipeline_id = new_pipeline(v8, "Qualification", "Closed Won")
    maps = [{"id": stage(v8, "Needs Analysis"), "sequence_number": 1}]
    answer = v8.send(
        "PATCH",
        f"settings/pipeline/{pipeline_id}",
        {"pipeline": [{"display_value": "Renewed", "maps": maps}]},
        layout_id=layout_id(v8),
    )
    assert answer.json["pipeline"][0]["message"] == "Pipeline updated"
    shown = pipeline(v8, pipeline_id)
    assert shown["display_value"] == "Renewed"
    assert names(shown) == ["Needs Analysis", "Qualification", "Closed Won"]
    gone = [{"id": one["id"], "_delete": {"permanent": None}} for one in shown["maps"]]
    for maps, code in ((gone[:2], "SUCCESS"), (gone[2:], "CANNOT_DELETE")):
        answer = v8.put(
            "settings/pipeline",
            {"pipeline": [{"id": pipeline_id, "maps": maps}]},
            layout_id=layout_id(v8),
        )
        assert answer.json["pipeline"][0]["code"] == code
    assert names(pipeline(v8, pipeline_id)) == ["Closed Won"]


def test_pipelines_that_are_refused(v8: Api) -> None:
    new_pipeline(v8, "Qualification")
    for body, code in (
        ({"display_value": "X"}, "MANDATORY_NOT_FOUND"),
        ({"display_value": "Renewals", "maps": [{"id": "1"}]}, "DUPLICATE_DATA"),
        ({"display_value": "X", "maps": [{"id": "1"}]}, "INVALID_DATA"),
        ({"display_value": "X", "maps": []}, "INVALID_DATA"),
    ):
        answer = v8.post("settings/pipeline", {"pipeline": [body]}, layout_id=layout_id(v8))
        assert answer.json["pipeline"][0]["code"] == code, body


def test_deals_move_to_another_pipeline_stage_by_stage(v8: Api) -> None:
    source = new_pipeline(v8, "Qualification", "Needs Analysis")
    target = new_pipeline(v8, "Negotiation/Review", name="Late")
    deal = v8.create("Deals", Deal_Name="A", Stage="Needs Analysis", Pipeline="Renewals")
    body = {
        "pipeline": {"from": source, "to": target},
        "stages": [{"from": stage(v8, "Needs Analysis"), "to": stage(v8, "Negotiation/Review")}],
    }
    answer = v8.post(
        "settings/pipeline/actions/transfer",
        {"transfer_pipeline": [body]},
        layout_id=layout_id(v8),
    )
    assert answer.status_code == 200, answer.text
    assert answer.json["transfer_pipeline"][0]["details"]["job_id"]
    record = v8.record("Deals", deal)
    assert (record["Pipeline"], record["Stage"]) == ("Late", "Negotiation/Review")
    gone = v8.get(f"settings/pipeline/{source}", layout_id=layout_id(v8))
    assert gone.status_code == 204
    error = v8.refused("Deals", Deal_Name="B", Stage="Qualification", Pipeline="Renewals")
    assert error["code"] == "INVALID_DATA"


def regions(api: Api) -> Item:
    found: Item = api.get("settings/global_picklists").json["global_picklists"][0]
    return found


def with_region(api: Api) -> str:
    """Give leads a field with the choices of the demo's global picklist."""
    body = {
        "field_label": "Region",
        "data_type": "picklist",
        "global_picklist": {"id": regions(api)["id"]},
    }
    answer = api.post("settings/fields", {"fields": [body]}, module="Leads")
    assert answer.status_code == 201, answer.text
    return str(answer.json["fields"][0]["details"]["id"])


def test_a_field_has_the_choices_of_a_global_picklist(v8: Api) -> None:
    field_id = with_region(v8)
    field = v8.get(f"settings/fields/{field_id}", module="Leads").json["fields"][0]
    assert field["global_picklist"] == {"api_name": "Regions", "id": regions(v8)["id"]}
    lead = v8.create("Leads", Last_Name="A", Region="East")
    assert v8.record("Leads", lead)["Region"] == "East"
    assert v8.refused("Leads", Last_Name="B", Region="Up")["code"] == "INVALID_DATA"
    found = v8.get(f"settings/global_picklists/{regions(v8)['id']}/actions/associations").json
    assert [one["field"]["api_name"] for one in found["associations"]] == ["Region"]
    assert regions(v8)["associated_fields_count"] == 1


def test_fields_follow_a_global_picklist(v8: Api) -> None:
    with_region(v8)
    picklist = regions(v8)
    north, east = picklist["pick_list_values"][:2]
    changes = [
        {"display_value": "Centre"},
        {"id": east["id"], "_delete": None},
        {"id": north["id"], "display_value": "Far North"},
    ]
    path = f"settings/global_picklists/{picklist['id']}"
    answer = v8.send("PATCH", path, {"global_picklists": [{"pick_list_values": changes}]})
    assert answer.json["global_picklists"][0]["message"] == "global picklist updated successfully"
    assert v8.create("Leads", Last_Name="A", Region="Centre")
    assert v8.refused("Leads", Last_Name="B", Region="East")["code"] == "INVALID_DATA"
    twice = {"pick_list_values": [{"display_value": "centre"}]}
    again = v8.send("PATCH", path, {"global_picklists": [twice]})
    assert again.json["global_picklists"][0]["code"] == "DUPLICATE_DATA"


def test_one_choice_stands_for_another_in_all_records(v8: Api) -> None:
    with_region(v8)
    lead = v8.create("Leads", Last_Name="A", Region="East")
    path = f"settings/global_picklists/{regions(v8)['id']}/actions"
    assert v8.get(f"{path}/replaced_values").status_code == 204
    body = {"old_value": {"display_value": "East"}, "new_value": {"display_value": "West"}}
    answer = v8.post(f"{path}/replace_picklist_values", {"replace_picklist_values": [body]})
    assert answer.status_code == 202, answer.text
    assert v8.record("Leads", lead)["Region"] == "West"
    assert v8.get(f"{path}/replaced_values").json == {
        "replaced_values": [{"display_value": "East", "reference_value": "East"}]
    }
    value = regions(v8)["pick_list_values"][0]["id"]
    where = v8.get(f"{path}/pick_list_values_associations", picklist_value_id=value)
    assert where.status_code == 204
    unknown = v8.get(f"{path}/pick_list_values_associations", picklist_value_id="9")
    assert unknown.json["code"] == "INVALID_DATA"


def test_a_global_picklist_in_use_stays(v8: Api) -> None:
    picklist_id = regions(v8)["id"]
    field_id = with_region(v8)
    assert v8.delete(f"settings/global_picklists/{picklist_id}").json["code"] == "NOT_ALLOWED"
    assert v8.delete(f"settings/fields/{field_id}", module="Leads").status_code == 200
    answer = v8.delete(f"settings/global_picklists/{picklist_id}")
    assert (answer.status_code, answer.json["global_picklists"][0]["code"]) == (202, "SCHEDULED")
    assert v8.delete("settings/global_picklists", ids=picklist_id).status_code == 400


def sections(api: Api) -> list[tuple[str, list[str]]]:
    path = f"settings/layouts/{layout_id(api, 'Leads')}"
    layout = api.get(path, module="Leads").json["layouts"][0]
    return [
        (one["display_label"], [field["api_name"] for field in one["fields"]])
        for one in layout["sections"]
    ]


def change_layout(api: Api, *changes: Item) -> Item:
    path = f"settings/layouts/{layout_id(api, 'Leads')}"
    answer = api.send("PATCH", path, {"layouts": [{"sections": list(changes)}]}, module="Leads")
    found: Item = answer.json["layouts"][0]
    return found


def test_sections_of_a_layout(v8: Api) -> None:
    before = sections(v8)
    done = change_layout(
        v8,
        {
            "display_label": "Money",
            "sequence_number": 1,
            "fields": [{"api_name": "Annual_Revenue"}],
        },
    )
    assert done["message"] == "layout updated"
    after = sections(v8)
    assert after[0] == ("Money", ["Annual_Revenue"])
    assert "Annual_Revenue" not in after[1][1]
    assert len(after) == len(before) + 1
    assert change_layout(v8, {"api_name": "Money", "_delete": {"permanent": True}})["code"] == (
        "SUCCESS"
    )
    assert len(sections(v8)) == len(before)


def test_changes_of_a_layout_that_are_refused(v8: Api) -> None:
    first = v8.org.metadata.modules["Leads"].sections[0].id
    gone = change_layout(v8, {"id": first, "_delete": {"permanent": True}})
    assert gone["code"] == "NOT_ALLOWED"
    taken = {"id": first, "fields": [{"api_name": "Last_Name", "_delete": True}]}
    assert change_layout(v8, taken)["code"] == "NOT_ALLOWED"
    assert change_layout(v8, {"id": "9"})["code"] == "INVALID_DATA"
    wide = change_layout(v8, {"id": first, "column_count": 7})
    assert wide["details"]["json_path"] == "$.layouts[0].sections[0].column_count"


def test_the_standard_layout_stays(v8: Api) -> None:
    path = f"settings/layouts/{layout_id(v8, 'Leads')}"
    asked = {"module": "Leads", "transfer_to": "1"}
    assert v8.delete(path, **asked).json["code"] == "NOT_ALLOWED"
    assert v8.post(f"{path}/actions/activate", module="Leads").json["code"] == "ALREADY_ACTIVATED"
    assert v8.delete(f"{path}/actions/activate", **asked).json["code"] == "NOT_ALLOWED"
    other = v8.delete(f"settings/layouts/{layout_id(v8)}", **asked)
    assert other.json["code"] == "INVALID_DATA"
    many = v8.send(
        "PATCH",
        "settings/layouts",
        {"layouts": [{"id": layout_id(v8, "Leads"), "name": "Other"}]},
        module="Leads",
    )
    assert many.json["layouts"][0]["code"] == "NOT_ALLOWED"


def test_many_tags_are_deleted_at_once(v8: Api) -> None:
    made = v8.post("settings/tags", {"tags": [{"name": "a1"}, {"name": "a2"}]}, module="Leads")
    ids = [one["details"]["id"] for one in made.json["tags"]]
    body = {"module": {"api_name": "Leads"}, "tags": [{"id": one} for one in ids]}
    answer = v8.post("settings/tags/actions/mass_delete", {"mass_delete": [body]})
    assert (answer.status_code, answer.json["code"]) == (202, "SCHEDULED")
    job_id = answer.json["details"]["job_id"]
    states = [
        v8.get("settings/tags/actions/mass_delete", job_id=job_id).json["mass_delete"][0]["status"]
        for _ in range(2)
    ]
    assert states == ["RUNNING", "COMPLETED"]
    left = v8.get("settings/tags", module="Leads").json["tags"]
    assert not {one["id"] for one in left} & set(ids)
    again = v8.post("settings/tags/actions/mass_delete", {"mass_delete": [body]})
    assert again.json["details"]["json_path"] == "$.mass_delete[0].tags[0].id"
