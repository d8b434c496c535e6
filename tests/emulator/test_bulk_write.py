"""Bulk write: uploads, mappings, what becomes of rows, reports and callbacks, in v2 and v8."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from django_zcrm.emulator.clock import Clock

from .bulk import BulkApi, sheet, unzipped, zipped
from .caller import ALL_SCOPES
from .receiver import Receiver

LEAD = {"Last_Name": "Able", "Company": "Acme"}


@pytest.fixture(params=["v2", "v8"])
def api(request: pytest.FixtureRequest) -> BulkApi:
    return BulkApi(request.param)


@pytest.fixture
def v8() -> BulkApi:
    return BulkApi("v8")


def record(api: BulkApi, record_id: str) -> dict[str, Any]:
    found = api.org.records.get(record_id)
    assert found is not None
    return found


def test_an_upload_answers_a_file_id(api: BulkApi) -> None:
    answer = api.upload_zip(zipped(leads=sheet(LEAD)))
    assert answer.status_code == 200
    assert answer.json["status"] == "success"
    assert answer.json["code"] == "FILE_UPLOAD_SUCCESS"
    assert answer.json["message"] == "file uploaded."
    assert answer.json["details"]["file_id"].isdigit()
    assert datetime.fromisoformat(answer.json["details"]["created_time"]).tzinfo


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"feature": ""}, "MANDATORY_NOT_FOUND"),
        ({"feature": "bulk-read"}, "NOT_SUPPORTED_FEATURE"),
        ({"X-CRM-ORG": ""}, "MANDATORY_NOT_FOUND"),
        ({"X-CRM-ORG": "1"}, "AUTHORIZATION_FAILED"),
    ],
)
def test_an_upload_needs_its_headers(v8: BulkApi, headers: dict[str, str], code: str) -> None:
    answer = v8.upload_zip(zipped(leads=sheet(LEAD)), **headers)
    assert (answer.status_code, answer.json["code"]) == (400, code)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"Last_Name,Company\nAble,Acme\n", 400, "INVALID_FILE_FORMAT"),
        (b"PK\3\4 broken", 400, "INVALID_FILE_FORMAT"),
        (zipped(), 400, "INVALID_FILE_FORMAT"),
        (b"\0" * (25 * 1024 * 1024 + 1), 413, "FILE_TOO_LARGE"),
    ],
)
def test_refused_zips(v8: BulkApi, content: bytes, status: int, code: str) -> None:
    answer = v8.upload_zip(content)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_an_upload_needs_a_scope_and_a_file(v8: BulkApi) -> None:
    headers = {"feature": "bulk-write", "X-CRM-ORG": v8.org.info["zgid"]}
    answer = v8.caller.request("POST", "/crm/v8/upload", data={"x": "y"}, headers=headers)
    assert answer.json["code"] == "MANDATORY_NOT_FOUND"
    v8.caller.connect(ALL_SCOPES)
    assert v8.upload_zip(zipped(leads=sheet(LEAD))).json["code"] == "OAUTH_SCOPE_MISMATCH"


def test_a_job_goes_from_added_to_completed(api: BulkApi) -> None:
    file_id = api.file_id(leads=sheet(LEAD))
    mappings = [{"api_name": "Last_Name", "index": 0}, {"api_name": "Company", "index": 1}]
    resource = api.resource("Leads", file_id, file_names=["leads.csv"], field_mappings=mappings)
    before = len(api.org.records.table("Leads"))
    answer = api.ask_write("insert", resource)
    assert answer.status_code == 201
    assert (answer.json["status"], answer.json["code"]) == ("success", "SUCCESS")
    job_id = answer.json["details"]["id"]
    assert answer.json["details"]["created_by"]["name"] == "Mara Lindqvist"

    first = api.look("write", job_id)
    assert first["status"] == first["resource"][0]["status"] == "INPROGRESS"
    assert "result" not in first
    assert len(api.org.records.table("Leads")) == before

    second = api.look("write", job_id)
    assert second["status"] == "COMPLETED"
    assert (second["operation"], second["character_encoding"]) == ("insert", "UTF-8")
    [told] = second["resource"]
    module = api.org.metadata.modules["Leads"]
    assert told["module"] == ("Leads" if api.is_v2 else {"api_name": "Leads", "id": module.id})
    assert told["field_mappings"] == mappings
    assert told["file"] == {
        "status": "COMPLETED",
        "name": "leads.csv",
        "added_count": 1,
        "skipped_count": 0,
        "updated_count": 0,
        "total_count": 1,
    }
    zgid = api.org.info["zgid"]
    path = f"/v2/crm/org{zgid}/bulk-write/{job_id}/{job_id}.zip"
    assert second["result"] == {"download_url": path}
    download = api.caller.get(path)
    assert download.content_type == "application/zip"
    [(name, text)] = unzipped(download.data).items()
    assert name == "Leads-leads.csv"
    new = max(api.org.records.table("Leads").rows)
    assert text == f"Last_Name,Company,STATUS,RECORD_ID,ERRORS\nAble,Acme,ADDED,{new},\n"
    wrong = api.caller.get(path.replace(zgid, "1"))
    assert (wrong.status_code, wrong.json["code"]) == (404, "RESOURCE_NOT_FOUND")


def test_rows_are_checked_as_single_inserts_are(api: BulkApi) -> None:
    taken = api.create("Leads", Last_Name="T", Company="C", External_Reference="X-1")
    report = api.write_rows(
        "insert",
        "Leads",
        {"Last_Name": "Good", "Company": "C", "Email": "a@x.example", "Lead_Source": "Chat"},
        {"Last_Name": "", "Company": "", "Email": "none", "Lead_Source": "Chat"},
        {"Last_Name": "Bad pick", "Company": "C", "Email": "", "Lead_Source": "Telepathy"},
    )
    assert [row["STATUS"] for row in report] == ["ADDED", "SKIPPED", "SKIPPED"]
    assert record(api, report[0]["RECORD_ID"])["Email"] == "a@x.example"
    assert set(report[1]["ERRORS"].split(":")) == {
        "MANDATORY_NOT_FOUND-Last_Name",
        "INVALID_DATA-Email",
    }
    assert report[2]["ERRORS"] == "INVALID_DATA-Lead_Source"
    assert report[1]["RECORD_ID"] == report[2]["RECORD_ID"] == ""
    [twice] = api.write_rows("insert", "Leads", {**LEAD, "External_Reference": "x-1"})
    assert twice["ERRORS"] == "DUPLICATE_DATA-External_Reference"
    assert record(api, taken)["Last_Name"] == "T"


def test_text_is_read_by_the_types_of_fields(api: BulkApi) -> None:
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
    found = record(api, row["RECORD_ID"])
    assert found["Account"] == account
    assert found["Owner"] == user.id
    assert found["Technologies"] == ["Python", "Go"]
    assert found["Start_Date"] == "2030-12-31"
    assert found["Kick_Off"] == "2030-12-31T09:00:00+00:00"
    assert (found["Budget"], found["Team_Size"], found["Billable"]) == (1000.5, 7, False)


@pytest.mark.parametrize(
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
        ("Technologies", "Python;Cobol"),
    ],
)
def test_text_that_does_not_fit_is_refused(v8: BulkApi, field: str, text: str) -> None:
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
def test_formats_of_datetimes(v8: BulkApi, pattern: str, text: str, stored: str) -> None:
    file_id = v8.file_id(p=sheet({"a": "P", "b": text}))
    mappings = [
        {"api_name": "Name", "index": 0},
        {"api_name": "Kick_Off", "index": 1, "format": pattern},
    ]
    job = v8.finished_write("insert", v8.resource("Projects", file_id, field_mappings=mappings))
    [row] = v8.report(job)
    assert record(v8, row["RECORD_ID"])["Kick_Off"] == stored


def test_default_values_fill_empty_cells_and_missing_columns(api: BulkApi) -> None:
    file_id = api.file_id(l=sheet({"n": "A", "c": "Own"}, {"n": "B", "c": ""}))
    mappings = [
        {"api_name": "Last_Name", "index": 0},
        {"api_name": "Company", "index": 1, "default_value": {"value": "Default"}},
        {"api_name": "City", "default_value": {"value": "Berlin"}},
    ]
    job = api.finished_write("insert", api.resource("Leads", file_id, field_mappings=mappings))
    records = [record(api, row["RECORD_ID"]) for row in api.report(job)]
    assert [found["Company"] for found in records] == ["Own", "Default"]
    assert [found["City"] for found in records] == ["Berlin", "Berlin"]


def test_lookups_are_found_as_the_mapping_says(v8: BulkApi) -> None:
    account = v8.create("Accounts", Account_Name="Bulk account")
    file_id = v8.file_id(c=sheet({"n": "A", "by_id": account, "by_name": "Bulk account"}))
    for index, find_by in ((1, "id"), (2, "Account_Name"), (1, None)):
        mapping: dict[str, Any] = {"api_name": "Account_Name", "index": index}
        if find_by:
            mapping["find_by"] = find_by
        mappings = [{"api_name": "Last_Name", "index": 0}, mapping]
        job = v8.finished_write("insert", v8.resource("Contacts", file_id, field_mappings=mappings))
        [row] = v8.report(job)
        assert record(v8, row["RECORD_ID"])["Account_Name"] == account


def test_insert_with_find_by_skips_what_is_there(api: BulkApi) -> None:
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


def test_update_by_id(api: BulkApi) -> None:
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
    changed = record(api, lead)
    assert (changed["City"], changed["Last_Name"]) == ("Köln", "T")


def test_converted_leads_cannot_be_updated(v8: BulkApi) -> None:
    lead = v8.create("Leads", Last_Name="T", Company="C")
    assert v8.post(f"Leads/{lead}/actions/convert", {"data": [{}]}).status_code == 200
    [row] = v8.write_rows("update", "Leads", {"id": lead, "City": "X"}, find_by="id")
    assert row["ERRORS"] == "CANNOT_PROCESS-id"


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
        assert record(api, lead)["City"] == expected
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
    assert record(api, old)["Last_Name"] == "New name"


def test_a_parent_and_its_children_in_one_job(v8: BulkApi) -> None:
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


def test_a_parent_needs_no_rows_of_its_mandatory_subform(api: BulkApi) -> None:
    [row] = api.write_rows("insert", "Quotes", {"Subject": "Bulk quote"})
    assert row["STATUS"] == "ADDED"


@pytest.mark.parametrize("delimiter", [",", ";", ":", "|"])
def test_delimiters(v8: BulkApi, delimiter: str) -> None:
    file_id = v8.file_id(l=sheet(LEAD, delimiter=delimiter))
    [row] = v8.report(v8.finished_write("insert", v8.resource("Leads", file_id)))
    assert row["STATUS"] == "ADDED"


@pytest.mark.parametrize("encoding", [None, "UTF-8", "UTF-16", "ISO-8859-1"])
def test_encodings(v8: BulkApi, encoding: str | None) -> None:
    text = sheet({"Last_Name": "Müller", "Company": "Größe"})
    content = b"\xef\xbb\xbf" + text.encode() if encoding is None else text.encode(encoding)
    more = {} if encoding is None else {"character_encoding": encoding}
    resource = v8.resource("Leads", v8.file_id(l=content))
    job = v8.finished_write("insert", resource, **more)
    [row] = v8.report(job)
    assert record(v8, row["RECORD_ID"])["Last_Name"] == "Müller"
    assert job["character_encoding"] == (encoding or "UTF-8")


@pytest.mark.parametrize(
    ("content", "mappings", "code"),
    [
        ("Last_Name,Company,Nothing\nA,B,C\n", None, "INVALID_FIELD"),
        ("Company\nA\n", None, "MANDATORY_FIELDS_NOT_MAPPED"),
        ("\n", None, "FILE_NOT_SUPPORTED"),
        (b"Last_Name,Company\n\xff\xff,A\n", None, "INVALID_FORMAT"),
        (",".join(["Last_Name"] * 201) + "\n", None, "HEADER_LIMIT_EXCEEDED"),
        ("a,b\nA,B\n", [("Last_Name", 0, None), ("Company", 2, None)], "COLUMN_INDEX_NOT_FOUND"),
        (
            "a,b,c\nA,B,C\n",
            [("Last_Name", 0, None), ("Company", 1, None), ("Follow_Up_Date", 2, "QQ")],
            "INVALID_FORMAT",
        ),
    ],
)
def test_files_that_cannot_be_worked_on(
    v8: BulkApi, content: str | bytes, mappings: list[tuple[str, int, str | None]] | None, code: str
) -> None:
    more: dict[str, Any] = {}
    if mappings:
        more["field_mappings"] = [
            {"api_name": name, "index": index, "format": pattern}
            for name, index, pattern in mappings
        ]
    job = v8.finished_write("insert", v8.resource("Leads", v8.file_id(l=content), **more))
    assert job["status"] == "FAILED"
    assert (job["resource"][0]["status"], job["resource"][0]["code"]) == ("SKIPPED", code)
    assert "result" not in job


def test_what_is_missing_in_the_body_is_named(api: BulkApi) -> None:
    file_id = api.file_id(l=sheet(LEAD))
    good = api.resource("Leads", file_id)
    for resource, path in (
        ({**good, "type": None}, "$.resource[0].type"),
        ({**good, "module": None}, "$.resource[0].module"),
        ({**good, "file_id": None}, "$.resource[0].file_id"),
        ({**good, "field_mappings": [{"index": 0}]}, "$.resource[0].field_mappings[0].api_name"),
        (
            {**good, "field_mappings": [{"api_name": "City"}]},
            "$.resource[0].field_mappings[0].index",
        ),
    ):
        answer = api.ask_write("insert", resource)
        assert (answer.status_code, answer.json["code"]) == (400, "MISSING_REQUIRED_KEY")
        assert answer.json["details"] == {"json_path": path}
    answer = api.ask_write("", good)
    assert answer.json["details"] == {"json_path": "$.operation"}


@pytest.mark.parametrize(
    ("operation", "changes", "code"),
    [
        ("replace", {}, "INVALID_DATA"),
        ("insert", {"type": "file"}, "INVALID_DATA"),
        ("insert", {"module": {"api_name": "Nothing"}}, "MODULE_NOT_AVAILABLE"),
        ("insert", {"module": "Leads"}, "REQUEST_BODY_NOT_SUPPORTED"),
        ("insert", {"file_id": "1"}, "FILE_NOT_FOUND"),
        ("insert", {"file_names": ["other.csv"]}, "FILE_NOT_FOUND"),
        ("insert", {"file_names": []}, "FILE_NOT_SUPPORTED"),
        ("update", {}, "MANDATORY_NOT_FOUND"),
        ("upsert", {}, "MANDATORY_NOT_FOUND"),
        ("update", {"find_by": "City"}, "INVALID_DATA"),
        ("insert", {"ignore_empty": "yes"}, "INVALID_DATA"),
        ("insert", {"field_mappings": "all"}, "INVALID_DATA"),
        (
            "insert",
            {"field_mappings": [{"api_name": "Company", "index": 0}]},
            "MANDATORY_FIELDS_NOT_MAPPED",
        ),
        (
            "insert",
            {"field_mappings": [{"api_name": "Last_Name", "index": -1}]},
            "INVALID_DATA",
        ),
        (
            "insert",
            {
                "field_mappings": [
                    {"api_name": "X", "index": 0, "find_by": "id", "parent_column_index": 0}
                ]
            },
            "COEXISTENCE_NOT_ALLOWED",
        ),
    ],
)
def test_refused_jobs(v8: BulkApi, operation: str, changes: dict[str, Any], code: str) -> None:
    resource = {**v8.resource("Leads", v8.file_id(l=sheet(LEAD))), **changes}
    answer = v8.ask_write(operation, resource)
    assert (answer.status_code, answer.json["code"]) == (400, code)


def test_unknown_encodings_and_callbacks_are_refused(v8: BulkApi) -> None:
    resource = v8.resource("Leads", v8.file_id(l=sheet(LEAD)))
    answer = v8.ask_write("insert", resource, character_encoding="klingon")
    assert answer.json["details"]["api_name"] == "character_encoding"
    answer = v8.ask_write("insert", resource, callback={"url": "x", "method": "post"})
    assert answer.json["code"] == "INVALID_CALLBACK_URL"


def test_a_callback_brings_the_status(api: BulkApi, receiver: Receiver) -> None:
    callback = {"url": receiver.url, "method": "post"}
    resource = api.resource("Leads", api.file_id(l=sheet(LEAD)))
    job_id = api.ask_write("insert", resource, callback=callback).json["details"]["id"]
    api.caller.emulator.world.callbacks.wait()
    [body] = receiver.bodies
    assert body == api.look("write", job_id)
    assert body["status"] == "COMPLETED"
    assert body["callback"] == callback


def test_a_reset_ends_jobs_that_wait_for_their_time(v8: BulkApi, receiver: Receiver) -> None:
    v8.org.bulk.seconds = 0.05
    callback = {"url": receiver.url, "method": "post"}
    v8.ask_write("insert", v8.resource("Leads", v8.file_id(l=sheet(LEAD))), callback=callback)
    v8.caller.emulator.reset()
    assert not receiver.arrived.wait(0.2)


def test_25000_rows_and_not_one_more(v8: BulkApi) -> None:
    before = len(v8.org.records.table("Leads"))
    report = v8.write_rows("insert", "Leads", *({**LEAD, "Last_Name": n} for n in range(25_001)))
    assert len(v8.org.records.table("Leads")) == before + 25_000
    assert len({row["RECORD_ID"] for row in report[:25_000]}) == 25_000
    assert report[-1]["STATUS"] == "UNPROCESSED"
    assert report[-1]["ERRORS"] == "LIMIT_EXCEEDED"


def test_scopes_and_credits(v8: BulkApi) -> None:
    file_id = v8.file_id(l=sheet(LEAD))
    v8.caller.connect("ZohoCRM.bulk.READ,ZohoCRM.modules.ALL")
    answer = v8.ask_write("insert", v8.resource("Leads", file_id))
    assert answer.json["code"] == "OAUTH_SCOPE_MISMATCH"

    limited = BulkApi("v8", limit_credits=1000)
    resource = limited.resource("Leads", limited.file_id(l=sheet(LEAD)))
    assert limited.ask_write("insert", resource).headers["X-API-CREDITS-REMAINING"] == "499"
    assert limited.ask_write("insert", resource).status_code == 429


def test_bulk_changes_notify(v8: BulkApi, receiver: Receiver) -> None:
    watch = {"channel_id": "1", "events": ["Leads.create"], "notify_url": receiver.url}
    v8.post("actions/watch", {"watch": [watch]})
    report = v8.write_rows("insert", "Leads", LEAD, LEAD)
    v8.caller.emulator.world.callbacks.wait()
    assert [body["ids"] for body in receiver.bodies] == [[row["RECORD_ID"] for row in report]]


def test_results_are_kept_for_a_day() -> None:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    api = BulkApi("v8", clock=clock)
    job = api.finished_write("insert", api.resource("Leads", api.file_id(l=sheet(LEAD))))
    clock.advance(24 * 3600 + 1)
    api.caller.connect(f"{ALL_SCOPES},ZohoFiles.files.ALL")
    assert api.caller.get(job["result"]["download_url"]).status_code == 404
