"""The rows of a bulk write: mappings, checks, updates and subforms, in v2 and v8."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cases import check_each

from ..test_pipelines import new_pipeline
from ..test_record_locks import lock, locking
from ..test_visibility import hide
from .jobs import LEAD, BulkApi, sheet


def test_rows_are_checked_as_single_inserts_are(api: BulkApi) -> None:
    taken = api.create("Leads", Last_Name="T", Company="C", External_Reference="X-1")
    report = api.write_rows(
        "insert",
        "Leads",
        {"Last_Name": "Good", "Company": "C", "Email": "a@x.example", "Lead_Source": "Chat"},
        {"Last_Name": "", "Company": "", "Email": "none", "Lead_Source": "Chat"},
        {"Last_Name": "New pick", "Company": "C", "Email": "", "Lead_Source": "Telepathy"},
    )
    assert [row["STATUS"] for row in report] == ["ADDED", "SKIPPED", "ADDED"]
    assert api.stored(report[0]["RECORD_ID"])["Email"] == "a@x.example"
    assert set(report[1]["ERRORS"].split(":")) == {
        "MANDATORY_NOT_FOUND-Last_Name",
        "INVALID_DATA-Email",
    }
    assert report[1]["RECORD_ID"] == ""
    [twice] = api.write_rows("insert", "Leads", {**LEAD, "External_Reference": "x-1"})
    assert twice["ERRORS"] == "DUPLICATE_DATA-External_Reference"
    assert api.stored(taken)["Last_Name"] == "T"


@pytest.mark.parametrize(
    ("module", "row", "error"),
    [
        (
            "Deals",
            {"Deal_Name": "A", "Stage": "Qualification", "Probability": "101"},
            "INVALID_DATA-Probability",
        ),
        (
            "Events",
            {
                "Event_Title": "A",
                "Start_DateTime": "05/01/2030 11:00:00",
                "End_DateTime": "05/01/2030 10:00:00",
            },
            "INVALID_DATA-End_DateTime",
        ),
    ],
)
def test_rows_whose_values_do_not_fit_each_other_are_skipped(
    v8: BulkApi, module: str, row: dict[str, str], error: str
) -> None:
    [skipped] = v8.write_rows("insert", module, row)

    assert (skipped["STATUS"], skipped["ERRORS"]) == ("SKIPPED", error)


def test_rows_of_deals_with_a_stage_of_another_pipeline_are_skipped(v8: BulkApi) -> None:
    new_pipeline(v8, "Qualification", "Closed Won")
    row = {"Deal_Name": "A", "Stage": "Needs Analysis", "Pipeline": "Renewals"}

    [skipped] = v8.write_rows("insert", "Deals", row)

    assert (skipped["STATUS"], skipped["ERRORS"]) == ("SKIPPED", "MAPPING_MISMATCH-Stage")


def test_csv_text_is_parsed_by_field_types(api: BulkApi) -> None:
    account = api.create("Accounts", Account_Name="Bulk account")
    user = api.org.users[list(api.org.users)[1]]
    [row] = api.write_rows(
        "insert",
        "Projects",
        {
            "Name": "Rollout",
            "Account.Account_Name": "Bulk account",
            "Owner.email": user.email,
            "Technologies": "Python;Go",
            "Start_Date": "12/31/2030",
            "Kick_Off": "12/31/2030 10:00:00",
            "Budget": "1000.5",
            "Team_Size": "7",
            "Billable": "FALSE",
        },
    )
    assert row["ERRORS"] == ""
    stored = api.stored(row["RECORD_ID"])
    assert stored["Account"] == account
    assert stored["Owner"] == user.id
    assert stored["Technologies"] == ["Python", "Go"]
    assert stored["Start_Date"] == "2030-12-31"
    assert stored["Kick_Off"] == "2030-12-31T09:00:00+00:00"
    assert (stored["Budget"], stored["Team_Size"], stored["Billable"]) == (1000.5, 7, False)


@check_each(
    ("field", "text"),
    [
        ("Start_Date", "2030-12-31"),
        ("Start_Date", "31/12/2030"),
        ("Kick_Off", "2030-12-31T10:00:00+01:00"),
        ("Budget", "much"),
        ("Team_Size", "7.5"),
        ("Billable", "maybe"),
        ("Account.id", "123"),
        ("Account.Account_Name", "Nobody"),
        ("Owner.id", "123"),
        ("Owner.email", "nobody@x.example"),
    ],
)
def test_csv_text_of_another_type_fails(v8: BulkApi, field: str, text: str) -> None:
    [row] = v8.write_rows("insert", "Projects", {"Name": "P", field: text})
    assert (row["STATUS"], row["ERRORS"]) == ("SKIPPED", f"INVALID_DATA-{field.split('.')[0]}")


@pytest.mark.parametrize(
    ("pattern", "text", "stored"),
    [
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "2030-12-31T10:00:00+05:00", "2030-12-31T05:00:00+00:00"),
        ("dd.MM.yyyy HH:mm", "31.12.2030 10:00", "2030-12-31T09:00:00+00:00"),
        ("d MMM yy hh:mm a", "1 Jul 30 01:30 PM", "2030-07-01T11:30:00+00:00"),
    ],
)
def test_csv_datetimes_follow_their_format(
    v8: BulkApi, pattern: str, text: str, stored: str
) -> None:
    file_id = v8.file_id(p=sheet({"a": "P", "b": text}))
    mappings = [
        {"api_name": "Name", "index": 0},
        {"api_name": "Kick_Off", "index": 1, "format": pattern},
    ]
    job = v8.finished_write("insert", v8.resource("Projects", file_id, field_mappings=mappings))
    [row] = v8.report(job)
    assert v8.stored(row["RECORD_ID"])["Kick_Off"] == stored


def test_default_values_fill_empty_cells_and_missing_columns(api: BulkApi) -> None:
    file_id = api.file_id(l=sheet({"n": "A", "c": "Own"}, {"n": "B", "c": ""}))
    mappings = [
        {"api_name": "Last_Name", "index": 0},
        {"api_name": "Company", "index": 1, "default_value": {"value": "Default"}},
        {"api_name": "City", "default_value": {"value": "Berlin"}},
    ]
    job = api.finished_write("insert", api.resource("Leads", file_id, field_mappings=mappings))
    records = [api.stored(row["RECORD_ID"]) for row in api.report(job)]
    assert [record["Company"] for record in records] == ["Own", "Default"]
    assert [record["City"] for record in records] == ["Berlin", "Berlin"]


def test_csv_lookups_are_found_by_their_mapping(v8: BulkApi) -> None:
    account = v8.create("Accounts", Account_Name="Bulk account")
    file_id = v8.file_id(c=sheet({"n": "A", "by_id": account, "by_name": "Bulk account"}))
    for index, find_by in ((1, "id"), (2, "Account_Name"), (1, None)):
        mapping: dict[str, Any] = {"api_name": "Account_Name", "index": index}
        if find_by:
            mapping["find_by"] = find_by
        mappings = [{"api_name": "Last_Name", "index": 0}, mapping]
        job = v8.finished_write("insert", v8.resource("Contacts", file_id, field_mappings=mappings))
        [row] = v8.report(job)
        assert v8.stored(row["RECORD_ID"])["Account_Name"] == account


def test_insert_with_find_by_skips_existing_records(api: BulkApi) -> None:
    api.create("Leads", Last_Name="T", Company="C", Email="t@x.example")
    report = api.write_rows(
        "insert",
        "Leads",
        {**LEAD, "Email": "T@x.example"},
        {**LEAD, "Email": "new@x.example"},
        {**LEAD, "Email": "new@x.example"},
        find_by="Email",
    )
    assert [(row["STATUS"], row["ERRORS"]) for row in report] == [
        ("SKIPPED", "DUPLICATE_DATA-Email"),
        ("ADDED", ""),
        ("SKIPPED", "DUPLICATE_DATA-Email"),
    ]


def test_update_by_id_changes_the_record(api: BulkApi) -> None:
    lead = api.create("Leads", Last_Name="T", Company="C", City="Bonn")
    report = api.write_rows(
        "update",
        "Leads",
        {"id": lead, "City": "Köln"},
        {"id": "3652397000009999999", "City": "Köln"},
        {"id": "x1", "City": "Köln"},
        {"id": "", "City": "Köln"},
        find_by="id",
    )
    assert [(row["STATUS"], row["ERRORS"]) for row in report] == [
        ("UPDATED", ""),
        ("SKIPPED", "RESOURCE_NOT_FOUND-id"),
        ("SKIPPED", "INVALID_DATA-id"),
        ("SKIPPED", "MANDATORY_NOT_FOUND-id"),
    ]
    assert (report[0]["id"], report[0]["RECORD_ID"]) == (lead, lead)
    changed = api.stored(lead)
    assert (changed["City"], changed["Last_Name"]) == ("Köln", "T")


def test_converted_leads_cannot_be_updated(v8: BulkApi) -> None:
    lead = v8.create("Leads", Last_Name="T", Company="C")
    assert v8.post(f"Leads/{lead}/actions/convert", {"data": [{}]}).status_code == 200
    [row] = v8.write_rows("update", "Leads", {"id": lead, "City": "X"}, find_by="id")
    assert row["ERRORS"] == "CANNOT_PROCESS-id"


def test_hidden_records_are_unknown_to_updates(v8: BulkApi) -> None:
    lead = v8.create("Leads", **LEAD)
    hide(v8, lead)

    [row] = v8.write_rows("update", "Leads", {"id": lead, "City": "Bern"}, find_by="id")

    assert (row["STATUS"], row["ERRORS"]) == ("SKIPPED", "RESOURCE_NOT_FOUND-id")


def test_locked_records_cannot_be_updated(v8: BulkApi) -> None:
    lead = v8.create("Leads", **LEAD)
    locking(v8)
    lock(v8, lead)

    [row] = v8.write_rows("update", "Leads", {"id": lead, "City": "Bern"}, find_by="id")

    assert (row["STATUS"], row["ERRORS"]) == ("SKIPPED", "RECORD_LOCKED-id")


@pytest.mark.parametrize("at_the_top", [True, False])
def test_empty_cells_clear_unless_they_are_ignored(api: BulkApi, at_the_top: bool) -> None:
    for ignore, expected in ((True, "Bonn"), (False, None)):
        lead = api.create("Leads", Last_Name="T", Company="C", City="Bonn")
        file_id = api.file_id(l=sheet({"id": lead, "City": "", "Country": "DE"}))
        inside = {} if at_the_top else {"ignore_empty": ignore}
        outside = {"ignore_empty": ignore} if at_the_top else {}
        resource = api.resource("Leads", file_id, find_by="id", **inside)
        job = api.finished_write("update", resource, **outside)
        assert job["resource"][0]["ignore_empty"] is ignore
        assert api.stored(lead)["City"] == expected
    [row] = api.write_rows("update", "Leads", {"id": lead, "Last_Name": ""}, find_by="id")
    assert row["ERRORS"] == "MANDATORY_NOT_FOUND-Last_Name"


def test_upsert_inserts_and_updates(api: BulkApi) -> None:
    old = api.create("Leads", Last_Name="T", Company="C", Email="t@x.example")
    report = api.write_rows(
        "upsert",
        "Leads",
        {"Last_Name": "New name", "Company": "C", "Email": "t@x.example"},
        {"Last_Name": "New lead", "Company": "C", "Email": "new@x.example"},
        find_by="Email",
    )
    assert [row["STATUS"] for row in report] == ["UPDATED", "ADDED"]
    assert report[0]["RECORD_ID"] == old
    assert api.stored(old)["Last_Name"] == "New name"


def test_parent_and_its_children_in_one_job(v8: BulkApi) -> None:
    file_id = v8.file_id(
        projects=sheet({"key": "p1", "Name": "One"}, {"key": "p2", "Name": "Two"}),
        milestones=sheet(
            {"project": "p2", "Title": "Start"},
            {"project": "p1", "Title": "End"},
            {"project": "p2", "Title": "Middle"},
            {"project": "p9", "Title": "Lost"},
        ),
    )
    parents = v8.resource(
        "Projects",
        file_id,
        file_names=["projects.csv"],
        field_mappings=[{"api_name": "Name", "index": 1}],
    )
    children = v8.resource(
        "Milestones",
        file_id,
        file_names=["milestones.csv"],
        field_mappings=[
            {"api_name": "Parent_Id", "index": 0, "parent_column_index": 0},
            {"api_name": "Title", "index": 1},
        ],
    )
    reports = v8.reports(v8.finished_write("insert", parents, children))
    projects = reports["Projects-projects.csv"]
    milestones = reports["Milestones-milestones.csv"]
    assert [row["STATUS"] for row in milestones] == ["ADDED", "ADDED", "ADDED", "SKIPPED"]
    assert milestones[3]["ERRORS"] == "RESOURCE_NOT_FOUND-Parent_Id"
    two = v8.record("Projects", projects[1]["RECORD_ID"])
    assert [row["Title"] for row in two["Milestones"]] == ["Start", "Middle"]
    assert [row["id"] for row in two["Milestones"]] == [
        milestones[0]["RECORD_ID"],
        milestones[2]["RECORD_ID"],
    ]


def test_children_of_a_parent_column_that_does_not_exist_are_skipped(v8: BulkApi) -> None:
    file_id = v8.file_id(projects=sheet({"Name": "One"}), milestones=sheet({"key": "One"}))
    parents = v8.resource("Projects", file_id, file_names=["projects.csv"])
    mappings = [
        {"api_name": "Parent_Id", "index": 0, "parent_column_index": 7},
        {"api_name": "Title", "index": 0},
    ]
    children = v8.resource(
        "Milestones", file_id, file_names=["milestones.csv"], field_mappings=mappings
    )

    reports = v8.reports(v8.finished_write("insert", parents, children))

    assert reports["Projects-projects.csv"][0]["STATUS"] == "ADDED"
    [child] = reports["Milestones-milestones.csv"]
    assert (child["STATUS"], child["ERRORS"]) == ("SKIPPED", "RESOURCE_NOT_FOUND-Parent_Id")


def test_rows_of_subforms_join_a_parent_by_id_and_are_updated(api: BulkApi) -> None:
    project = api.create("Projects", Name="One", Milestones=[{"Title": "First"}])
    [added] = api.write_rows("insert", "Milestones", {"Parent_Id.id": project, "Title": "Second"})
    assert added["STATUS"] == "ADDED"
    [changed] = api.write_rows(
        "update", "Milestones", {"id": added["RECORD_ID"], "Title": "Last"}, find_by="id"
    )
    assert changed["STATUS"] == "UPDATED"
    titles = [row["Title"] for row in api.record("Projects", project)["Milestones"]]
    assert titles == ["First", "Last"]


def test_parent_needs_no_rows_of_its_mandatory_subform(api: BulkApi) -> None:
    [row] = api.write_rows("insert", "Quotes", {"Subject": "Bulk quote"})
    assert row["STATUS"] == "ADDED"
