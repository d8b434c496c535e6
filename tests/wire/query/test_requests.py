"""How many requests each question takes, blocking and awaited, of untyped and typed records."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from django_zcrm.records import Record, Text
from django_zcrm.testing.standalone import ZCRMEmulator, emulate
from django_zcrm.zoho.calls.metadata import MetadataCache
from django_zcrm.zoho.errors import ApiError
from django_zcrm.zoho.query import Count
from tests.cases import check_each

LEADS = 5_100


class Lead(Record):
    last_name = Text("Last_Name", required=True)

    class Zoho:
        module = "Leads"


@pytest.fixture(scope="module")
def many() -> Iterator[ZCRMEmulator]:
    """Return an emulator with more leads than a slice of 5,000 holds."""
    with emulate(data="empty") as zcrm:
        zcrm.create("Leads", LEADS, Last_Name="Wong", Company="Acme")
        yield zcrm


@pytest.fixture
def zcrm(many: ZCRMEmulator) -> ZCRMEmulator:
    many.forget_requests()
    return many


@pytest.fixture(scope="module")
def ids(many: ZCRMEmulator) -> list[str]:
    return list(many.client().objects("Leads").values_list("id", flat=True)[:250])


Ask = Callable[[Any, list[str]], Any]


async def _all(records: Any) -> list[Any]:
    return [record async for record in records]


BLOCKING: dict[str, tuple[Ask, int]] = {
    "get by id": (lambda leads, ids: leads.get(id=ids[7]), 1),
    "get by other conditions": (lambda leads, ids: leads.get(id__gt=ids[3], id__lt=ids[5]), 1),
    "first": (lambda leads, ids: leads.first(), 1),
    "last": (lambda leads, ids: leads.last(), 1),
    "earliest": (lambda leads, ids: leads.earliest("id"), 1),
    "latest": (lambda leads, ids: leads.latest("id"), 1),
    "exists": (lambda leads, ids: leads.exists(), 1),
    "count": (lambda leads, ids: leads.count(), 1),
    "contains": (lambda leads, ids: leads.contains(ids[0]), 1),
    "aggregate": (lambda leads, ids: leads.aggregate(n=Count("id")), 1),
    "an item": (lambda leads, ids: leads[70], 1),
    "a slice of 2,000": (lambda leads, ids: list(leads[:2_000]), 1),
    "a slice of 5,000": (lambda leads, ids: list(leads[:5_000]), 3),
    "an iterator": (lambda leads, ids: list(leads.iterator()), 3),
    "in_bulk of 250": (lambda leads, ids: leads.in_bulk(ids), 3),
    "none": (lambda leads, ids: leads.none().count() == 0, 0),
}

ASYNCHRONOUS: dict[str, tuple[Callable[[Any, list[str]], Awaitable[Any]], int]] = {
    "aget by id": (lambda leads, ids: leads.aget(id=ids[7]), 1),
    "aget by other conditions": (lambda leads, ids: leads.aget(id__gt=ids[3], id__lt=ids[5]), 1),
    "afirst": (lambda leads, ids: leads.afirst(), 1),
    "alast": (lambda leads, ids: leads.alast(), 1),
    "aearliest": (lambda leads, ids: leads.aearliest("id"), 1),
    "alatest": (lambda leads, ids: leads.alatest("id"), 1),
    "aexists": (lambda leads, ids: leads.aexists(), 1),
    "acount": (lambda leads, ids: leads.acount(), 1),
    "acontains": (lambda leads, ids: leads.acontains(ids[0]), 1),
    "aaggregate": (lambda leads, ids: leads.aaggregate(n=Count("id")), 1),
    "a slice of 2,000": (lambda leads, ids: _all(leads[:2_000]), 1),
    "a slice of 5,000": (lambda leads, ids: _all(leads[:5_000]), 3),
    "an aiterator": (lambda leads, ids: _all(leads.aiterator()), 3),
    "ain_bulk of 250": (lambda leads, ids: leads.ain_bulk(ids), 3),
}


@pytest.fixture(params=["untyped", "typed"])
def kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


def leads_of(crm: Any, kind: str) -> Any:
    return crm.objects(Lead) if kind == "typed" else crm.objects("Leads").only("Last_Name")


@check_each("question", BLOCKING)
def test_a_question_takes_so_many_requests(
    kind: str, question: str, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    ask, requests = BLOCKING[question]
    leads = leads_of(zcrm.client(), kind)
    leads.first()
    zcrm.forget_requests()
    assert ask(leads, ids)
    assert len(zcrm.requests) == requests


@pytest.mark.slow
@check_each("question", ASYNCHRONOUS)
def test_an_awaited_question_takes_so_many_requests(
    kind: str, question: str, zcrm: ZCRMEmulator, ids: list[str]
) -> None:
    ask, requests = ASYNCHRONOUS[question]

    async def answered() -> Any:
        leads = leads_of(zcrm.client().aio, kind)
        await leads.afirst()
        zcrm.forget_requests()
        return await ask(leads, ids)

    assert asyncio.run(answered())
    assert len(zcrm.requests) == requests


# Metadata


def metadata_asked_for(zcrm: ZCRMEmulator) -> list[str]:
    return [
        str((request.params or {})["module"])
        for request in zcrm.requests
        if request.path.endswith("/settings/fields")
    ]


def test_metadata_is_asked_for_once_per_module(zcrm: ZCRMEmulator) -> None:
    crm = zcrm.client()
    for _ in range(2):
        leads = crm.objects("Leads").filter(Referred_By__Account_Name__Industry="Banking")
        assert list(leads) == []
        assert (leads.all().count(), leads.exists(), leads.first()) == (0, False, None)
        assert leads.values("Lead_Status").annotate(n=Count("id")).first() is None
        assert list(crm.objects("Contacts").filter(Account_Name__Industry="Banking")) == []
        assert list(crm.objects(Lead).filter(last_name="Nobody")) == []
    assert metadata_asked_for(zcrm) == ["Leads", "Contacts", "Accounts"]


def test_metadata_is_awaited_once_per_module(zcrm: ZCRMEmulator) -> None:
    async def ask() -> None:
        crm = zcrm.client().aio
        for _ in range(2):
            leads = crm.objects("Leads").filter(Referred_By__Account_Name__Industry="Banking")
            assert await _all(leads) == []
            assert await leads.all().acount() == 0
            assert not await leads.all().aexists()
            assert await _all(crm.objects(Lead).filter(last_name="Nobody")) == []

    asyncio.run(ask())
    assert metadata_asked_for(zcrm) == ["Leads", "Contacts", "Accounts"]


def test_concurrent_threads_fetch_metadata_once(zcrm: ZCRMEmulator) -> None:
    crm = zcrm.client()
    with ThreadPoolExecutor(8) as pool:
        counts = pool.map(
            lambda name: crm.objects("Leads").filter(Company=name).count(), "abcdefgh"
        )
        assert list(counts) == [0] * 8
    assert metadata_asked_for(zcrm) == ["Leads"]


def test_concurrent_tasks_fetch_metadata_once(zcrm: ZCRMEmulator) -> None:
    async def ask() -> list[int]:
        crm = zcrm.client().aio
        return await asyncio.gather(
            *(crm.objects("Leads").filter(Company=name).acount() for name in "abcdefgh")
        )

    assert asyncio.run(ask()) == [0] * 8
    assert metadata_asked_for(zcrm) == ["Leads"]


@pytest.mark.slow
def test_an_event_loop_that_has_ended_is_not_kept() -> None:
    cache = MetadataCache()

    async def ask() -> weakref.ref[asyncio.AbstractEventLoop]:
        async def hold() -> None:
            async with cache.task_lock("Leads"):
                await asyncio.sleep(0)

        await asyncio.gather(hold(), hold(), hold())
        return weakref.ref(asyncio.get_running_loop())

    loop = asyncio.run(ask())
    gc.collect()
    assert loop() is None


def test_failed_metadata_is_fetched_again(zcrm: ZCRMEmulator) -> None:
    leads = zcrm.client().objects("Leads").filter(Company="a")
    zcrm.fail_next("fields.list", code="INVALID_MODULE", status=400)
    with pytest.raises(ApiError):
        leads.count()
    assert leads.count() == 0
