"""Async views: connections are found and tokens renewed without blocking the event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.core.exceptions import SynchronousOnlyOperation
from django.http import HttpRequest, JsonResponse
from django.test import AsyncClient, override_settings
from django.urls import path

from django_zcrm import NotConnected, zcrm
from django_zcrm.models import Connection
from django_zcrm.records import Record, Text
from tests.app.zoho import Zoho, connect, expire, refreshes

pytestmark = pytest.mark.django_db(transaction=True)


async def company(request: HttpRequest) -> JsonResponse:
    """An async view of a project: the company of the logged-in user."""
    user = await request.auser()
    crm = (await zcrm.afor_user(user)).aio
    replies = await asyncio.gather(*(crm.org.get() for _ in range(5)))
    return JsonResponse({"names": [org["company_name"] for org in replies]})


urlpatterns = [path("company/", company)]


@override_settings(ROOT_URLCONF=__name__)
def test_an_async_view_calls_zoho_for_whoever_is_logged_in(zoho: Zoho) -> None:
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
        replies = await asyncio.gather(*(crm.org.get() for _ in range(200)))
        # At most one per connection that the emulator serves, and a few of the executor's.
        assert threading.active_count() - before <= 2 * 32 + 8
        return {org["zgid"] for org in replies}

    assert async_to_sync(work)() == {row.organisation_id}
    assert refreshes(zoho) == 1


def test_the_default_connection_is_found_without_blocking(zoho: Zoho) -> None:
    async def ask() -> str | None:
        return (await (await zcrm.adefault()).aio.org.get())["company_name"]

    with pytest.raises(NotConnected):
        async_to_sync(ask)()
    row = connect(zoho)
    assert async_to_sync(ask)() == row.organisation_name


def test_django_says_so_when_a_view_would_block(zoho: Zoho) -> None:
    connect(zoho)

    async def block() -> None:
        zcrm.for_identifier("sales@example.com")

    with pytest.raises(SynchronousOnlyOperation):
        async_to_sync(block)()
    assert Connection.objects.count() == 1


class Lead(Record):
    last_name = Text("Last_Name", required=True)

    class Meta:
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
