"""`crm.aio` also reaches the emulator in-process."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from django_zcrm import TimedOut, Unreachable, zcrm
from django_zcrm.testing import emulate
from django_zcrm.testing.site import SiteEmulator
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.http.transports import ASYNC_OVERRIDES


def test_async_client_makes_calls_and_meets_faults() -> None:
    before = dict(ASYNC_OVERRIDES)

    async def work() -> None:
        with emulate() as zoho:
            crm = zoho.client()
            made = await crm.aio.records.create_one("Leads", {"Last_Name": "Ünal"})
            lead = zoho.record("Leads", made.id)
            assert lead is not None
            assert lead["Last_Name"] == "Ünal"
            await crm.aio.attachments.upload("Leads", made.id, ("größe.txt", b"content"))
            [attachment] = zoho.records("Attachments")
            file = await crm.aio.attachments.download("Leads", made.id, attachment["id"])
            assert await file.read() == b"content"
            several = await asyncio.gather(*(crm.aio.org.get() for _ in range(10)))
            assert {org["id"] for org in several} == {zoho.org.id}
            zoho.fail_next("records.create", drop="before")
            with pytest.raises(Unreachable):
                await crm.aio.records.create_one("Leads", {"Last_Name": "x"})
            zoho.fail_next("records.create", delay_ms=50)
            hasty = Client(replace(zoho.client().session, timeout=(1.0, 0.01)))
            with pytest.raises(TimedOut):
                await hasty.aio.records.create_one("Leads", {"Last_Name": "x"})

    asyncio.run(work())
    assert before == ASYNC_OVERRIDES


def test_retries_do_not_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    async def work() -> list[float]:
        with emulate() as zoho:
            zoho.fail_next("users.list", status=503, times=2)
            await zoho.client().aio.users.list()
            return zoho.retry_delays

    monkeypatch.setattr("asyncio.sleep", note)
    assert len(asyncio.run(work())) == 2
    assert slept == [0, 0]


def test_the_innermost_emulator_answers_and_the_outer_one_again() -> None:
    async def work() -> None:
        with emulate() as outer:
            with emulate() as inner:
                await inner.client().aio.records.create_one("Leads", {"Last_Name": "x"})
            await outer.client().aio.records.count("Leads")
            assert len(inner.records("Leads")) == 1
            outer.assert_called("GET", "/crm/v8/Leads/actions/count")

    asyncio.run(work())


@pytest.mark.django_db(transaction=True)
def test_async_client_works_in_a_django_project(zcrm_emulator: SiteEmulator) -> None:
    zcrm_emulator.connect()

    async def work() -> None:
        crm = await zcrm.adefault()
        await crm.aio.records.create_one("Leads", {"Last_Name": "Wong"})

    asyncio.run(work())
    assert [lead["Last_Name"] for lead in zcrm_emulator.records("Leads")] == ["Wong"]
