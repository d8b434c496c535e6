"""Every page for everybody: at phone and desktop width, by keyboard alone, by axe's rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page

from django_zcrm import zcrm
from django_zcrm.conf import DEFAULT_SCOPES
from django_zcrm.emulator import Emulator
from django_zcrm.models import Connection
from django_zcrm.oauth import connect_with_grant_token
from django_zcrm.oauth.grants import Holder

from .accessibility import SIZES, assert_accessible, assert_fits, assert_keyboard_is_enough

if TYPE_CHECKING:
    from pytest_django import Settings
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Django's own parts of the admin, with links that only their colour tells.
DJANGOS = [".breadcrumbs"]

PAGES = {
    "connect": "/zcrm/connect/",
    "connect the site": "/zcrm/connect/?site=1",
    "connections": "/zcrm/connections/",
    "paste a grant token": "/zcrm/grant-token/",
    "a refusal": "/zcrm/oauth/callback/?state=forged&code=1000.x",
    "connections in the admin": "/admin/zcrm/connection/",
    "a connection in the admin": "/admin/zcrm/connection/{pk}/change/",
}


@pytest.fixture(scope="module")
def zoho() -> Iterator[str]:
    """Serve the emulator, and return its address."""
    with Emulator().serve() as server:
        yield server.url


@pytest.fixture
def staff(zoho: str, settings: Settings) -> User:
    """Make a member of staff who works with the emulator."""
    hosts = dict.fromkeys(("ACCOUNTS_URL", "API_URL", "UPLOAD_URL"), zoho)
    settings.ZCRM = {**settings.ZCRM, **hosts}
    return User.objects.create_superuser("ines")


@pytest.fixture(params=SIZES)
def page(
    request: pytest.FixtureRequest, browser: Browser, staff: User, live_server: LiveServer
) -> Iterator[Page]:
    """Open an empty page of each size in a browser where the member of staff is logged in."""
    client = Client()
    client.force_login(staff)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    width, height = SIZES[request.param]
    with browser.new_context(
        base_url=live_server.url, viewport={"width": width, "height": height}
    ) as context:
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        yield context.new_page()


def grant_token(zoho: str) -> str:
    """Ask the emulator for a code, as a person would in Zoho's API console."""
    body = {"scope": ",".join(DEFAULT_SCOPES)}
    return str(requests.post(f"{zoho}/emulator/grant-codes", json=body, timeout=5).json()["code"])


def assert_good(page: Page, axe: str) -> None:
    """Hold a page to all that is asked of each."""
    assert_fits(page)
    assert_keyboard_is_enough(page)
    assert_accessible(page, axe, leave_out=DJANGOS if "/admin/" in page.url else ())


@pytest.mark.parametrize("name", PAGES)
def test_every_page_when_nothing_is_connected(name: str, page: Page, axe: str) -> None:
    if "{pk}" in PAGES[name]:
        return
    page.goto(PAGES[name])
    assert_good(page, axe)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_when_some_are_connected(
    name: str, page: Page, axe: str, staff: User, zoho: str
) -> None:
    usable = connect_with_grant_token(grant_token(zoho), Holder(owner=staff))
    zcrm.generate_auth_tokens("integration@example.com", grant_token(zoho))
    Connection.objects.create(
        owner=staff,
        user_identifier="somebody.with.a.long.name@a-company-with-a-long-name.example",
        organisation_name="Donaudampfschifffahrtsgesellschaft Wien",
        data_center="eu",
        environment="sandbox",
        client_id=settings.ZCRM["CLIENT_ID"],
        state=Connection.State.CONSENT_WITHDRAWN,
        last_error="invalid_code",
    )
    page.goto(PAGES[name].format(pk=usable.pk))
    assert_good(page, axe)
