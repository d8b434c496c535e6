"""Bulk writes of record sets when something goes wrong, and how they go on afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.calls.metadata import MetadataCache
from django_zcrm.zoho.errors import ConfigurationError, Forbidden, Invalid, NotFound, Unreachable
from django_zcrm.zoho.http.downloads import Download
from django_zcrm.zoho.query.read import waiting
from django_zcrm.zoho.query.read.exporting import Progress
from tests.wire.archives import zip_text
from tests.wire.writes.bulk import CREATE, UPLOAD, Leads, kinds
from tests.wire.writes.driver import both, names, rows


@both
def test_an_upload_is_repeated(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    zcrm.fail_next("bulk.upload", drop="after", times=2)
    zcrm.fail_next("bulk.write_status", html=502, times=4)
    zcrm.fail_next("bulk.write_result", drop="before", times=4)
    assert len(write(leads, "bulk_create", rows(5), via="bulk").accepted) == 5
    assert kinds(zcrm).count(UPLOAD) == 3
    assert len(names(zcrm)) == 5


@both
def test_a_lost_job_of_creates_is_not_created_again(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ten_a_job: None
) -> None:
    zcrm.fail_next("bulk.write", drop="after", skip=1)
    result = write(leads, "bulk_create", rows(30), via="bulk")
    assert [outcome.code for outcome in result] == [
        *["SUCCESS"] * 10,
        *["NO_RESPONSE"] * 10,
        *["NOT_SENT"] * 10,
    ]
    assert kinds(zcrm).count(CREATE) == 2
    again = write(result, "retry_failed")
    assert [outcome.code for outcome in again] == [
        *["SUCCESS"] * 10,
        *["NO_RESPONSE"] * 10,
        *["SUCCESS"] * 10,
    ]
    assert kinds(zcrm).count(CREATE) == 1


@both
def test_a_lost_job_of_upserts_is_created_again(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    zcrm.fail_next("bulk.write", drop="after")
    assert len(write(leads, "upsert", rows(10), ["Email"], via="bulk").accepted) == 10
    assert kinds(zcrm).count(CREATE) == 2
    assert len(names(zcrm)) == 10


@both
def test_job_that_does_not_end_is_resumed(
    write: Any,
    leads: Leads,
    zcrm: ZCRMEmulator,
    ten_a_job: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = rows(25)
    records[3] = {}
    with monkeypatch.context() as patched:
        patched.setattr(waiting, "PATIENCE", 1)
        result = write(leads, "bulk_create", records, via="bulk")
    assert [outcome.code for outcome in result] == [
        *["NO_RESPONSE"] * 3,
        "NOT_SENT",
        *["NO_RESPONSE"] * 6,
        *["NOT_SENT"] * 15,
    ]
    assert kinds(zcrm).count(CREATE) == 1
    job_id = result[0].details["job_id"]
    assert f"jobs=['{job_id}']" in str(result[0].error)

    records[3].update(Last_Name="Corrected")
    again = write(result, "retry_failed")
    assert (len(again.accepted), again.failed, [outcome.input for outcome in again]) == (
        25,
        [],
        records,
    )
    assert kinds(zcrm).count(CREATE) == 2
    assert sorted(again.ids) == sorted(lead["id"] for lead in zcrm.records("Leads"))
    assert len(names(zcrm)) == 25


@both
def test_retry_that_fails_has_written_no_rows(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [{}, *rows(5)]
    with monkeypatch.context() as patched:
        patched.setattr(waiting, "PATIENCE", 1)
        result = write(leads, "bulk_create", records, via="bulk")
    records[0].update(Last_Name="Corrected")
    with monkeypatch.context() as patched:
        patched.setattr(MetadataCache, "get", lambda cache, key: None)  # ten minutes later
        zcrm.fail_next("fields.list", drop="before", times=None)
        with pytest.raises(Unreachable):
            write(result, "retry_failed", via="records")
    zcrm.stop_failing()
    assert len(write(result, "retry_failed", via="records").accepted) == 6
    assert len(names(zcrm)) == 6


@both
def test_rows_emptied_after_the_write_stay_in_doubt(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = rows(2)
    with monkeypatch.context() as patched:
        patched.setattr(waiting, "PATIENCE", 1)
        result = write(leads, "bulk_create", records, via="bulk")
    for row in records:
        row.clear()
    assert [outcome.code for outcome in write(result, "retry_failed")] == ["NO_RESPONSE"] * 2


@both
def test_unknown_job_state_leaves_outcomes_in_doubt(
    write: Any, leads: Leads, zcrm: ZCRMEmulator
) -> None:
    zcrm.fail_next("bulk.write_status", code="TOO_MANY_REQUESTS", times=None)
    result = write(leads, "bulk_create", rows(5), via="bulk")
    assert {outcome.code for outcome in result} == {"NO_RESPONSE"}
    assert len(kinds(zcrm)) > 5
    assert {outcome.code for outcome in write(result, "retry_failed")} == {"NO_RESPONSE"}
    zcrm.stop_failing()
    assert len(write(result, "retry_failed").accepted) == 5
    assert CREATE not in kinds(zcrm)
    assert len(names(zcrm)) == 5


@both
@pytest.mark.parametrize("operation", ["bulk.write_status", "bulk.upload"])
def test_empty_response_loses_no_outcomes(
    operation: str, write: Any, leads: Leads, zcrm: ZCRMEmulator, ten_a_job: None
) -> None:
    def empty(progress: Progress) -> None:
        if progress.records == 10:
            zcrm.fail_next(operation, status=204, times=None)

    result = write(leads, "bulk_create", rows(20), via="bulk", progress=empty)
    assert [outcome.ok for outcome in result] == [True] * 10 + [False] * 10
    zcrm.stop_failing()
    assert len(write(result, "retry_failed").accepted) == len(names(zcrm)) == 20


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no zip",
        zip_text("1.txt", "Last_Name,STATUS,RECORD_ID,ERRORS\n"),
        zip_text("1.csv", ""),
        zip_text("1.csv", "Last_Name,STATUS,RECORD_ID\nA,ADDED,1\n"),
        zip_text("1.csv", "Last_Name,STATUS,RECORD_ID,ERRORS\nA,ADDED\n"),
    ],
    ids=["nothing", "no zip", "no csv", "empty", "no column", "short row"],
)
def test_invalid_job_result_is_requested_again(
    content: bytes, leads: Leads, zcrm: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Download, "__iter__", lambda self: iter([content]))
        result = leads.bulk_create(rows(3), via="bulk")
    assert [outcome.code for outcome in result] == ["NO_RESPONSE"] * 3
    assert "is not a zip of a CSV file" in str(result[0].error)
    assert len(result.retry_failed().accepted) == len(names(zcrm)) == 3


@both
def test_error_for_every_row_is_raised(write: Any, zcrm: ZCRMEmulator) -> None:
    scopes = "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.org.READ,ZohoCRM.bulk.ALL"
    with pytest.raises(Forbidden):
        write(zcrm.client(scopes=scopes).objects("Leads"), "bulk_create", rows(3), via="bulk")
    scopes += ",ZohoFiles.files.ALL"
    crm = zcrm.client(scopes=scopes.replace("ZohoCRM.bulk.ALL,", ""))
    with pytest.raises(Forbidden):
        write(crm.objects("Leads"), "bulk_create", rows(3), via="bulk")
    zcrm.fail_next("bulk.upload", drop="before", times=None)
    with pytest.raises(Unreachable):
        write(zcrm.client().objects("Leads"), "bulk_create", rows(3), via="bulk")
    assert names(zcrm) == []


@both
def test_failed_job_fails_its_rows(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ten_a_job: None
) -> None:
    crm = zcrm.client()
    made = crm.fields.create([{"field_label": "Passing", "data_type": "text"}], "Leads").ids
    made_rows = rows(30)
    for row in made_rows[10:]:
        row["Passing"] = "x"

    def remove(progress: Progress) -> None:
        if progress.records == 10 and progress.state == "ADDED":
            crm.fields.delete_one(made[0], "Leads")

    result = write(leads, "bulk_create", made_rows, via="bulk", progress=remove)
    codes = [outcome.code for outcome in result]
    assert codes == [*["SUCCESS"] * 10, *["INVALID_FIELD"] * 10, *["NOT_SENT"] * 10]
    assert len(names(zcrm)) == 10
    for row in made_rows:
        row.pop("Passing", None)
    assert len(write(result, "retry_failed").accepted) == 30


@both
def test_a_first_job_that_fails_is_raised(write: Any, leads: Leads, zcrm: ZCRMEmulator) -> None:
    crm = zcrm.client()
    made = crm.fields.create([{"field_label": "Passing", "data_type": "text"}], "Leads").ids

    def remove(progress: Progress) -> None:
        if progress.state == "ADDED":
            crm.fields.delete_one(made[0], "Leads")

    with pytest.raises(Invalid, match=r"INVALID_FIELD: the bulk write \d+ was not carried out"):
        write(leads, "bulk_create", rows(3, Passing="x"), via="bulk", progress=remove)
    assert names(zcrm) == []


# Resuming


@pytest.mark.slow
@both
def test_write_resumes_with_created_jobs(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ten_a_job: None
) -> None:
    jobs: list[str] = []

    class Killed(BaseException):
        pass

    def note(progress: Progress) -> None:
        if progress.state == "ADDED":
            jobs.append(progress.job_id)
            if len(jobs) == 2:
                raise Killed

    records = rows(35)
    del records[12]["Last_Name"]
    with pytest.raises(Killed):
        write(leads, "bulk_create", records, via="bulk", progress=note)
    zcrm.forget_requests()
    result = write(leads, "bulk_create", records, via="bulk", jobs=jobs)
    assert kinds(zcrm).count(CREATE) == 2
    assert [outcome.input for outcome in result] == records
    assert [outcome.index for outcome in result.failed] == [12]
    assert sorted(result.ids) == sorted(lead["id"] for lead in zcrm.records("Leads"))
    assert len(names(zcrm)) == 34


@both
def test_jobs_of_something_else_are_refused(
    write: Any, leads: Leads, zcrm: ZCRMEmulator, ten_a_job: None
) -> None:
    job = leads.bulk_create(rows(3), via="bulk")[0].details["job_id"]
    others = [{"Last_Name": f"Other {n}"} for n in range(3)]
    with pytest.raises(ConfigurationError, match="not the rows of the bulk write"):
        write(leads, "bulk_create", others, via="bulk", jobs=[job])
    with pytest.raises(ConfigurationError, match="an insert of Leads, not an upsert of Leads"):
        write(leads, "upsert", rows(3), ["Email"], via="bulk", jobs=[job])
    with pytest.raises(ConfigurationError, match="no rows left for the bulk write 5"):
        write(leads, "bulk_create", rows(3), via="bulk", jobs=[job, "5"])
    with pytest.raises(NotFound):
        write(leads, "bulk_create", rows(3), via="bulk", jobs=["1"])
    assert len(names(zcrm)) == 3
