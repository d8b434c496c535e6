"""What an organisation starts with: generated records, and metadata of a real organisation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.seed import demo, settings

from .api import Api

CUSTOM = {
    "modules": [
        {"api_name": "Leads", "plural_label": "Prospects", "singular_label": "Prospect",
         "generated_type": "default", "api_supported": True},
        {"api_name": "Machines", "plural_label": "Machines", "singular_label": "Machine",
         "generated_type": "custom", "api_supported": True, "id": "5551000000000000123"},
        {"api_name": "Parts", "plural_label": "Parts", "singular_label": "Part",
         "generated_type": "subform", "api_supported": True,
         "parent_module": {"api_name": "Machines", "id": "5551000000000000123"}},
        {"api_name": "Home", "generated_type": "web", "api_supported": False},
    ],
    "fields": {
        "Leads": {
            "fields": [
                {"api_name": "Company", "field_label": "Firm", "data_type": "text",
                 "length": 20, "system_mandatory": True, "id": "5551000000000000001"},
                {"api_name": "Colour", "field_label": "Colour", "data_type": "picklist",
                 "custom_field": True,
                 "pick_list_values": [{"display_value": "Rot", "actual_value": "Red"},
                                      {"display_value": "Blau", "actual_value": "Blue"}]},
                {"api_name": "Tax_No", "field_label": "Tax number", "data_type": "text",
                 "length": 12, "unique": {"casesensitive": False}, "custom_field": True},
                {"api_name": "Total", "data_type": "rollup_summary", "system_mandatory": True},
            ]
        },
        "Machines": [
            {"api_name": "Name", "field_label": "Machine name", "data_type": "text",
             "system_mandatory": True},
            {"api_name": "Owner_Account", "data_type": "lookup",
             "lookup": {"module": {"api_name": "Accounts"}}},
            {"api_name": "Lost", "data_type": "lookup", "lookup": {"module": "Nothing"}},
            {"api_name": "Weight", "data_type": "double", "length": 9, "decimal_place": 1},
            {"api_name": "Serial", "data_type": "autonumber",
             "auto_number": {"prefix": "M-", "start_number": 100}},
            {"api_name": "Value", "data_type": "formula",
             "formula": {"return_type": "currency", "expression": "1+1"}},
            {"api_name": "Parts", "data_type": "subform", "subform": {"module": "Parts"}},
        ],
        "Parts": [{"api_name": "Title", "data_type": "text", "length": 30}],
    },
}  # fmt: skip


def write_file(folder: Path, content: Any, name: str = "org.json") -> str:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return str(path)


def test_records_are_generated_in_every_module_without_parent() -> None:
    org = Emulator(data="empty", records=20).zoho.organisation
    counts = org.records.counts()
    for module in ("Leads", "Contacts", "Accounts", "Deals", "Tasks", "Products", "Projects"):
        assert counts[module] == 20
    assert "Quotes" not in counts
    contacts = org.records.table("Contacts").rows.values()
    assert {row["Account_Name"] for row in contacts} == set(org.records.table("Accounts").rows)


def test_records_are_generated_in_addition_to_the_demo_company() -> None:
    plain = Emulator().zoho.organisation.records.counts()
    emulator = Emulator(records={"Leads": 500, "Accounts": 10})
    more = emulator.zoho.organisation.records.counts()
    assert more["Leads"] == plain["Leads"] + 500
    assert more["Accounts"] == plain["Accounts"] + 10
    assert more["Deals"] == plain["Deals"]
    emulator.reset()
    assert emulator.zoho.organisation.records.counts() == more


def test_records_of_unknown_modules_are_refused() -> None:
    with pytest.raises(ValueError, match="no module 'leads'"):
        Emulator(records={"leads": 5})


def test_generated_records_are_valid(api: Api) -> None:
    """Generated records can be read, searched and written back."""
    seeded = Api(api.version, data="empty", records={"Leads": 30, "Deals": 30})
    for row in seeded.rows("Leads", fields="Last_Name,Company,Email,Lead_Source"):
        record = {key: row[key] for key in ("Last_Name", "Company", "Email", "Lead_Source")}
        assert seeded.put(f"Leads/{row['id']}", {"data": [record]}).status_code == 200


@pytest.fixture
def imported(api: Api, tmp_path: Path) -> Api:
    return Api(api.version, data="empty", metadata=write_file(tmp_path, CUSTOM))


def test_imported_fields_match_the_file(imported: Api) -> None:
    assert imported.refused("Leads", Last_Name="L")["details"]["api_name"] == "Company"
    refused = imported.refused("Leads", Last_Name="L", Company="C" * 21)
    assert refused["details"]["maximum_length"] == 20
    imported.org.strict_picklists = True
    refused = imported.refused("Leads", Last_Name="L", Company="C", Colour="Green")
    assert refused["code"] == "INVALID_DATA"
    lead = imported.create("Leads", Last_Name="L", Company="C", Colour="Blau", Tax_No="1")
    assert imported.record("Leads", lead)["Colour"] == "Blue"
    twice = imported.refused("Leads", Last_Name="L", Company="C", Tax_No="1")
    assert twice["code"] == "DUPLICATE_DATA"


def test_imported_metadata_is_shown_as_in_the_file(imported: Api) -> None:
    fields = imported.get("settings/fields", module="Leads").json["fields"]
    by_name = {field["api_name"]: field for field in fields}
    company = by_name["Company"]
    assert (company["field_label"], company["id"]) == ("Firm", "5551000000000000001")
    assert by_name["Total"]["data_type"] == "text"
    assert by_name["Total"]["read_only"]
    assert len({field["id"] for field in fields}) == len(fields)
    modules = imported.get("settings/modules").json["modules"]
    labels = {
        module["api_name"]: module["plural_label"] for module in modules if module["api_supported"]
    }
    assert labels["Leads"] == "Prospects"
    assert labels["Machines"] == "Machines"
    assert "Home" not in labels


def test_new_modules_work_with_lookups_subforms_and_numbers(imported: Api) -> None:
    account = imported.create("Accounts", Account_Name="Acme")
    machine = imported.create(
        "Machines",
        Name="Press",
        Owner_Account=imported.lookup(account),
        Weight=12.34,
        Parts=[{"Title": "Screw"}],
        Lost="ignored",
    )
    record = imported.record("Machines", machine)
    assert record["Owner_Account"] == {"name": "Acme", "id": account}
    assert (record["Weight"], record["Serial"], record["Lost"]) == (12.3, "M-100", None)
    assert [row["Title"] for row in record["Parts"]] == ["Screw"]
    note: dict[str, Any] = {"Note_Content": "x"}
    assert imported.post(f"Machines/{machine}/Notes", {"data": [note]}).status_code == 201


def test_import_without_demo_removes_custom_metadata(
    tmp_path: Path,
) -> None:
    path = write_file(tmp_path, CUSTOM)
    alone = Emulator(data="empty", metadata=path).zoho.organisation.metadata
    assert {"Projects", "Milestones"}.isdisjoint(alone.modules)
    assert "External_Reference" not in alone.modules["Leads"].field_map
    organisation = Emulator(data="demo", metadata=path).zoho.organisation
    assert {"Projects", "Milestones", "Machines"} <= set(organisation.metadata.modules)
    assert organisation.records.counts()["Projects"]


def test_exported_metadata_can_be_imported(v8: Api, tmp_path: Path) -> None:
    modules = v8.get("settings/modules").json
    fields = {
        module["api_name"]: v8.get("settings/fields", module=module["api_name"]).json
        for module in modules["modules"]
        if module["api_supported"] and module["generated_type"] != "linking"
    }
    modules = {"modules": [row for row in modules["modules"] if row["api_name"] in fields]}
    path = write_file(tmp_path, {"modules": modules, "fields": fields})
    again = Api("v8", data="empty", metadata=path)
    before, after = v8.org.metadata.modules, again.org.metadata.modules
    assert set(before) == set(after)
    for name, module in before.items():
        assert after[name].field_map.keys() == module.field_map.keys()
        for field in module.fields:
            other = after[name].field_map[field.api_name]
            assert (other.id, other.data_type, other.length) == (
                field.id,
                field.data_type,
                field.length,
            )
            assert (other.mandatory, other.unique) == (field.mandatory, field.unique)


def test_csv_has_a_row_for_each_field(tmp_path: Path) -> None:
    path = write_file(
        tmp_path,
        "module,api_name,data_type,field_label,length,system_mandatory,unique,pick_list_values,lookup\n"
        "Leads,Colour,picklist,Colour,,,,Red; Blue,\n"
        "Machines,Name,text,Name,80,true,,,\n"
        "Machines,Code,text,Code,8,,true,,\n"
        "Machines,Account,lookup,Account,,,,,Accounts\n",
        "fields.csv",
    )
    api = Api("v8", data="empty", metadata=path)
    assert api.refused("Machines")["details"]["api_name"] == "Name"
    api.create("Machines", Name="Press", Code="1")
    assert api.refused("Machines", Name="Drill", Code="1")["code"] == "DUPLICATE_DATA"
    api.org.strict_picklists = True
    assert api.refused("Leads", Last_Name="L", Colour="Green")["code"] == "INVALID_DATA"
    api.create("Leads", Last_Name="L", Colour="Blue")


def test_csv_row_may_leave_out_its_last_cells(tmp_path: Path) -> None:
    rows = "module,api_name,data_type,length,unique\nLeads,Colour,text,5\nLeads,Size,text\n"
    api = Api("v8", data="empty", metadata=write_file(tmp_path, rows, "fields.csv"))
    refused = api.refused("Leads", Last_Name="L", Colour="Purple")
    assert refused["details"]["maximum_length"] == 5
    api.create("Leads", Last_Name="L", Size="Large")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.json", "{", "is not JSON"),
        ("x.json", "[]", "must be like"),
        ("x.json", "{}", "must be like"),
        ("x.json", '{"fields": []}', "by module"),
        ("x.json", '{"modules": ["Leads"]}', "modules are a list of objects"),
        ("x.json", '{"fields": {"Leads": [{}]}}', "fields are a list of objects"),
        ("x.csv", "module,api_name\n", "lacks the column 'data_type'"),
    ],
)
def test_unusable_import_file_is_refused(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Emulator(metadata=write_file(tmp_path, content, name))
    with pytest.raises(FileNotFoundError):
        Emulator(metadata=str(tmp_path / "none.json"))


def test_records_can_be_generated_in_an_imported_module(tmp_path: Path) -> None:
    path = write_file(tmp_path, CUSTOM)
    api = Api("v8", data="empty", metadata=path, records={"Machines": 5, "Accounts": 2})
    rows = api.rows("Machines", fields="Name,Owner_Account,Serial")
    assert [row["Serial"] for row in rows] == ["M-104", "M-103", "M-102", "M-101", "M-100"]
    assert all(row["Owner_Account"] for row in rows)


@pytest.mark.parametrize("data", ["demo", "empty"])
def test_several_organisations_are_seeded_only_once(
    data: Literal["demo", "empty"], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reset copies the records and settings of each, those of the first one included."""
    emulator = Emulator(data=data, environments=("production", "sandbox", "developer"))
    before = [org.settings for org in emulator.zoho.organisations.values()]

    def seeded_again(*arguments: object, **options: object) -> None:
        pytest.fail("seeded again")

    monkeypatch.setattr(demo, "add_records", seeded_again)
    monkeypatch.setattr(settings, "_add_items", seeded_again)
    emulator.reset()
    assert [org.settings for org in emulator.zoho.organisations.values()] == before


def test_imported_linking_module_is_listed_once(tmp_path: Path) -> None:
    linking = {"api_name": "Projects_X_Products", "generated_type": "linking"}
    fields = [{"api_name": "Products_Used", "data_type": "lookup", "lookup": {}}]
    path = write_file(tmp_path, {"modules": [linking], "fields": {linking["api_name"]: fields}})

    modules = Api("v8", data="demo", metadata=path).get("settings/modules").json["modules"]

    assert [row["api_name"] for row in modules].count("Projects_X_Products") == 1
