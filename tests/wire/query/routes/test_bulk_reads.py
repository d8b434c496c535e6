"""Record sets read by bulk reads: when, with what progress, and what goes wrong."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.errors import (
    ApiError,
    ConfigurationError,
    Forbidden,
    NotFound,
    TimedOut,
    UnreadableResponse,
)
from django_zcrm.zoho.http.downloads import Download
from django_zcrm.zoho.operations.operation import Operation
from django_zcrm.zoho.query import Q
from django_zcrm.zoho.query.compile import limits
from django_zcrm.zoho.query.read import selecting, waiting
from django_zcrm.zoho.query.read.exporting import Progress
from tests.wire.archives import zip_text
from tests.wire.query.leads import Leads, paths


@pytest.fixture
def cities(leads: Leads) -> Leads:
    return leads.only("City", "Owner__id")


def test_many_records_are_taken_over_by_a_bulk_read(
    cities: Leads, zcrm: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "PAGES_BEFORE_BULK", 2)
    expected = list(cities)
    zcrm.forget_requests()
    monkeypatch.setattr("django_zcrm.zoho.query.read.route.JOB_CREDITS", 2)
    monkeypatch.setattr("django_zcrm.zoho.query.read.route.JOB_REQUESTS", 1)
    # While the number is unknown, COQL seems cheaper; for the rest, it is not.
    monkeypatch.setattr("django_zcrm.zoho.query.compile.bulk_criteria.ROWS", 100)
    assert list(cities.iterator(chunk_size=10)) == expected
    assert paths(zcrm)[:4] == ["POST /crm/v8/coql"] * 3 + ["POST /crm/bulk/v8/read"]
    zcrm.forget_requests()
    assert list(cities.order_by("id").iterator(chunk_size=10)) == expected
    assert set(paths(zcrm)) == {"POST /crm/v8/coql"}
    zcrm.forget_requests()
    crm = zcrm.client(scopes="ZohoCRM.modules.ALL,ZohoCRM.coql.READ,ZohoCRM.settings.ALL")
    assert list(crm.objects("Leads").only("City", "Owner__id").iterator(chunk_size=10)) == expected


@pytest.mark.parametrize("name", ["City", "id"])
def test_values_are_taken_over_by_a_bulk_read(
    name: str, leads: Leads, zcrm: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "PAGES_BEFORE_BULK", 2)
    monkeypatch.setattr("django_zcrm.zoho.query.read.route.JOB_CREDITS", 2)
    monkeypatch.setattr("django_zcrm.zoho.query.read.route.JOB_REQUESTS", 1)
    monkeypatch.setattr("django_zcrm.zoho.query.compile.bulk_criteria.ROWS", 100)
    for rows in (leads.values(name), leads.values_list(name), leads.values_list(name, flat=True)):
        zcrm.forget_requests()
        assert list(rows.iterator(chunk_size=10)) == list(rows)
        assert "POST /crm/bulk/v8/read" in paths(zcrm)


def test_small_pages_of_old_versions_leave_more_to_a_bulk_read(
    zcrm: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "_OLDEST", replace(limits.coql_limits(2), rows=10))
    monkeypatch.setattr(selecting, "PAGES_BEFORE_BULK", 2)
    monkeypatch.setattr("django_zcrm.zoho.query.read.plans.PAGE", 20)
    monkeypatch.setattr("django_zcrm.zoho.query.read.route.JOB_CREDITS", 3)
    monkeypatch.setattr("django_zcrm.zoho.query.read.route.JOB_REQUESTS", 1)
    cities = zcrm.client("v2").objects("Leads").only("City").filter(City__isnull=False)
    assert len(list(cities.iterator())) == 72
    assert "POST /crm/bulk/v2/read" in paths(zcrm)


def test_coql_continues_where_a_bulk_read_is_refused(
    cities: Leads, zcrm: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "PAGES_BEFORE_BULK", 2)
    monkeypatch.setattr("django_zcrm.zoho.query.read.route.JOB_CREDITS", 2)
    monkeypatch.setattr("django_zcrm.zoho.query.read.route.JOB_REQUESTS", 1)
    monkeypatch.setattr("django_zcrm.zoho.query.compile.bulk_criteria.ROWS", 100)
    zcrm.fail_next("bulk.read", code="MODULE_NOT_SUPPORTED", status=400)
    assert list(cities.iterator(chunk_size=10)) == list(cities)
    assert "POST /crm/bulk/v8/read" in paths(zcrm)


def test_pages_by_offset_are_not_taken_over(
    leads: Leads, zcrm: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "PAGES_BEFORE_BULK", 2)
    monkeypatch.setattr("django_zcrm.zoho.query.read.route.JOB_CREDITS", 2)
    monkeypatch.setattr("django_zcrm.zoho.query.read.route.JOB_REQUESTS", 1)
    monkeypatch.setattr("django_zcrm.zoho.query.compile.bulk_criteria.ROWS", 100)
    # As many conditions as COQL takes, so that none is left for the id at which a page begins.
    conditions = [Q(Last_Name__isnull=False)] * 25
    contacts = zcrm.client().objects("Contacts").only("Last_Name").filter(*conditions)
    assert list(contacts.iterator(chunk_size=10)) == list(contacts)


def test_few_records_are_not_taken_over(
    cities: Leads, zcrm: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "PAGES_BEFORE_BULK", 2)
    assert len(list(cities.iterator(chunk_size=10))) == 72
    assert len(zcrm.requests) == 9
    assert set(paths(zcrm)) == {"POST /crm/v8/coql"}


def test_progress_names_the_job(cities: Leads, zcrm: ZCRMEmulator) -> None:
    news: list[Progress] = []
    rows = list(cities.iterator(10, via="bulk", progress=news.append))
    assert len({progress.job_id for progress in news}) == 3
    assert [progress.state for progress in news[:3]] == ["ADDED", "IN PROGRESS", "COMPLETED"]
    assert news[-1].records == len(rows) == 72
    assert [progress.records for progress in news] == sorted(progress.records for progress in news)


def test_job_continues_in_another_process(cities: Leads, zcrm: ZCRMEmulator) -> None:
    expected = list(cities)
    news: list[Progress] = []
    reading: Any = cities.iterator(via="bulk", progress=news.append)
    next(reading)
    reading.close()
    job = zcrm.client().bulk_read.job(news[0].job_id)
    assert job.completed()["result"]["count"] == 25
    assert list(job) == [
        {"id": row["id"], "City": row["City"], "Owner": {"id": row["Owner__id"]}}
        for row in expected
    ]
    assert list(cities.iterator(via="bulk", job=news[0].job_id)) == expected
    assert len(zcrm.requests_to("POST", "/crm/bulk/v8/read")) == 1 + 2 + 2
    with pytest.raises(NotFound):
        list(zcrm.client().bulk_read.job("1"))
    with pytest.raises(ConfigurationError, match="via="):
        next(cities.iterator(job="1"))


def test_jobs_are_awaited(cities: Leads, zcrm: ZCRMEmulator) -> None:
    async def read() -> tuple[list[Any], list[Any]]:
        news: list[Progress] = []
        rows = [row async for row in cities.aiterator(via="bulk", progress=news.append)]
        job = zcrm.client().aio.bulk_read.job(news[0].job_id, progress=news.append)
        assert (await job.acompleted())["state"] == "COMPLETED"
        with pytest.raises(ConfigurationError, match="asynchronous"):
            list(job)
        return rows, [row async for row in job]

    rows, again = asyncio.run(read())
    assert rows == list(cities)
    assert [row["id"] for row in again] == [row["id"] for row in rows]
    job = zcrm.client().bulk_read.job("1")

    async def wrongly() -> None:
        await job.acompleted()

    with pytest.raises(ConfigurationError, match="blocking"):
        asyncio.run(wrongly())


def test_broken_downloads_and_lost_responses_are_retried(cities: Leads, zcrm: ZCRMEmulator) -> None:
    expected = list(cities)
    zcrm.fail_next("bulk.read_status", times=8, status=503)
    zcrm.fail_next("bulk.read_result", times=4, drop="after")
    assert list(cities.iterator(via="bulk")) == expected
    zcrm.fail_next("bulk.read_result", times=4, code="TOO_MANY_REQUESTS", status=429)
    assert list(cities.iterator(via="bulk")) == expected
    zcrm.fail_next("bulk.read_result", times=None, status=503)
    with pytest.raises(ApiError, match="503"):
        list(cities.iterator(via="bulk"))


def test_state_of_a_job_is_reported_in_one_short_line() -> None:
    states: list[str] = []
    plan = waiting.wait(Operation("GET", "/x"), "1", "job", "", states.append)
    next(plan)
    for state in ("\x1b[2J\nADDED", "x" * 1_000, ["ADDED"]):
        plan.send(None)
        plan.send({"state": state})
    assert states == ["[2J ADDED", "x" * 39 + "…", "['ADDED']"]


def test_a_failed_job_raises_zohos_error(zcrm: ZCRMEmulator, cities: Leads) -> None:
    crm = zcrm.client()
    made = crm.fields.create([{"field_label": "Passing", "data_type": "text"}], "Leads")
    news: list[Progress] = []

    def remove(progress: Progress) -> None:
        if not news:
            crm.fields.delete_one(made.ids[0], "Leads")
        news.append(progress)

    passing = crm.objects("Leads").only("Passing").filter(Passing="x")
    with pytest.raises(ApiError) as caught:
        list(passing.iterator(via="bulk", progress=remove))
    assert "FIELD" in caught.value.code
    assert news[0].job_id in caught.value.__notes__[0]


def test_job_that_does_not_end_raises(cities: Leads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", 1)
    with pytest.raises(TimedOut, match=r"crm.bulk_read.job\('\d+'\) takes it up again"):
        list(cities.iterator(via="bulk"))


@pytest.mark.parametrize(
    "content",
    [
        b"no zip",
        b"",
        zip_text("1.txt", "Id,City,Owner\n1,Bonn,2\n"),
        zip_text("1.csv", ""),
        zip_text("1.csv", "Id,City\n1,Bonn\n"),
        zip_text("1.csv", "Id,City,Owner\n1,Bonn,2\n"),
        zip_text("1.csv", "Id,City,Owner\n1,Bonn\n"),
        zip_text("1.csv", "Id,City,Owner\n" + "1,Bonn,2\n" * 25)[:-30],
    ],
    ids=["no zip", "nothing", "no csv", "empty", "no column", "few rows", "short row", "cut off"],
)
def test_invalid_archive_raises(
    content: bytes, cities: Leads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Download, "__iter__", lambda self: iter([content]))
    with pytest.raises(UnreadableResponse, match=r"the bulk read \d+"):
        list(cities.iterator(via="bulk"))


def test_missing_scope_raises_with_name(zcrm: ZCRMEmulator) -> None:
    crm = zcrm.client(scopes="ZohoCRM.modules.ALL,ZohoCRM.settings.ALL")
    with pytest.raises(Forbidden):
        list(crm.objects("Leads").only("City").iterator(via="bulk"))
