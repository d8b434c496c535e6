"""The panel of django-debug-toolbar."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest
from asgiref.sync import async_to_sync
from debug_toolbar.toolbar import DebugToolbar
from django.conf import settings as site_settings
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from django_zcrm import zcrm
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.tokens import token_store

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def show_leads(request: HttpRequest) -> HttpResponse:
    leads = zcrm.objects("Leads").filter(Company="<Acme>").only("Last_Name")
    names = [lead["Last_Name"] for lead in leads]
    for lead in leads:
        zcrm.records.get("Leads", lead["id"])
    return HttpResponse(f"<html><body>{len(names)} leads</body></html>")


def show_nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<html><body>nothing</body></html>")


def show_two(request: HttpRequest) -> HttpResponse:
    async def read() -> None:
        crm = (await zcrm.adefault()).aio
        await asyncio.gather(*(crm.records.get("Leads", id) for id in request.GET.getlist("id")))

    async_to_sync(read)()
    return HttpResponse("<html><body>two</body></html>")


urlpatterns = [
    path("two/", show_two),
    path("leads/", show_leads),
    path("nothing/", show_nothing),
    path("__debug__/", include("debug_toolbar.urls", namespace="djdt")),
]


@pytest.fixture
def toolbar(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Client:
    settings.DEBUG = True
    settings.MIDDLEWARE = [
        "debug_toolbar.middleware.DebugToolbarMiddleware",
        *site_settings.MIDDLEWARE,
    ]
    settings.DEBUG_TOOLBAR_PANELS = ["django_zcrm.contrib.debug_toolbar.ZCRMPanel"]
    settings.DEBUG_TOOLBAR_CONFIG = {
        "SHOW_TOOLBAR_CALLBACK": "tests.integrations.test_debug_toolbar.show_toolbar",
        "IS_RUNNING_TESTS": False,
        "RENDER_PANELS": True,
    }
    monkeypatch.setattr(DebugToolbar, "_panel_classes", None)
    return Client()


def show_toolbar(request: HttpRequest) -> bool:
    return True


def panel_of(client: Client, url: str) -> str:
    """Return the text of the panel on a page."""
    page = client.get(url).content.decode()
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_panel_with_calls_lists_operations_queries_and_repetitions(
    toolbar: Client, zcrm_emulator: SiteEmulator, site_connection: Connection
) -> None:
    zcrm_emulator.create("Leads", 3, Last_Name="Wong", Company="<Acme>")
    text = panel_of(toolbar, "/leads/")
    assert "3 leads" in text
    assert "GET /crm/{version}/{module}/{id} was called 3 times." in text
    assert "POST /crm/{version}/coql 200" in text
    assert "Company = '<Acme>'" in text or 'Company = "<Acme>"' in text
    assert str(site_connection) in text
    credits = re.search(r"(\d+) API credits were used", text)
    assert credits is not None
    assert int(credits[1]) >= 6


def test_panel_after_retry_shows_one_call_with_retry(
    toolbar: Client, zcrm_emulator: SiteEmulator, site_connection: Connection
) -> None:
    zcrm_emulator.create("Leads", 1, Last_Name="Wong", Company="<Acme>")
    zcrm_emulator.fail_next("records.get", html=503)
    text = panel_of(toolbar, "/leads/")
    row = re.search(r"GET /crm/\{version\}/\{module\}/\{id\} (\d+) \d+ \d+ (\d+) (\d+)", text)
    assert row is not None
    assert row.groups() == ("200", "2", "1")


def test_panel_after_retries_of_simultaneous_calls_shows_each_call(
    toolbar: Client, zcrm_emulator: SiteEmulator, site_connection: Connection
) -> None:
    leads = zcrm_emulator.create("Leads", 2, Last_Name="Wong")
    for lead in leads:
        zcrm_emulator.fail_next(path=f"*/Leads/{lead['id']}", html=503)
    text = panel_of(toolbar, f"/two/?id={leads[0]['id']}&id={leads[1]['id']}")
    rows = re.findall(r"GET /crm/\{version\}/\{module\}/\{id\} (\d+) \d+ \d+ \d+ (\d+)", text)
    assert rows == [("200", "1")] * 2


def test_panel_without_calls_says_so(toolbar: Client, site_connection: Connection) -> None:
    assert "The page made no request to Zoho." in panel_of(toolbar, "/nothing/")


def test_panel_contains_no_token(
    toolbar: Client, zcrm_emulator: SiteEmulator, site_connection: Connection
) -> None:
    zcrm_emulator.create("Leads", 1, Last_Name="Wong", Company="<Acme>")
    text = panel_of(toolbar, "/leads/")
    tokens = token_store().get_oauth_tokens(site_connection)
    assert tokens.access_token is not None
    assert tokens.access_token.reveal() not in text
    assert tokens.refresh_token.reveal() not in text
