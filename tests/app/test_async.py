"""Async views: connections are found and tokens renewed without blocking the event loop."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest, JsonResponse
from django.test import AsyncClient, override_settings
from django.urls import path

from django_zcrm import NotConnected, zcrm
from django_zcrm.models import Connection
from django_zcrm.records import Record, Text
from tests.app.zoho import Zoho, connect, expire, refreshes
from tests.cases import check_each

pytestmark = pytest.mark.django_db(transaction=True)


async def company(request: HttpRequest) -> JsonResponse:
    """An async view of a project: the company of the logged-in user."""
    user = await request.auser()
    crm = (await zcrm.afor_user(user)).aio
    responses = await asyncio.gather(*(crm.org.get() for _ in range(5)))
    return JsonResponse({"names": [org["company_name"] for org in responses]})


urlpatterns = [path("company/", company)]


@override_settings(ROOT_URLCONF=__name__)
def test_async_view_uses_client_of_logged_in_user(zoho: Zoho) -> None:
    alice = User.objects.create_user("alice")
    row = connect(zoho)
    row.owner = alice
    row.save()
    expire(row)
    client = AsyncClient()

    async def visit() -> Any:
        await client.aforce_login(alice)
        return await client.get("/company/")

    names = async_to_sync(visit)().json()["names"]
    assert names == [row.organisation_name] * 5
    assert refreshes(zoho) == 1


@pytest.mark.slow
def test_two_hundred_coroutines_that_meet_an_expired_token_renew_it_once(zoho: Zoho) -> None:
    row = connect(zoho)
    expire(row)

    async def work() -> set[str]:
        crm = (await zcrm.afor_identifier("sales@example.com")).aio
        before = threading.active_count()
        responses = await asyncio.gather(*(crm.org.get() for _ in range(200)))
        # At most one per connection that the emulator serves, and a few of the executor's.
        assert threading.active_count() - before <= 2 * 32 + 8
        return {org["zgid"] for org in responses}

    assert async_to_sync(work)() == {row.organisation_id}
    assert refreshes(zoho) == 1


def test_the_default_connection_is_found_without_blocking(zoho: Zoho) -> None:
    async def ask() -> str | None:
        return (await (await zcrm.adefault()).aio.org.get())["company_name"]

    with pytest.raises(NotConnected):
        async_to_sync(ask)()
    row = connect(zoho)
    assert async_to_sync(ask)() == row.organisation_name


def test_client_lookup_in_event_loop_raises(zoho: Zoho) -> None:
    connect(zoho)

    async def block() -> None:
        zcrm.for_identifier("sales@example.com")

    with pytest.raises(SynchronousOnlyOperation):
        async_to_sync(block)()
    assert Connection.objects.count() == 1


BLOCKING: dict[str, tuple[Callable[[Any], Any], str]] = {
    "list": (lambda crm: list(crm.objects("Leads")), "`async for`"),
    "an index": (lambda crm: crm.objects("Leads")[0], "`async for`"),
    "len": (lambda crm: len(crm.objects("Leads")), "acount()"),
    "bool": (lambda crm: bool(crm.objects("Leads")), "aexists()"),
    "iterator": (lambda crm: list(crm.objects("Leads").iterator()), "aiterator()"),
    "get": (lambda crm: crm.objects("Leads").get(id=1), "aget()"),
    "typed": (lambda crm: crm.objects(Lead).first(), "afirst()"),
    "create": (lambda crm: crm.objects("Leads").create(Last_Name="Wong"), "acreate()"),
    "save": (lambda crm: Lead(last_name="Wong").save(using=crm), "asave()"),
    "a job": (lambda crm: list(crm.bulk_read.job("1")), "the same call"),
    "a call": (lambda crm: crm.records.list("Leads"), "the same call of the client's `aio`"),
    "a request": (lambda crm: crm.request("GET", "/crm/{version}/org"), "the same call"),
}


@check_each("blocking", BLOCKING)
def test_blocking_call_in_event_loop_raises(blocking: str, zoho: Zoho) -> None:
    connect(zoho)
    call, awaited = BLOCKING[blocking]

    async def work() -> None:
        for crm in (await zcrm.adefault(), zcrm):
            before = len(zoho.requests)
            with pytest.raises(SynchronousOnlyOperation, match=f"use {re.escape(awaited)}"):
                call(crm)
            assert len(zoho.requests) == before

    async_to_sync(work)()


def test_blocking_call_is_allowed_by_djangos_variable(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(zoho)
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

    async def work() -> None:
        crm = await zcrm.adefault()
        assert crm.org.get()["company_name"]
        assert len(crm.objects("Leads")) == await crm.objects("Leads").acount()
        assert await sync_to_async(crm.objects("Leads").count)() == 0

    async_to_sync(work)()


class Lead(Record):
    last_name = Text("Last_Name", required=True)

    class Zoho:
        module = "Leads"


def test_record_sets_of_the_default_connection_are_awaited(zoho: Zoho) -> None:
    connect(zoho)

    async def work() -> None:
        made = await Lead(last_name="Wong").asave()
        untyped = zcrm.objects("Leads").filter(Last_Name="Wong").only("Last_Name")
        assert [row["id"] async for row in untyped] == [made.id]
        assert await Lead.objects.all().afirst() == made
        await Lead.objects.filter(last_name="Wong").adelete()
        assert not await zcrm.objects(Lead).filter(last_name="Wong").aexists()

    async_to_sync(work)()


def test_the_default_connection_is_looked_up_when_records_are_asked_for(zoho: Zoho) -> None:
    typed, untyped = Lead.objects.order_by("last_name"), zcrm.objects("Leads")
    for leads in (typed, untyped):
        with pytest.raises(NotConnected, match="no default"):
            leads.count()
    connect(zoho)
    before = untyped.count()
    typed.create(last_name="Wong")
    assert (typed.count(), untyped.count()) == (before + 1, before + 1)
    (lead,) = typed.filter(last_name="Wong")
    Connection.objects.all().delete()
    with pytest.raises(NotConnected):
        zcrm.objects("Leads").count()
    lead.last_name = "Li"
    with pytest.raises(NotConnected):  # and not by whichever connection is the default by then
        lead.save()
