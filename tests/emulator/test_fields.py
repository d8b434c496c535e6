"""Fields: shown, added, changed, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api

KINDS = {
    "Last_Name": ("text", "string"),
    "Email": ("email", "string"),
    "Phone": ("phone", "string"),
    "Website": ("website", "string"),
    "Description": ("textarea", "string"),
    "Lead_Source": ("picklist", "string"),
    "Languages": ("multiselectpicklist", "jsonarray"),
    "Referred_By": ("lookup", "jsonobject"),
    "Owner": ("ownerlookup", "jsonobject"),
    "Account_Manager": ("userlookup", "jsonobject"),
    "No_of_Employees": ("integer", "integer"),
    "Customer_Number": ("bigint", "string"),
    "Annual_Revenue": ("currency", "double"),
    "Score": ("double", "double"),
    "Discount_Offered": ("percent", "double"),
    "Email_Opt_Out": ("boolean", "boolean"),
    "Follow_Up_Date": ("date", "string"),
    "Demo_Scheduled_At": ("datetime", "string"),
    "Lead_Number": ("autonumber", "string"),
    "Documents": ("fileupload", "jsonarray"),
    "Record_Image": ("profileimage", "string"),
    "Revenue_per_Employee": ("formula", "double"),
    "Tag": ("text", "jsonarray"),
}


def fields_of(api: Api, module: str) -> dict[str, dict[str, Any]]:
    answer = api.get("settings/fields", module=module)
    assert answer.status_code == 200
    return {field["api_name"]: field for field in answer.json["fields"]}


def make_field(api: Api, module: str = "Leads", **field: Any) -> str:
    answer = api.post("settings/fields", {"fields": [field]}, module=module)
    assert answer.status_code == 201, answer.text
    assert answer.json["fields"][0]["message"] == "field created"
    return str(answer.json["fields"][0]["details"]["id"])


def shown_field(api: Api, field: str, module: str = "Leads") -> Any:
    return api.get(f"settings/fields/{field}", module=module).json["fields"][0]


def refused_field(api: Api, **field: Any) -> Any:
    answer = api.post("settings/fields", {"fields": [field]}, module="Leads")
    assert answer.status_code == 400, answer.text
    return answer.json["fields"][0]


def test_fields_are_filtered_by_kind(api: Api) -> None:
    fields = fields_of(api, "Leads")
    assert {name: (fields[name]["data_type"], fields[name]["json_type"]) for name in KINDS} == KINDS


def test_field_has_its_properties(api: Api) -> None:
    fields = fields_of(api, "Leads")
    assert fields["Last_Name"]["system_mandatory"] is True
    assert fields["Last_Name"]["length"] == 80
    assert fields["Company"]["system_mandatory"] is False
    assert fields["Lead_Number"]["read_only"] is True
    assert fields["External_Reference"]["unique"] == {"case_sensitive": False}
    assert fields["Email"]["unique"] == {}
    assert fields["Score"]["custom_field"] is True
    choice = fields["Lead_Source"]["pick_list_values"][1]
    assert choice["actual_value"] == choice["display_value"] == "Advertisement"
    target = fields["Referred_By"]["lookup"]["module"]
    assert (target if api.is_v2 else target["api_name"]) == "Contacts"
    assert set(fields["Email"]["view_type"]) == {"view", "edit", "quick_create", "create"}
    quotes = fields_of(api, "Quotes")
    assert ("Product_Details" in quotes) is api.is_v2
    assert ("Quoted_Items" in quotes) is not api.is_v2


def test_fields_of_a_newer_version_are_hidden_before(v2: Api, v8: Api) -> None:
    new = {"id", "Converted__s", "Record_Status__s"}
    assert new.isdisjoint(fields_of(v2, "Leads"))
    assert new <= set(fields_of(v8, "Leads"))
    assert {"display_label", "profiles", "operation_type"} <= set(fields_of(v8, "Leads")["Email"])


def test_stages_have_their_probability(api: Api) -> None:
    stages = fields_of(api, "Deals")["Stage"]["pick_list_values"]
    won = next(stage for stage in stages if stage["actual_value"] == "Closed Won")
    assert (won["probability"], won["forecast_type"]) == (100, "Closed Won")


def test_field_is_returned_by_id(api: Api) -> None:
    field = fields_of(api, "Leads")["Email"]
    assert api.get(f"settings/fields/{field['id']}", module="Leads").json["fields"] == [field]
    assert api.get("settings/fields/123", module="Leads").status_code == 204
    assert api.get("settings/fields/x!", module="Leads").status_code == 400


def test_new_field_is_stored_in_records(v8: Api) -> None:
    field = make_field(v8, field_label="Shoe Size", data_type="integer", length=2)
    stored = shown_field(v8, field)
    assert (stored["api_name"], stored["custom_field"], stored["length"]) == ("Shoe_Size", True, 2)
    lead = v8.create("Leads", Last_Name="X", Shoe_Size=43)
    assert v8.record("Leads", lead)["Shoe_Size"] == 43
    assert v8.refused("Leads", Last_Name="X", Shoe_Size=143)["details"]["maximum_length"] == 2
    assert v8.refused("Leads", Last_Name="X", Shoe_Size="big")["code"] == "INVALID_DATA"
    found = v8.get("Leads/search", criteria="(Shoe_Size:greater_than:40)").json["data"]
    assert [row["id"] for row in found] == [lead]
    layout = v8.get("settings/layouts", module="Leads").json["layouts"][0]
    assert any(
        field["api_name"] == "Shoe_Size" for part in layout["sections"] for field in part["fields"]
    )


def test_new_field_of_every_kind_is_created(v8: Api) -> None:
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
    v8.org.strict_picklists = True
    assert v8.refused("Leads", Last_Name="X", Colour="Green")["code"] == "INVALID_DATA"


def test_field_is_changed(v8: Api) -> None:
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
    stored = shown_field(v8, field)
    assert (stored["api_name"], stored["field_label"]) == ("Colour", "Hue")
    assert [choice["display_value"] for choice in stored["pick_list_values"]] == ["Blue", "Green"]
    v8.org.strict_picklists = True
    assert v8.refused("Leads", Last_Name="X", Colour="Red")["code"] == "INVALID_DATA"


def test_field_is_deleted(v8: Api) -> None:
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
def test_invalid_field_is_refused(v8: Api, field: dict[str, Any], code: str) -> None:
    assert refused_field(v8, **field)["code"] == code


def test_invalid_field_among_several_refuses_all(v8: Api) -> None:
    answer = v8.post(
        "settings/fields",
        {"fields": [{"field_label": "Good", "data_type": "text"}, {"field_label": "Bad"}]},
        module="Leads",
    )
    assert answer.status_code == 400
    names = [
        field["api_name"] for field in v8.get("settings/fields", module="Leads").json["fields"]
    ]
    assert "Good" not in names
    many = [{"field_label": f"F{number}", "data_type": "text"} for number in range(6)]
    assert v8.post("settings/fields", {"fields": many}, module="Leads").status_code == 400


@pytest.mark.parametrize("version", ["v2", "v2.1", "v3", "v6", "v7", "v8"])
def test_no_field_has_a_length_of_0(version: str) -> None:
    api = Api(version)

    for module in ("Leads", "Quotes", "Projects"):
        assert [
            field for field in fields_of(api, module).values() if field.get("length") == 0
        ] == []


@pytest.mark.parametrize(("version", "expected"), [("v2", False), ("v2.1", None), ("v8", None)])
def test_field_history_is_an_object_from_v2_1_on(version: str, expected: bool | None) -> None:
    fields = fields_of(Api(version), "Leads").values()

    assert {field["history_tracking"] for field in fields} == {expected}


@pytest.mark.parametrize("version", ["v2.1", "v5", "v8"])
def test_subform_fields_have_the_module_of_their_rows(version: str) -> None:
    api = Api(version)
    subform = fields_of(api, "Quotes")["Quoted_Items"]

    assert subform["associated_module"] == {
        "module": "Quoted_Items",
        "id": api.org.metadata.modules["Quoted_Items"].id,
    }


def test_lookup_of_several_records_names_the_module_of_its_links(v8: Api) -> None:
    lookup = fields_of(v8, "Projects")["Products_Used"]["multiselectlookup"]
    linking = lookup["linking_details"]["module"]["api_name"]

    assert lookup["connected_details"]["module"]["api_name"] == "Products"
    assert set(fields_of(v8, linking)) == {
        lookup["linking_details"]["lookup_field"]["api_name"],
        lookup["linking_details"]["connected_lookup_field"]["api_name"],
    }
    modules = v8.get("settings/modules").json["modules"]
    assert [row["generated_type"] for row in modules if row["api_name"] == linking] == ["linking"]
    assert v8.get(linking, fields="id").json["code"] == "INVALID_MODULE"
    for version in ("v2.1", "v7"):
        older = fields_of(Api(version), "Projects")["Products_Used"]["multiselectlookup"]
        assert (older["linking_module"] == linking) is (version == "v2.1")


def test_picklist_shows_the_dependent_choices(v8: Api) -> None:
    layout = v8.get("settings/layouts", module="Leads").json["layouts"][0]["id"]
    path = f"settings/layouts/{layout}/map_dependency"
    before = fields_of(v8, "Leads")
    parent, child = (before[name]["pick_list_values"][1] for name in ("Lead_Source", "Lead_Status"))
    assert "maps" not in parent
    dependency = {
        "parent": {"api_name": "Lead_Source"},
        "child": {"api_name": "Lead_Status"},
        "pick_list_values": [{"id": parent["id"], "maps": [{"id": child["id"]}]}],
    }

    made = v8.post(path, {"map_dependency": [dependency]}, module="Leads")

    assert made.status_code == 201, made.text
    [mapped] = fields_of(v8, "Leads")["Lead_Source"]["pick_list_values"][1]["maps"]
    assert mapped["api_name"] == "Lead_Status"
    assert [choice["id"] for choice in mapped["pick_list_values"]] == [child["id"]]
