"""Routes: the same records by COQL, list and bulk read, chosen by what they cost."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator, emulated
from django_zcrm.zoho.downloads import Download
from django_zcrm.zoho.errors import (
    ApiError,
    ConfigurationError,
    Forbidden,
    NotFound,
    NotSupported,
    TimedOut,
    UnreadableReply,
)
from django_zcrm.zoho.query import Count, Q, RecordSet, selecting, waiting
from django_zcrm.zoho.query.exporting import Progress
from django_zcrm.zoho.results import Record

Leads = RecordSet[Record]
REFERENCES = ("Owner", "Referred_By", "Account_Manager", "Created_By", "Modified_By")


@pytest.fixture(scope="module")
def company() -> Iterator[ZCRMEmulator]:
    """Return an emulator with demo data, whose bulk reads hold 25 records."""
    with emulated(data="demo", bulk_rows=25) as zcrm:
        yield zcrm


@pytest.fixture
def zcrm(company: ZCRMEmulator) -> Iterator[ZCRMEmulator]:
    """Return the emulator with an empty log, and without faults afterwards."""
    company.forget_requests()
    yield company
    company.emulator.zoho.faults.listed.clear()


@pytest.fixture
def leads(zcrm: ZCRMEmulator) -> Leads:
    """Return all leads, whose metadata is known."""
    every = zcrm.client().objects("Leads")
    str(every.query)
    zcrm.forget_requests()
    return every


def paths(zcrm: ZCRMEmulator) -> list[str]:
    return [f"{request.method} {request.path}" for request in zcrm.requests]


def without_names(row: Record) -> Record:
    """Return a row as a bulk read gives it: what lookups lead to has an id only, a tag a name."""
    reduced = {
        name: {"id": value["id"]} if isinstance(value, dict) else value
        for name, value in row.items()
    }
    return {**reduced, "Tag": [{"name": tag["name"]} for tag in row["Tag"]]}


@pytest.mark.parametrize("version", ["v2", "v2.1", "v3", "v6", "v7", "v8"])
@pytest.mark.parametrize("module", ["Leads", "Contacts", "Deals", "Tasks"])
def test_every_route_gives_the_same(zcrm: ZCRMEmulator, version: str, module: str) -> None:
    records = zcrm.client(version).objects(module)
    rows = list(records.iterator(via="coql"))
    assert len(rows) >= 20
    assert list(records.order_by("-id").iterator(via="list")) == rows[::-1]
    assert list(records.iterator(via="list")) == rows
    if "What_Id" in rows[0]:
        records = records.defer("What_Id")
        rows = list(records.iterator(via="coql"))
    assert list(records.iterator(via="bulk")) == [without_names(row) for row in rows]


@pytest.mark.parametrize("via", ["coql", "bulk"])
def test_conditions_work_on_every_route(leads: Leads, via: Any) -> None:
    wanted = leads.only("Last_Name", "Owner__email", "Owner__id").filter(
        Q(City__contains="e") | ~Q(Annual_Revenue__gt=1_000_000),
        Owner__email__icontains="brightwater",
        Created_Time__year=2026,
        Email_Opt_Out=False,
    )
    expected = list(wanted)
    assert 5 < len(expected) < 70
    assert list(wanted.iterator(via=via)) == expected
    assert list(wanted.values_list("id", flat=True).iterator(via=via)) == [
        row["id"] for row in expected
    ]


def test_a_bulk_read_takes_conditions_that_coql_lacks(zcrm: ZCRMEmulator) -> None:
    with emulated(data="empty") as empty:
        empty.create("Leads", Description='Called twice.\nWants a quote; "soon"')
        empty.create("Leads", Description=None)
        leads = empty.client().objects("Leads").only("Description")
        wanted = leads.filter(Description__icontains="QUOTE")
        [row] = wanted.iterator()
        assert row["Description"] == 'Called twice.\nWants a quote; "soon"'
        assert len(list(leads.exclude(Description__contains="quote").iterator())) == 1
        with pytest.raises(NotSupported, match=r"iterator\(via='bulk'\)"):
            list(wanted)


@pytest.mark.parametrize(
    "text", ["a\rb", "a\nb", "a\r\nb", "\r", 'a "b", c', "a,b;c", "'", "\\", "\u2028", "\x1f"]
)
def test_any_text_comes_by_every_route(text: str) -> None:
    with emulated(data="empty") as empty:
        made = [empty.create("Leads", Company=company)["id"] for company in (text, "other", text)]
        leads = empty.client().objects("Leads").only("Company", "Last_Name")
        rows = list(leads)
        assert [row["id"] for row in rows] == made
        for via in ("coql", "list", "bulk"):
            assert list(leads.iterator(via=via)) == rows


def test_converted_leads_are_left_out_everywhere(zcrm: ZCRMEmulator) -> None:
    with emulated(data="empty") as empty:
        crm = empty.client()
        made = empty.create("Leads", 2)
        crm.leads.convert(made[0]["id"], {})
        leads = crm.objects("Leads").only("id")
        for via in ("coql", "list", "bulk"):
            assert [row["id"] for row in leads.iterator(via=via)] == [made[1]["id"]]
        converted = leads.filter(Converted__s=True)
        assert [row["id"] for row in converted.iterator(via="bulk")] == [made[0]["id"]]
        assert list(converted) == [{"id": made[0]["id"]}]


# Which route is taken


def test_ids_are_listed(leads: Leads, zcrm: ZCRMEmulator) -> None:
    names = leads.only("Last_Name")
    rows = list(names)
    zcrm.forget_requests()
    ids = [row["id"] for row in rows]
    assert names.get(id=ids[3]) == rows[3]
    assert list(names.filter(id__in=ids[5:9])) == rows[5:9]
    assert list(names.filter(id__in=ids[5:9]).reverse()[1:3]) == rows[6:8][::-1]
    assert names.in_bulk(ids) == dict(zip(ids, rows, strict=True))
    assert set(paths(zcrm)) == {"GET /crm/v8/Leads"}
    assert len(zcrm.requests) == 4
    assert all("sort_by" not in (request.params or {}) for request in zcrm.requests)
    # With more fields than a list takes, COQL needs one request less.
    assert leads.get(id=ids[3])["Last_Name"] == rows[3]["Last_Name"]
    assert paths(zcrm)[-1] == "POST /crm/v8/coql"


def test_the_newest_are_listed(leads: Leads, zcrm: ZCRMEmulator) -> None:
    newest = list(leads.only("Last_Name").order_by("-id")[:10])
    assert newest == list(leads.only("Last_Name"))[::-1][:10]
    assert paths(zcrm) == ["GET /crm/v8/Leads", "POST /crm/v8/coql"]
    assert zcrm.requests[0].params == {"fields": "Last_Name", "per_page": "10"}


def test_lists_are_sorted_where_that_is_asked_for(leads: Leads, zcrm: ZCRMEmulator) -> None:
    by_time = leads.only("Modified_Time").order_by("-Modified_Time")
    rows = list(by_time.iterator(via="list", chunk_size=30))
    times = [row["Modified_Time"] for row in by_time]
    assert [row["Modified_Time"] for row in rows] == times
    first = zcrm.requests[0].params or {}
    assert (first["sort_by"], first["sort_order"]) == ("Modified_Time", "desc")
    assert len(zcrm.requests) == 4
    assert list(by_time.all()[20:40].iterator(via="list")) == rows[20:40]


def test_a_view_is_read_by_coql_and_in_its_order_by_list(leads: Leads, zcrm: ZCRMEmulator) -> None:
    views = zcrm.client().custom_views.list("Leads")
    view = next(view for view in views if view["name"] == "Unread Leads" or view["system_defined"])
    records = leads.only("Last_Name").view(view["id"])
    rows = list(records)
    assert records.count() == len(rows) > 0
    assert f"from Leads#{view['id']} " in str(records.query)
    listed = list(records.iterator(via="list"))
    assert sorted(listed, key=lambda row: row["id"]) == rows
    assert sorted(records.iterator(via="bulk"), key=lambda row: row["id"]) == rows
    old = zcrm.client("v6").objects("Leads").only("Last_Name").view(view["id"])
    assert list(old) == listed


def test_what_a_route_cannot_read_is_refused(leads: Leads, zcrm: ZCRMEmulator) -> None:
    for records, via, said in [
        (leads.filter(City="Bonn"), "list", "no conditions but ids"),
        (leads.order_by("City"), "list", "sorted by one of"),
        (leads.only("Owner__email"), "list", "do not follow lookups: Owner.email"),
        (leads.only("Documents"), "list", "leave Documents out"),
        (leads.view("5").order_by("id"), "list", "the view's order"),
        (leads.filter(id__in=[5]).order_by("City"), "list", "in the order of the ids"),
        (leads[:5], "bulk", "no LIMIT"),
        (leads.order_by("City"), "bulk", "no order"),
        (leads.only("Documents"), "bulk", "leaves Documents out"),
        (leads.filter(id__gt=5), "bulk", "no '>' for fields of this type"),
        (leads.filter(~Q(City__startswith="B")), "bulk", "no 'not starts'"),
        (leads.filter(City="${EMPTY}"), "bulk", "stands for no value"),
        (leads.filter(id__in=range(2501)), "bulk", "25 conditions, and these are 26"),
        (leads.values("City").annotate(n=Count("id")), "list", "Only COQL computes groups"),
        (leads.filter(~Q(City__startswith="B")), "auto", "does not start or end"),
    ]:
        with pytest.raises(NotSupported, match=said):
            list(records.iterator(via=via))  # type: ignore[arg-type]
    with pytest.raises(NotSupported, match=r"COQL does not give Quoted_Items.*read single records"):
        list(zcrm.client().objects("Quotes").only("Quoted_Items"))
    zcrm.forget_requests()
    with pytest.raises(NotSupported, match="no bulk read of Notes"):
        list(zcrm.client().objects("Notes").only("id").iterator(via="bulk"))
    assert paths(zcrm) == []


EXPLAINED = [
    (lambda leads: leads[:20], {}, ("coql", 1, 1, 1)),
    (lambda leads: leads[:5_000], {}, ("coql", 3, 8, 3)),
    (lambda leads: leads, {"records": 3}, ("coql", 1, 3, 1)),  # LIMIT 2000 all the same
    (lambda leads: leads, {"records": 2_001}, ("coql", 2, 6, 2)),
    (lambda leads: leads, {"records": 1_000_000}, ("coql", 500, 1_500, 500)),
    (lambda leads: leads.only("City"), {"records": 1_000_000}, ("bulk", 40, 285, 0)),
    (lambda leads: leads.only("City"), {"records": 30_000}, ("coql", 15, 45, 15)),
    (lambda leads: leads.only("City"), {"records": 45_000}, ("bulk", 8, 57, 0)),
    (lambda leads: leads.only("City").filter(id__in=range(99)), {}, ("list", 1, 1, 0)),
    (lambda leads: leads.only("City").filter(id__in=range(3_000)), {}, ("coql", 2, 5, 2)),
    (lambda leads: leads.only("City").order_by("-id")[:150], {}, ("list", 1, 1, 0)),
    (lambda leads: leads.only("City"), {"via": "list", "records": 2_000}, ("list", 10, 30, 10)),
    (lambda leads: leads.only("City").order_by("-id"), {"via": "list"}, ("list", 10, 10, 0)),
]


@pytest.mark.parametrize(("ask", "given", "expected"), EXPLAINED)
def test_explain(
    ask: Any, given: Any, expected: tuple[Any, ...], leads: Leads, zcrm: ZCRMEmulator
) -> None:
    explanation = ask(leads).explain(**given)
    assert (
        explanation.route,
        explanation.requests,
        explanation.credits,
        explanation.heavy,
    ) == expected
    assert f"-> {explanation.route}" in str(explanation)
    assert not zcrm.requests


def test_explanations_say_why(leads: Leads, zcrm: ZCRMEmulator) -> None:
    text = str(leads.explain(records=1_000_000))
    assert "A bulk read gives lookups without names" in text
    assert "Lists reach 100,000 records." in text
    assert len(text.splitlines()[-1]) <= 300
    assert asyncio.run(leads.only("City").aexplain(via="bulk")).route == "bulk"
    with pytest.raises(NotSupported):
        leads.filter(City="x").explain(via="list")
    with pytest.raises(NotSupported):
        leads.values("City").annotate(n=Count("id")).explain()


# Bulk reads


@pytest.fixture
def cities(leads: Leads) -> Leads:
    return leads.only("City", "Owner__id")


def test_many_records_are_taken_over_by_a_bulk_read(
    cities: Leads, zcrm: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "PAGES_BEFORE_BULK", 2)
    expected = list(cities)
    zcrm.forget_requests()
    monkeypatch.setattr("django_zcrm.zoho.query.route.JOB_CREDITS", 2)
    monkeypatch.setattr("django_zcrm.zoho.query.route.JOB_REQUESTS", 1)
    # Where nobody knows how many there are, COQL looks cheaper; for those that are left, it is not.
    monkeypatch.setattr("django_zcrm.zoho.query.bulk.ROWS", 100)
    assert list(cities.iterator(chunk_size=10)) == expected
    assert paths(zcrm)[:4] == ["POST /crm/v8/coql"] * 3 + ["POST /crm/bulk/v8/read"]
    zcrm.forget_requests()
    assert list(cities.order_by("id").iterator(chunk_size=10)) == expected
    assert set(paths(zcrm)) == {"POST /crm/v8/coql"}
    zcrm.forget_requests()
    crm = zcrm.client(scopes="ZohoCRM.modules.ALL,ZohoCRM.coql.READ,ZohoCRM.settings.ALL")
    assert list(crm.objects("Leads").only("City", "Owner__id").iterator(chunk_size=10)) == expected


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


def test_a_job_goes_on_in_another_process(cities: Leads, zcrm: ZCRMEmulator) -> None:
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


def test_a_broken_download_and_lost_answers_are_asked_for_again(
    cities: Leads, zcrm: ZCRMEmulator
) -> None:
    expected = list(cities)
    zcrm.fail_next("bulk.read_status", times=8, status=503)
    zcrm.fail_next("bulk.read_result", times=4, drop="after")
    assert list(cities.iterator(via="bulk")) == expected
    zcrm.fail_next("bulk.read_result", times=4, code="TOO_MANY_REQUESTS", status=429)
    assert list(cities.iterator(via="bulk")) == expected
    zcrm.fail_next("bulk.read_result", times=None, status=503)
    with pytest.raises(ApiError, match="503"):
        list(cities.iterator(via="bulk"))


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


def test_patience_has_an_end(cities: Leads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", 1)
    with pytest.raises(TimedOut, match=r"crm.bulk_read.job\('\d+'\) takes it up again"):
        list(cities.iterator(via="bulk"))


def zipped(name: str, text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"no zip",
        b"",
        zipped("1.txt", "Id,City,Owner\n1,Bonn,2\n"),
        zipped("1.csv", ""),
        zipped("1.csv", "Id,City\n1,Bonn\n"),
        zipped("1.csv", "Id,City,Owner\n1,Bonn,2\n"),
        zipped("1.csv", "Id,City,Owner\n1,Bonn\n"),
        zipped("1.csv", "Id,City,Owner\n" + "1,Bonn,2\n" * 25)[:-30],
    ],
    ids=["no zip", "nothing", "no csv", "empty", "no column", "few rows", "short row", "cut off"],
)
def test_a_file_that_is_none_is_said_so(
    content: bytes, cities: Leads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Download, "__iter__", lambda self: iter([content]))
    with pytest.raises(UnreadableReply, match=r"the bulk read \d+"):
        list(cities.iterator(via="bulk"))


def test_a_missing_scope_is_said(zcrm: ZCRMEmulator) -> None:
    crm = zcrm.client(scopes="ZohoCRM.modules.ALL,ZohoCRM.settings.ALL")
    with pytest.raises(Forbidden):
        list(crm.objects("Leads").only("City").iterator(via="bulk"))
