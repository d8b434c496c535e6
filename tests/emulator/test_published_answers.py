"""Answers of Zoho's that people published; docs/reference/emulator-facts.md has the sources."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from .api import Api
from .caller import Caller

MISSING_ID = "3652397000009999999"


def test_request_without_body_is_invalid_data(v8: Api) -> None:
    refused = v8.caller.request("POST", "/crm/v8/Leads")

    assert refused.status_code == 400
    assert (refused.json["code"], refused.json["message"]) == ("INVALID_DATA", "body")
    assert refused.json["details"] == {"expected_data_type": "jsonobject"}


def test_update_of_a_deleted_record_is_refused_as_a_whole(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="Gone")
    v8.delete(f"Leads/{lead}")

    refused = v8.put(f"Leads/{lead}", {"data": [{"City": "Bern"}]})

    assert (refused.status_code, refused.json["code"]) == (400, "INVALID_DATA")
    assert refused.json["details"] == {"resource_path_index": 1}


def test_unknown_id_in_a_body_is_refused_as_an_item(v8: Api) -> None:
    [refused] = v8.put("Leads", {"data": [{"id": MISSING_ID, "City": "Bern"}]}).json["data"]

    assert refused["code"] == "INVALID_DATA"
    assert refused["details"]["api_name"] == "id"


def test_who_id_refuses_a_lead(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="Wong")

    refused = v8.refused("Tasks", Subject="Call back", Who_Id={"id": lead})

    assert refused["code"] == "INVALID_DATA"
    assert refused["details"]["api_name"] in ("Who_Id", "id")


def test_attachments_can_be_listed_as_a_module(api: Api) -> None:
    lead = api.create("Leads", Last_Name="Wong")
    uploaded = api.upload(f"Leads/{lead}/Attachments", ("plan.txt", b"plan"))

    [row] = api.rows("Attachments", fields="File_Name,Parent_Id", per_page=1)

    assert row["id"] == uploaded.json["data"][0]["details"]["id"]
    assert (row["File_Name"], row["Parent_Id"]["id"]) == ("plan.txt", lead)


def test_modules_that_cannot_be_read_are_listed(api: Api) -> None:
    modules = {row["api_name"]: row for row in api.get("settings/modules").json["modules"]}

    assert modules["Reports"]["api_supported"] is False
    assert api.get("Reports", fields="id").json["code"] == "INVALID_MODULE"
    again = {row["api_name"]: row for row in api.get("settings/modules").json["modules"]}
    assert again["Reports"]["id"] == modules["Reports"]["id"]
    assert len({row["id"] for row in modules.values()}) == len(modules)


def test_activities_are_a_module_of_v2_only(v2: Api, v8: Api) -> None:
    def listed(api: Api) -> list[bool]:
        modules = api.get("settings/modules").json["modules"]
        return [row["api_supported"] for row in modules if row["api_name"] == "Activities"]

    assert listed(v2) == [True]
    assert listed(v8) == []


def test_global_search_returns_the_module_of_each_record(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="Quillfeather")
    contact = v8.create("Contacts", Last_Name="Quillfeather")

    found = v8.get("search", searchword="quillfeather").json["data"]

    assert {(row["$setype"], row["id"]) for row in found} == {
        ("Leads", lead),
        ("Contacts", contact),
    }
    assert v8.get("search", searchword="nowhere to be found").status_code == 204
    assert v8.get("search").json["details"] == {"param_name": "searchword"}


def test_module_names_in_lower_case_are_taken_in_v2(v2: Api, v8: Api) -> None:
    lead = v2.create("leads", Last_Name="Lower")

    assert v2.record("leads", lead)["Last_Name"] == "Lower"
    assert v2.post(f"leads/{lead}/actions/convert", {"data": [{}]}).json["data"][0]["Contacts"]
    assert v2.get("settings/fields", module="leads").status_code == 200
    assert v2.get("activities").status_code == 200
    assert v8.get("leads", fields="id").json["code"] == "INVALID_MODULE"


def test_fields_have_a_display_label_in_every_version(api: Api) -> None:
    fields = api.get("settings/fields", module="Leads").json["fields"]

    assert {field["display_label"] == field["field_label"] for field in fields} == {True}


def test_restored_record_has_a_new_modified_time(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="Back")
    before = v8.record("Leads", lead)["Modified_Time"]
    v8.delete(f"Leads/{lead}")
    v8.org.clock.advance(600)

    restored = v8.post(f"settings/recycle_bin/{lead}/actions/restore")

    assert restored.status_code == 200
    assert v8.record("Leads", lead)["Modified_Time"] > before


def test_date_header_follows_the_clock(v8: Api) -> None:
    v8.org.clock.advance(86_400 * 40)

    date = parsedate_to_datetime(v8.get("org").headers["Date"])

    assert abs((v8.org.clock.now() - date).total_seconds()) < 60


def test_records_show_their_territories(v8: Api) -> None:
    lead = v8.create("Leads", Last_Name="Wong")
    territory = v8.get("settings/territories").json["territories"][0]
    assert "Territories" not in v8.record("Leads", lead)

    body = {"data": [{"Territories": [{"id": territory["id"]}]}]}
    assert v8.post(f"Leads/{lead}/actions/assign_territories", body).status_code == 200

    territories = v8.record("Leads", lead)["Territories"]
    assert territories == [{"name": territory["name"], "id": territory["id"]}]


def test_wrong_search_criteria_return_the_reason(v8: Api) -> None:
    refused = v8.get("Leads/search", criteria="(Nothing:equals:x)")
    null = v8.get("Leads/search", criteria="(City:not_equal:null)")

    assert (refused.json["code"], refused.json["message"]) == (
        "INVALID_QUERY",
        "Invalid query formed",
    )
    assert refused.json["details"]["api_name"] == "Nothing"
    assert refused.json["details"]["reason"]
    assert null.json["code"] == "INVALID_QUERY"


def test_coql_operator_unsupported_by_a_field_is_refused(v8: Api) -> None:
    query = "select id from Leads where Email_Opt_Out > 'true'"

    refused = v8.post("coql", {"select_query": query})

    assert refused.json["message"] == "invalid operator found"
    assert set(refused.json["details"]) == {"reason", "column_name", "operator"}


def test_criteria_of_a_list_are_ignored(api: Api) -> None:
    everything = api.rows("Leads", per_page=200)

    assert api.rows("Leads", per_page=200, criteria="(City:equals:Nowhere)") == everything


@pytest.mark.parametrize("module", ["Accounts", "Deals", "Products", "Tasks"])
def test_metadata_without_a_custom_module_is_complete(tmp_path: Path, module: str) -> None:
    """An import drops Projects, and what had pointed at it."""
    file = tmp_path / "metadata.json"
    file.write_text(json.dumps({"modules": [{"api_name": "Leads"}], "fields": {}}))
    caller = Caller(data="empty", metadata=file)
    caller.connect()

    for path in ("settings/modules/" + module, f"settings/fields?module={module}"):
        answer = caller.get(f"/crm/v8/{path}")
        assert answer.status_code == 200, answer.text
        assert "Projects" not in answer.text
    assert caller.get(f"/crm/v8/settings/related_lists?module={module}").status_code == 200


def test_coql_reads_a_view_by_an_id_of_nineteen_digits(v8: Api) -> None:
    views = v8.get("settings/custom_views", module="Leads").json["custom_views"]
    view_id = next(view["id"] for view in views if view["system_name"] == "ALLVIEWS")
    assert len(view_id) == 19

    query = "select id from Leads#" + view_id + " where id is not null limit 3"  # noqa: S608
    assert len(v8.post("coql", {"select_query": query}).json["data"]) == 3


@pytest.mark.parametrize(("version", "most"), [("v6", 50), ("v7", 500), ("v8", 500)])
def test_query_takes_500_columns_from_v7_on(version: str, most: int) -> None:
    api = Api(version)

    def answer(count: int) -> dict[str, object]:
        columns = ", ".join(f"'Last_Name' as 'n{number}'" for number in range(count))
        query = f"select {columns} from Leads where id is not null limit 1"  # noqa: S608
        body: dict[str, object] = api.post("coql", {"select_query": query}).json
        return body

    assert "data" in answer(most), answer(most)
    assert answer(most + 1)["details"] == {"by": "select columns", "limit": most}
