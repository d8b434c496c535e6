"""A state is exchanged once, however many callbacks come at once, in any kind of session."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from django_zcrm.models import Connection, ConsumedState
from django_zcrm.oauth import pending_flows
from tests.app.zoho import Zoho

BACKENDS = ("db", "cache", "cached_db", "file", "signed_cookies")
CALLBACKS = 12


@pytest.fixture(params=BACKENDS)
def browser(request: Any, settings: Any, tmp_path: Path) -> Client:
    """A logged-in browser, on a site with each of Django's kinds of sessions."""
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{request.param}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    browser = Client()
    browser.force_login(User.objects.create_user("alice", password="pw"))
    return browser


def begin(zoho: Zoho, browser: Client) -> str:
    """Return the callback's URL, with Zoho's answer."""
    return zoho.consent(browser.post("/zcrm/connect/")["Location"])


def open_at_once(browser: Client, url: str) -> list[int]:
    """Open a URL in twelve threads at the same moment; return the statuses."""
    ready = Barrier(CALLBACKS)

    def come_back(_: int) -> int:
        mine = Client()
        mine.cookies = browser.cookies
        ready.wait(60)
        try:
            return mine.get(url).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CALLBACKS) as pool:
        return list(pool.map(come_back, range(CALLBACKS)))


def exchanges(zoho: Zoho) -> int:
    return len(zoho.requests_to("*", "/oauth/v2/token"))


@pytest.mark.django_db(transaction=True)
def test_twelve_callbacks_at_once_exchange_once(zoho: Zoho, browser: Client) -> None:
    statuses = open_at_once(browser, begin(zoho, browser))
    assert Counter(statuses) == {302: 1, 400: CALLBACKS - 1}
    assert exchanges(zoho) == 1
    assert Connection.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("browser", ["db"], indirect=True)
def test_callbacks_with_atomic_requests_exchange_once(
    zoho: Zoho, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = begin(zoho, browser)
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    assert Counter(open_at_once(browser, url)) == {302: 1, 400: CALLBACKS - 1}
    assert exchanges(zoho) == 1


@pytest.mark.django_db
def test_an_old_cookie_does_not_bring_a_state_back(zoho: Zoho, browser: Client) -> None:
    url = begin(zoho, browser)
    cookies = browser.cookies.copy()
    assert browser.get(url).status_code == 302
    browser.cookies = cookies  # type: ignore[assignment]
    again = browser.get(url)
    assert again.status_code == 400
    assert "start again" in again.text
    assert exchanges(zoho) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("browser", ["db"], indirect=True)
def test_states_are_kept_as_long_as_they_would_be_valid(zoho: Zoho, browser: Client) -> None:
    old = ConsumedState.objects.create(digest="0" * 64)
    ConsumedState.objects.filter(pk=old.pk).update(
        created_at=timezone.now() - timedelta(seconds=pending_flows.LIFE + 1)
    )
    url = begin(zoho, browser)
    browser.get(url)
    (consumed,) = ConsumedState.objects.all()
    assert consumed.digest not in url
    assert len(consumed.digest) == 64
