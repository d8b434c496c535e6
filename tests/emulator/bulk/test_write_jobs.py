"""Bulk write jobs: their states, refusals, callbacks, scopes and costs, in v2 and v8."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from django_zcrm.emulator.state.clock import Clock
from tests.cases import check_each

from ..caller import ALL_SCOPES
from ..receiver import Receiver
from .jobs import LEAD, BulkApi, sheet, unzip_files


def test_job_goes_from_added_to_completed(api: BulkApi) -> None:
    file_id = api.file_id(leads=sheet(LEAD))
    mappings = [{"api_name": "Last_Name", "index": 0}, {"api_name": "Company", "index": 1}]
    resource = api.resource("Leads", file_id, file_names=["leads.csv"], field_mappings=mappings)
    before = len(api.org.records.table("Leads"))
    answer = api.ask_write("insert", resource)
    assert answer.status_code == 201
    assert (answer.json["status"], answer.json["code"]) == ("success", "SUCCESS")
    job_id = answer.json["details"]["id"]
    assert answer.json["details"]["created_by"]["name"] == "Mara Lindqvist"

    first = api.poll("write", job_id)
    assert first["status"] == first["resource"][0]["status"] == "INPROGRESS"
    assert "result" not in first
    assert len(api.org.records.table("Leads")) == before

    second = api.poll("write", job_id)
    assert second["status"] == "COMPLETED"
    assert (second["operation"], second["character_encoding"]) == ("insert", "UTF-8")
    [completed] = second["resource"]
    module = api.org.metadata.modules["Leads"]
    assert completed["module"] == ("Leads" if api.is_v2 else {"api_name": "Leads", "id": module.id})
    assert completed["field_mappings"] == mappings
    assert completed["file"] == {
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
    [(name, text)] = unzip_files(download.data).items()
    assert name == "Leads-leads.csv"
    new = max(api.org.records.table("Leads").rows)
    head, row = text.splitlines()
    assert (head, row) == ("Last_Name,Company,STATUS,RECORD_ID,ERRORS", f"Able,Acme,ADDED,{new},")
    wrong = api.caller.get(path.replace(zgid, "1"))
    assert (wrong.status_code, wrong.json["code"]) == (404, "RESOURCE_NOT_FOUND")


def test_missing_keys_of_a_body_are_named(api: BulkApi) -> None:
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


@check_each(
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
            {"field_mappings": [{"api_name": "ast_Name", "index": 0}]},
            "INVALID_FIELD",
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
def test_invalid_write_job_is_refused(
    v8: BulkApi, operation: str, changes: dict[str, Any], code: str
) -> None:
    resource = {**v8.resource("Leads", v8.file_id(l=sheet(LEAD))), **changes}
    answer = v8.ask_write(operation, resource)
    assert (answer.status_code, answer.json["code"]) == (400, code)


def test_unknown_encodings_and_callbacks_are_refused(v8: BulkApi) -> None:
    resource = v8.resource("Leads", v8.file_id(l=sheet(LEAD)))
    for encoding in ("klingon", "undefined", "a\0b"):
        answer = v8.ask_write("insert", resource, character_encoding=encoding)
        assert answer.status_code == 400
        assert answer.json["details"]["api_name"] == "character_encoding"
    answer = v8.ask_write("insert", resource, callback={"url": "x", "method": "post"})
    assert answer.json["code"] == "INVALID_CALLBACK_URL"


def test_callback_has_the_status(api: BulkApi, receiver: Receiver) -> None:
    callback = {"url": receiver.url, "method": "post"}
    resource = api.resource("Leads", api.file_id(l=sheet(LEAD)))
    job_id = api.ask_write("insert", resource, callback=callback).json["details"]["id"]
    api.caller.emulator.zoho.callbacks.wait()
    [body] = receiver.bodies
    assert body == api.poll("write", job_id)
    assert body["status"] == "COMPLETED"
    assert body["callback"] == callback


@pytest.mark.slow
def test_reset_ends_waiting_jobs(v8: BulkApi, receiver: Receiver) -> None:
    v8.org.bulk.seconds = 1
    callback = {"url": receiver.url, "method": "post"}
    v8.ask_write("insert", v8.resource("Leads", v8.file_id(l=sheet(LEAD))), callback=callback)
    v8.caller.emulator.reset()
    assert not receiver.arrived.wait(1.2)


def test_write_job_needs_its_scope_and_costs_credits(v8: BulkApi) -> None:
    file_id = v8.file_id(l=sheet(LEAD))
    v8.caller.connect("ZohoCRM.bulk.READ,ZohoCRM.modules.ALL")
    answer = v8.ask_write("insert", v8.resource("Leads", file_id))
    assert answer.json["code"] == "OAUTH_SCOPE_MISMATCH"

    limited = BulkApi("v8", limit_credits=1000)
    resource = limited.resource("Leads", limited.file_id(l=sheet(LEAD)))
    assert limited.ask_write("insert", resource).headers["X-API-CREDITS-REMAINING"] == "499"
    assert limited.ask_write("insert", resource).status_code == 429


def test_bulk_write_notifies_channels(v8: BulkApi, receiver: Receiver) -> None:
    watch = {"channel_id": "1", "events": ["Leads.create"], "notify_url": receiver.url}
    v8.post("actions/watch", {"watch": [watch]})
    report = v8.write_rows("insert", "Leads", LEAD, LEAD)
    v8.caller.emulator.zoho.callbacks.wait()
    assert [body["ids"] for body in receiver.bodies] == [[row["RECORD_ID"] for row in report]]


def test_job_of_a_renamed_module_fails_with_the_reason(v8: BulkApi) -> None:
    resource = v8.resource("Projects", v8.file_id(l=sheet({"Name": "One"})))
    job_id = v8.ask_write("insert", resource).json["details"]["id"]
    v8.caller.post("/emulator/rename-module", {"module": "Projects", "api_name": "Works"})

    v8.poll("write", job_id)
    job = v8.poll("write", job_id)

    assert (job["status"], job["resource"][0]["code"]) == ("FAILED", "MODULE_NOT_AVAILABLE")


def test_results_are_kept_for_a_day() -> None:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    api = BulkApi("v8", clock=clock)
    job = api.finished_write("insert", api.resource("Leads", api.file_id(l=sheet(LEAD))))
    clock.advance(24 * 3600 + 1)
    api.caller.connect(f"{ALL_SCOPES},ZohoFiles.files.ALL")
    assert api.caller.get(job["result"]["download_url"]).status_code == 404


def test_uploads_are_kept_for_a_day() -> None:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    api = BulkApi("v8", clock=clock)
    resource = api.resource("Leads", api.file_id(l=sheet(LEAD)))
    clock.advance(24 * 3600 + 1)
    api.caller.connect(f"{ALL_SCOPES},ZohoFiles.files.ALL")

    answer = api.ask_write("insert", resource)

    assert (answer.status_code, answer.json["code"]) == (400, "FILE_NOT_FOUND")
