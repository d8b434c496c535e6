"""Global picklists and the fields that have their choices."""

from __future__ import annotations

from typing import Any

from .api import Api

Item = dict[str, Any]


def regions(api: Api) -> Item:
    picklist: Item = api.get("settings/global_picklists").json["global_picklists"][0]
    return picklist


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


def test_field_has_the_choices_of_a_global_picklist(v8: Api) -> None:
    field_id = with_region(v8)
    field = v8.get(f"settings/fields/{field_id}", module="Leads").json["fields"][0]
    assert field["global_picklist"] == {"api_name": "Regions", "id": regions(v8)["id"]}
    lead = v8.create("Leads", Last_Name="A", Region="East")
    assert v8.record("Leads", lead)["Region"] == "East"
    v8.org.strict_picklists = True
    assert v8.refused("Leads", Last_Name="B", Region="Up")["code"] == "INVALID_DATA"
    used = v8.get(f"settings/global_picklists/{regions(v8)['id']}/actions/associations").json
    assert [association["field"]["api_name"] for association in used["associations"]] == ["Region"]
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
    v8.org.strict_picklists = True
    assert v8.refused("Leads", Last_Name="B", Region="East")["code"] == "INVALID_DATA"
    twice = {"pick_list_values": [{"display_value": "centre"}]}
    again = v8.send("PATCH", path, {"global_picklists": [twice]})
    assert again.json["global_picklists"][0]["code"] == "DUPLICATE_DATA"


def test_replaced_choice_changes_all_records(v8: Api) -> None:
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


def test_global_picklist_in_use_cannot_be_deleted(v8: Api) -> None:
    picklist_id = regions(v8)["id"]
    field_id = with_region(v8)
    assert v8.delete(f"settings/global_picklists/{picklist_id}").json["code"] == "NOT_ALLOWED"
    assert v8.delete(f"settings/fields/{field_id}", module="Leads").status_code == 200
    answer = v8.delete(f"settings/global_picklists/{picklist_id}")
    assert (answer.status_code, answer.json["global_picklists"][0]["code"]) == (202, "SCHEDULED")
    assert v8.delete("settings/global_picklists", ids=picklist_id).status_code == 400
