"""Bulk read jobs: their states, results, callbacks, scopes and costs, in v2 and v8."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from django_zcrm.emulator.state.clock import Clock

from ..caller import ALL_SCOPES
from ..receiver import Receiver
from .jobs import BulkApi, ids


def test_job_goes_from_added_over_in_progress_to_completed(api: BulkApi) -> None:
    answer = api.ask_read("Leads", fields=["Last_Name"])
    assert answer.status_code == 201
    [done] = answer.json["data"]
    assert (done["status"], done["code"]) == ("success", "ADDED_SUCCESSFULLY")
    assert (done["details"]["operation"], done["details"]["state"]) == ("read", "ADDED")
    job_id = done["details"]["id"]

    [first] = api.poll("read", job_id)["data"]
    assert first["state"] == "IN PROGRESS"
    assert "result" not in first
    early = api.caller.get(f"/crm/bulk/{api.version}/read/{job_id}/result")
    assert (early.status_code, early.json["code"]) == (404, "RESOURCE_NOT_FOUND")
    assert early.json["details"] == {"resource": job_id}

    [second] = api.poll("read", job_id)["data"]
    assert second["state"] == "COMPLETED"
    assert second["result"] == {
        "page": 1,
        "per_page": 200_000,
        "count": len(api.org.records.table("Leads")),
        "download_url": f"/crm/bulk/{api.version}/read/{job_id}/result",
        "more_records": False,
    }
    assert second["created_by"]["name"] == "Mara Lindqvist"
    download = api.caller.get(second["result"]["download_url"])
    assert download.content_type == "application/zip"
    assert f"{job_id}.zip" in download.headers["Content-Disposition"]


def test_query_is_repeated_with_ids_where_names_are_objects(api: BulkApi) -> None:
    condition = api.condition("Last_Name", "equal", "Ueda")
    job = api.finished_read("Leads", criteria=condition)
    if api.is_v2:
        assert job["query"] == {"module": "Leads", "criteria": condition, "page": 1}
    else:
        module = api.org.metadata.modules["Leads"]
        assert job["query"]["module"] == {"api_name": "Leads", "id": module.id}
        field = {"api_name": "Last_Name", "id": module.field_map["Last_Name"].id}
        assert job["query"]["criteria"]["field"] == field


def test_scopes_of_job_and_module_are_needed(v8: BulkApi) -> None:
    v8.caller.connect("ZohoCRM.bulk.READ,ZohoCRM.modules.contacts.READ")
    assert v8.ask_read("Contacts").status_code == 201
    assert v8.ask_read("Leads").json["code"] == "OAUTH_SCOPE_MISMATCH"
    v8.caller.connect("ZohoCRM.modules.ALL")
    assert v8.ask_read("Contacts").json["code"] == "OAUTH_SCOPE_MISMATCH"


def test_unknown_job_is_not_found(v8: BulkApi) -> None:
    for path in ("read/1", "read/1/result", "write/1"):
        answer = v8.caller.get(f"/crm/bulk/v8/{path}")
        assert (answer.status_code, answer.json["code"]) == (404, "RESOURCE_NOT_FOUND")


def test_result_has_the_records_of_the_time_of_the_job(v8: BulkApi) -> None:
    answer = v8.ask_read("Leads", fields=["Company"])
    late = v8.create("Leads", Last_Name="Late", Company="C")
    job_id = answer.json["data"][0]["details"]["id"]
    v8.poll("read", job_id)
    job = v8.poll("read", job_id)["data"][0]
    v8.create("Leads", Last_Name="Too late", Company="C")
    read = ids(v8.result_rows(job))
    assert late in read
    assert len(read) == len(v8.org.records.table("Leads")) - 1


def test_results_are_kept_for_a_day() -> None:
    api = BulkApi("v8", clock=Clock(datetime(2026, 3, 1, tzinfo=UTC)))
    job = api.finished_read("Leads")
    api.caller.emulator.zoho.clock.advance(24 * 3600 + 1)
    api.caller.connect(ALL_SCOPES)
    answer = api.caller.get(job["result"]["download_url"])
    assert (answer.status_code, answer.json["code"]) == (404, "RESOURCE_NOT_FOUND")


def test_downloads_with_the_option_are_limited() -> None:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    api = BulkApi("v8", clock=clock, limit_bulk_downloads=True)
    url = api.finished_read("Leads")["result"]["download_url"]
    answers = [api.caller.get(url).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
    clock.advance(60)
    assert api.caller.get(url).status_code == 200


def test_job_with_seconds_ignores_polls() -> None:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    api = BulkApi("v8", clock=clock, bulk_seconds=10)
    job_id = api.ask_read("Leads").json["data"][0]["details"]["id"]
    states = []
    for seconds in (0, 4, 1, 4, 1):
        clock.advance(seconds)
        states += [api.poll("read", job_id)["data"][0]["state"] for _ in range(2)]
    assert states == ["ADDED"] * 4 + ["IN PROGRESS"] * 4 + ["COMPLETED"] * 2


def test_callback_has_the_status_without_a_poll(api: BulkApi, receiver: Receiver) -> None:
    answer = api.ask_read("Leads", callback={"url": receiver.url, "method": "post"})
    job_id = answer.json["data"][0]["details"]["id"]
    api.caller.emulator.zoho.callbacks.wait()
    [body] = receiver.bodies
    assert body == api.poll("read", job_id)
    assert body["data"][0]["state"] == "COMPLETED"
    assert len(receiver.bodies) == 1


def test_callback_of_a_job_with_seconds_is_posted_in_time(v8: BulkApi, receiver: Receiver) -> None:
    v8.org.bulk.seconds = 0.05
    v8.ask_read("Leads", callback={"url": receiver.url, "method": "post"})
    assert receiver.arrived.wait(60)
    assert receiver.bodies[0]["data"][0]["state"] == "COMPLETED"


def test_job_that_ends_without_a_poll_follows_the_calibration(receiver: Receiver) -> None:
    facts = {"bulk.row-order": {"behaviour": "descending"}}
    api = BulkApi("v8", calibration={"format": 1, "facts": facts})
    callback = {"url": receiver.url, "method": "post"}
    job_id = api.ask_read("Leads", callback=callback).json["data"][0]["details"]["id"]
    api.caller.emulator.zoho.callbacks.wait()
    rows = api.result_rows(api.poll("read", job_id)["data"][0])
    numbers = [int(row["Id"]) for row in rows]
    assert len(numbers) > 1
    assert numbers == sorted(numbers, reverse=True)


def test_job_of_a_deleted_module_fails_with_the_reason(v8: BulkApi, receiver: Receiver) -> None:
    job_id = v8.ask_read("Projects").json["data"][0]["details"]["id"]
    del v8.org.metadata.modules["Projects"]
    v8.poll("read", job_id)
    [job] = v8.poll("read", job_id)["data"]
    assert job["state"] == "FAILURE"
    assert job["result"]["error_message"]["code"] == "MODULE_NOT_AVAILABLE"


@pytest.mark.parametrize(
    ("callback", "code"),
    [
        ({"url": "nowhere", "method": "post"}, "INVALID_CALLBACK_URL"),
        ("http://127.0.0.1/", "INVALID_CALLBACK_URL"),
        ({"url": "http://127.0.0.1/", "method": "get"}, "INVALID_CALLBACK_METHOD"),
    ],
)
def test_invalid_callback_is_refused(v8: BulkApi, callback: Any, code: str) -> None:
    answer = v8.ask_read("Leads", callback=callback)
    assert (answer.status_code, answer.json["code"]) == (400, code)


def test_job_costs_fifty_credits() -> None:
    api = BulkApi("v8", limit_credits=100)
    assert api.ask_read("Leads").status_code == 201
    assert api.ask_read("Leads").headers["X-API-CREDITS-REMAINING"] == "0"
    assert api.ask_read("Leads").status_code == 429
