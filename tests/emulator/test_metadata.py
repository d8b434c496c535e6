"""Modules, fields, layouts, custom views and related lists."""

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


def test_modules(api: Api) -> None:
    modules = {module["api_name"]: module for module in api.get("settings/modules").json["modules"]}
    assert {
        "Leads",
        "Contacts",
        "Accounts",
        "Deals",
        "Notes",
        "Attachments",
        "Tasks",
        "Events",
        "Calls",
        "Products",
        "Campaigns",
        "Vendors",
        "Quotes",
        "Projects",
    } <= set(modules)
    assert modules["Leads"]["singular_label"] == "Lead"
    assert modules["Projects"]["generated_type"] == "custom"
    assert modules["Quoted_Items"]["parent_module"]["api_name"] == "Quotes"
    assert modules["Leads"]["profiles"]


def test_one_module_by_name_or_id(api: Api) -> None:
    by_name = api.get("settings/modules/Leads").json["modules"][0]
    by_id = api.get(f"settings/modules/{by_name['id']}").json["modules"][0]
    assert by_name == by_id
    assert by_name["related_lists"]
    assert by_name["custom_view"]["name"] == "All Leads"
    answer = api.get("settings/modules/Nope")
    assert (answer.status_code, answer.json["code"]) == (400, "INVALID_MODULE")


@pytest.mark.parametrize(
    ("version", "has", "lacks"),
    [
        ("v2", {"visible", "emailTemplate_support", "triggers_supported"}, {"status"}),
        ("v4", {"visible", "triggers_supported"}, {"status"}),
        ("v5", {"status", "triggers_supported", "recycle_bin_on_delete"}, {"visible"}),
        ("v6", {"status"}, {"visible", "triggers_supported", "global_search_supported"}),
        ("v8", {"status"}, {"visible", "triggers_supported", "global_search_supported"}),
    ],
)
def test_keys_of_a_module_by_version(version: str, has: set[str], lacks: set[str]) -> None:
    module = Api(version).get("settings/modules/Leads").json["modules"][0]
    assert has <= set(module)
    assert lacks.isdisjoint(module)


def test_modules_by_status(v8: Api) -> None:
    assert v8.get("settings/modules", status="visible").status_code == 200
    assert v8.get("settings/modules", status="user_hidden").status_code == 204
    assert v8.get("settings/modules", status="odd").status_code == 400


def test_kinds_of_fields(api: Api) -> None:
    fields = fields_of(api, "Leads")
    assert {name: (fields[name]["data_type"], fields[name]["json_type"]) for name in KINDS} == KINDS


def test_what_a_field_says(api: Api) -> None:
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


def test_fields_that_came_with_a_version(v2: Api, v8: Api) -> None:
    new = {"id", "Converted__s", "Record_Status__s"}
    assert new.isdisjoint(fields_of(v2, "Leads"))
    assert new <= set(fields_of(v8, "Leads"))
    assert {"display_label", "profiles", "operation_type"} <= set(fields_of(v8, "Leads")["Email"])


def test_stages_tell_their_probability(api: Api) -> None:
    stages = fields_of(api, "Deals")["Stage"]["pick_list_values"]
    won = next(stage for stage in stages if stage["actual_value"] == "Closed Won")
    assert (won["probability"], won["forecast_type"]) == (100, "Closed Won")


def test_one_field(api: Api) -> None:
    field = fields_of(api, "Leads")["Email"]
    assert api.get(f"settings/fields/{field['id']}", module="Leads").json["fields"] == [field]
    assert api.get("settings/fields/123", module="Leads").status_code == 204
    assert api.get("settings/fields/x!", module="Leads").status_code == 400


@pytest.mark.parametrize("what", ["fields", "layouts", "custom_views", "related_lists"])
def test_the_module_must_be_given(api: Api, what: str) -> None:
    answer = api.get(f"settings/{what}")
    assert (answer.status_code, answer.json["code"]) == (400, "REQUIRED_PARAM_MISSING")
    assert api.get(f"settings/{what}", module="Nope").json["code"] == "INVALID_MODULE"
    api.caller.connect("ZohoCRM.modules.ALL")
    assert api.get(f"settings/{what}", module="Leads").status_code == 401


