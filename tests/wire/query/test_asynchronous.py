"""Record sets, awaited: the same answers from the same requests."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConfigurationError, DoesNotExist, TooManyRecords
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import Options, RecordSet
from tests.wire.query.conftest import SIZE

Leads = RecordSet[RecordDict]


def test_every_calling_method_has_async_version(leads: Leads, zcrm: ZCRMEmulator) -> None:
    async def ask() -> list[Any]:
        some = leads.filter(Company="Company 1")
        return [
            [row async for row in some],
            [row async for row in some.aiterator(chunk_size=4)],
            await leads.aget(Last_Name="Lead 3"),
            await leads.afirst(),
            await leads.alast(),
            await some.acount(),
            await some.aexists(),
        ]

    some = leads.filter(Company="Company 1")
    rows = list(some)
    expected = [rows, rows, leads.get(Last_Name="Lead 3"), leads.first(), leads.last(), 9, True]
    blocking = len(zcrm.requests)
    zcrm.forget_requests()
    assert asyncio.run(ask()) == expected
    assert len(zcrm.requests) == blocking + 3  # pages of four


def test_async_record_set_caches_fetched_records(leads: Leads, zcrm: ZCRMEmulator) -> None:
    async def ask() -> None:
        assert len([row async for row in leads]) == SIZE
        assert [row async for row in leads] == list(leads)
        assert (await leads.acount(), await leads.aexists()) == (SIZE, True)
        assert await leads.afirst() == leads[0]

    asyncio.run(ask())
    assert len(zcrm.requests) == 1


def test_the_asynchronous_client_has_record_sets(crm: Client, zcrm: ZCRMEmulator) -> None:
    async def ask() -> None:
        leads: Any = crm.aio.objects("Leads").filter(Referred_By__Last_Name="Abel")
        assert await leads.acount() == 15
        assert [row["Company"] async for row in leads[:2]] == ["Company 0", "Company 4"]
        with pytest.raises(DoesNotExist):
            await leads.aget(id=1)
        for blocking in (lambda: list(leads), leads.count, leads.exists, lambda: leads[0]):
            with pytest.raises(ConfigurationError, match="asynchronous"):
                blocking()

    asyncio.run(ask())
    modules = [request.params["module"] for request in zcrm.requests if request.params]
    assert modules == ["Leads", "Contacts"]


def test_options_reach_the_asynchronous_client(crm: Client) -> None:
    async def ask() -> None:
        few = Client(crm.session, Options(rows=5)).aio.objects("Leads").only("id")
        with pytest.raises(TooManyRecords):
            [row async for row in few]

    asyncio.run(ask())
