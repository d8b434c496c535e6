"""Custom fields and modules: records can use new ones, and lose deleted ones."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api


def make_field(api: Api, module: str = "Leads", **field: Any) -> str:
    answer = api.post("settings/fields", {"fields": [field]}, module=module)
    assert answer.status_code == 201, answer.text
    assert answer.json["fields"][0]["message"] == "field created"
    return str(answer.json["fields"][0]["details"]["id"])


def refused_field(api: Api, **field: Any) -> Any:
    answer = api.post("settings/fields", {"fields": [field]}, module="Leads")
    assert answer.status_code == 400, answer.text
    return answer.json["fields"][0]


def shown_field(api: Api, field: str, module: str = "Leads") -> Any:
    return api.get(f"settings/fields/{field}", module=module).json["fields"][0]


def test_a_new_field_is_taken_by_records(v8: Api) -> None:
    field = make_field(v8, field_label="Shoe Size", data_type="integer", length=2)
    shown = shown_field(v8, field)
    assert (shown["api_name"], shown["custom_field"], shown["length"]) == ("Shoe_Size", True, 2)
    lead = v8.create("Leads", Last_Name="X", Shoe_Size=43)
    assert v8.record("Leads", lead)["Shoe_Size"] == 43
    assert v8.refused("Leads", Last_Name="X", Shoe_Size=143)["details"]["maximum_length"] == 2
    assert v8.refused("Leads", Last_Name="X", Shoe_Size="big")["code"] == "INVALID_DATA"
    found = v8.get("Leads/search", criteria="(Shoe_Size:greater_than:40)").json["data"]
    assert [row["id"] for row in found] == [lead]
    layout = v8.get("settings/layouts", module="Leads").json["layouts"][0]
    assert any(
        one["api_name"] == "Shoe_Size" for part in layout["sections"] for one in part["fields"]
    )


def test_fields_of_other_kinds(v8: Api) -> None:
    make_field(
        v8,
        field_label="Colour",
        data_type="picklist",
        pick_list_values=[
            {"display_value": "Red"},
            {"display_value": "Blau", "actual_value": "Blue"},
        ],
    )
    make_field(v8, field_label="Code", data_type="text", unique={"case_sensitive": False})
    make_field(
        v8,
        field_label="Home",
        data_type="lookup",
        lookup={"module": {"api_name": "Accounts"}},
    )
    make_field(
        v8,
        field_label="Serial",
        data_type="autonumber",
        auto_number={"prefix": "S-", "start_number": "7"},
    )
    make_field(v8, field_label="Story", data_type="textarea", textarea={"type": "rich_text"})
    account = v8.first_id("Accounts")
    lead = v8.create(
        "Leads", Last_Name="X", Colour="Blau", Code="A", Home={"id": account}, Story="s" * 40_000
    )
    record = v8.record("Leads", lead)
    assert (record["Colour"], record["Serial"]) == ("Blue", "S-7")
    assert record["Home"]["id"] == account
    assert v8.refused("Leads", Last_Name="X", Code="a")["code"] == "DUPLICATE_DATA"
    assert v8.refused("Leads", Last_Name="X", Colour="Green")["code"] == "INVALID_DATA"


def test_a_field_is_changed(v8: Api) -> None:
    field = make_field(
        v8,
        field_label="Colour",
        data_type="picklist",
        pick_list_values=[{"display_value": "Red"}, {"display_value": "Blue"}],
    )
    choices = v8.get(f"settings/fields/{field}/pick_list_values", module="Leads").json
    red = choices["pick_list_values"][0]["id"]
    answer = v8.caller.request(
        "PATCH",
        f"/crm/v8/settings/fields/{field}?module=Leads",
        json={
            "fields": [
                {
                    "field_label": "Hue",
                    "pick_list_values": [{"id": red, "_delete": None}, {"display_value": "Green"}],
                }
            ]
        },
    )
    assert answer.status_code == 200
    shown = shown_field(v8, field)
    assert (shown["api_name"], shown["field_label"]) == ("Colour", "Hue")
    assert [one["display_value"] for one in shown["pick_list_values"]] == ["Blue", "Green"]
    assert v8.refused("Leads", Last_Name="X", Colour="Red")["code"] == "INVALID_DATA"


def test_a_field_is_deleted(v8: Api) -> None:
    field = make_field(v8, field_label="Gone Soon", data_type="text")
    lead = v8.create("Leads", Last_Name="X", Gone_Soon="here")
    assert v8.delete(f"settings/fields/{field}", module="Leads").status_code == 200
    assert "Gone_Soon" not in v8.record("Leads", lead)
    assert v8.get(f"settings/fields/{field}", module="Leads").status_code == 204
    system = v8.get("settings/fields", module="Leads").json["fields"][1]["id"]
    answer = v8.delete(f"settings/fields/{system}", module="Leads")
    assert (answer.status_code, answer.json["code"]) == (400, "NOT_ALLOWED")


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ({"data_type": "text"}, "MANDATORY_NOT_FOUND"),
        ({"field_label": "X"}, "MANDATORY_NOT_FOUND"),
        ({"field_label": "X" * 51, "data_type": "text"}, "INVALID_DATA"),
        ({"field_label": "X", "data_type": "magic"}, "INVALID_DATA"),
        ({"field_label": "X", "data_type": "text", "length": 256}, "INVALID_DATA"),
        ({"field_label": "X", "data_type": "picklist"}, "MANDATORY_NOT_FOUND"),
        ({"field_label": "X", "data_type": "lookup"}, "DEPENDENT_FIELD_MISSING"),
        ({"field_label": "Email", "data_type": "email"}, "DUPLICATE_DATA"),
    ],
)
def test_fields_that_are_refused(v8: Api, field: dict[str, Any], code: str) -> None:
    assert refused_field(v8, **field)["code"] == code


def test_one_bad_field_refuses_them_all(v8: Api) -> None:
    answer = v8.post(
        "settings/fields",
        {"fields": [{"field_label": "Good", "data_type": "text"}, {"field_label": "Bad"}]},
        module="Leads",
    )
    assert answer.status_code == 400
    names = [one["api_name"] for one in v8.get("settings/fields", module="Leads").json["fields"]]
    assert "Good" not in names
    many = [{"field_label": f"F{number}", "data_type": "text"} for number in range(6)]
    assert v8.post("settings/fields", {"fields": many}, module="Leads").status_code == 400


def test_a_new_module(v8: Api) -> None:
    answer = v8.post(
        "settings/modules",
        {
            "modules": [
                {
                    "singular_label": "Vehicle",
                    "plural_label": "Vehicles",
                    "api_name": "Vehicles",
                    "profiles": [],
                }
            ]
        },
    )
    assert answer.status_code == 201
    module = answer.json["modules"][0]["details"]["id"]
    shown = v8.get(f"settings/modules/{module}").json["modules"][0]
    assert (shown["api_name"], shown["generated_type"]) == ("Vehicles", "custom")
    make_field(v8, "Vehicles", field_label="Plate", data_type="text")
    vehicle = v8.create("Vehicles", Name="Van", Plate="ZH 1")
    assert v8.rows("Vehicles", "Name,Plate")[0]["Plate"] == "ZH 1"
    assert v8.refused("Vehicles", Plate="ZH 2")["details"]["api_name"] == "Name"
    v8.post(f"Vehicles/{vehicle}/Notes", {"data": [{"Note_Content": "N"}]})
    assert v8.rows(f"Vehicles/{vehicle}/Notes")
    v8.put("settings/modules/Vehicles", {"modules": [{"plural_label": "Fleet"}]})
    assert v8.get("settings/modules/Vehicles").json["modules"][0]["plural_label"] == "Fleet"
    again = v8.post(
        "settings/modules",
        {"modules": [{"singular_label": "V", "plural_label": "Vs", "api_name": "Vehicles"}]},
    )
    assert (again.status_code, again.json["code"]) == (400, "DUPLICATE_DATA")


def test_old_versions_do_not_change_metadata(v2: Api) -> None:
    answer = v2.post("settings/fields", {"fields": [{}]}, module="Leads")
    assert answer.status_code in (400, 404, 501)