def test_layouts(api: Api) -> None:
    layout = api.get("settings/layouts", module="Leads").json["layouts"][0]
    sections = {section["name"]: section for section in layout["sections"]}
    assert next(iter(sections)) == "Lead Information"
    named = {field["api_name"] for field in sections["Lead Information"]["fields"]}
    assert "Last_Name" in named
    assert layout["convert_mapping"]["Deals"]["fields"]
    same = api.get(f"settings/layouts/{layout['id']}", module="Leads").json["layouts"][0]
    assert same == layout
    quote = api.get("settings/layouts", module="Quotes").json["layouts"][0]
    assert any(section["isSubformSection"] for section in quote["sections"])


def test_custom_views(api: Api) -> None:
    answer = api.get("settings/custom_views", module="Leads", per_page=2).json
    assert answer["info"]["count"] == 2
    assert answer["info"]["more_records"] is True
    assert answer["info"]["default"] == answer["custom_views"][0]["id"]
    assert "public_views" in answer["info"]["translation"]
    view = answer["custom_views"][0]
    assert (view["system_name"], view["default"]) == ("ALLVIEWS", True)
    first = view["fields"][0]
    assert (first if api.is_v2 else first["api_name"]) == "Full_Name"
    same = api.get(f"settings/custom_views/{view['id']}", module="Leads").json
    assert same["custom_views"] == [view]
    assert api.get("settings/custom_views/123", module="Leads").status_code == 204


def test_changing_the_order_of_a_view(api: Api) -> None:
    view = api.get("settings/custom_views", module="Leads").json["custom_views"][0]["id"]
    sort_by = "Company" if api.is_v2 else {"api_name": "Created_Time"}
    path = f"settings/custom_views/{view}" + ("" if api.is_v2 else "/actions/change_sort")
    answer = api.put(
        path, {"custom_views": [{"sort_by": sort_by, "sort_order": "asc"}]}, module="Leads"
    )
    assert answer.status_code == 200
    assert answer.json["custom_views"][0]["details"] == {"id": view}
    changed = api.get(f"settings/custom_views/{view}", module="Leads").json["custom_views"][0]
    assert changed["sort_order"] == "asc"
    name = "Company" if api.is_v2 else "Created_Time"
    rows = [str(row[name]) for row in api.rows("Leads", name, cvid=view)]
    assert rows == sorted(rows, key=str.casefold)
    bad = api.put(path, {"custom_views": [{"sort_by": "Nope"}]}, module="Leads")
    assert bad.json["custom_views"][0]["code"] == "INVALID_DATA"


def test_changes_stay_in_their_organisation(v8: Api) -> None:
    view = v8.get("settings/custom_views", module="Leads").json["custom_views"][0]["id"]
    v8.put(
        f"settings/custom_views/{view}", {"custom_views": [{"sort_by": "Email"}]}, module="Leads"
    )
    other = Api("v8").get(f"settings/custom_views/{view}", module="Leads").json
    assert other["custom_views"][0]["sort_by"] is None


def test_related_lists(api: Api) -> None:
    lists = {
        item["api_name"]: item
        for item in api.get("settings/related_lists", module="Accounts").json["related_lists"]
    }
    assert {"Contacts", "Deals", "Notes", "Attachments"} <= set(lists)
    assert lists["Contacts"]["module"]["api_name"] == "Contacts"
    one = lists["Deals"]
    answer = api.get(f"settings/related_lists/{one['id']}", module="Accounts")
    assert answer.json["related_lists"] == [one]


def test_every_module_answers_in_every_version() -> None:
    for version in ("v2", "v2.1", "v3", "v4", "v5", "v6", "v7", "v8"):
        api = Api(version)
        for module in api.org.metadata.modules:
            for what in ("fields", "layouts", "custom_views", "related_lists"):
                assert api.get(f"settings/{what}", module=module).status_code in (200, 204)
            if module != "Attachments":
                assert api.get(module, fields="id,Created_Time").status_code == 200, module
                record = api.first_id(module)
                assert api.record(module, record)["id"] == record


def test_ids_of_metadata_are_unique(v8: Api) -> None:
    ids: list[str] = []
    for module in v8.org.metadata.modules.values():
        ids += [module.id, module.layout_id]
        ids += [item.id for item in module.fields]
        ids += [choice.id for item in module.fields for choice in item.values]
        ids += [
            item.id
            for part in (module.views, module.related_lists, module.sections)
            for item in part
        ]
    assert len(ids) == len(set(ids))
    assert all(len(one) == 19 for one in ids)
    assert set(ids).isdisjoint(v8.org.records.homes)
