"""Modules: shown and added."""

from __future__ import annotations

from typing import Any

import pytest

from .api import Api


def make_field(api: Api, module: str = "Leads", **field: Any) -> str:
    answer = api.post("settings/fields", {"fields": [field]}, module=module)
    assert answer.status_code == 201, answer.text
    assert answer.json["fields"][0]["message"] == "field created"
    return str(answer.json["fields"][0]["details"]["id"])


def test_modules_are_listed(api: Api) -> None:
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


def test_module_is_found_by_name_or_id(api: Api) -> None:
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
def test_module_has_the_keys_of_its_version(version: str, has: set[str], lacks: set[str]) -> None:
    module = Api(version).get("settings/modules/Leads").json["modules"][0]
    assert has <= set(module)
    assert lacks.isdisjoint(module)


def test_modules_are_filtered_by_status(v8: Api) -> None:
    assert v8.get("settings/modules", status="visible").status_code == 200
    assert v8.get("settings/modules", status="user_hidden").status_code == 204
    assert v8.get("settings/modules", status="odd").status_code == 400


@pytest.mark.parametrize("what", ["fields", "layouts", "custom_views", "related_lists"])
def test_metadata_without_module_parameter_is_refused(api: Api, what: str) -> None:
    answer = api.get(f"settings/{what}")
    assert (answer.status_code, answer.json["code"]) == (400, "REQUIRED_PARAM_MISSING")
    assert api.get(f"settings/{what}", module="Nope").json["code"] == "INVALID_MODULE"
    api.caller.connect("ZohoCRM.modules.ALL")
    assert api.get(f"settings/{what}", module="Leads").status_code == 401


def test_metadata_changes_stay_in_their_organisation(v8: Api) -> None:
    view = v8.get("settings/custom_views", module="Leads").json["custom_views"][0]["id"]
    v8.put(
        f"settings/custom_views/{view}", {"custom_views": [{"sort_by": "Email"}]}, module="Leads"
    )
    other = Api("v8").get(f"settings/custom_views/{view}", module="Leads").json
    assert other["custom_views"][0]["sort_by"] is None


@pytest.mark.slow
def test_every_module_is_served_in_every_version() -> None:
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
    assert all(len(record_id) == 19 for record_id in ids)
    assert set(ids).isdisjoint(v8.org.records.homes)


def test_new_module_has_records(v8: Api) -> None:
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
    stored = v8.get(f"settings/modules/{module}").json["modules"][0]
    assert (stored["api_name"], stored["generated_type"]) == ("Vehicles", "custom")
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
