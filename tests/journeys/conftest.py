"""A real browser for the journeys, and the sites that they visit."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, Page, StorageState, expect, sync_playwright

from django_zcrm.testing import SiteEmulator
from tests.journeys.demo import Demo, running_demo

AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"

# Without these Chromium does not start as root, in containers or without a network.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE = 60_000
"""Timeout in milliseconds for anything to appear or become clickable: machines can be busy."""


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """Start one headless Chromium for the journeys, and stop it right after them.

    Playwright's synchronous API keeps an event loop running in the tests' thread, and Django
    would refuse to use the database there, although nothing is asynchronous.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        expect.set_options(timeout=PATIENCE)
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Serve one demo for the journeys."""
    with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open an empty page for a new visitor."""
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the source of axe-core. In CI a missing one is a failure, not a skip."""
    if AXE.exists():
        return AXE.read_text()
    if os.environ.get("CI"):
        pytest.fail("CI needs axe-core: npm ci --prefix tests/journeys")
    pytest.skip("axe-core is not installed: npm ci --prefix tests/journeys")


@pytest.fixture
def zoho(zcrm_live_emulator: SiteEmulator) -> SiteEmulator:
    """Return the emulator of the test, which a browser reaches."""
    return zcrm_live_emulator


@pytest.fixture
def staff(zoho: SiteEmulator) -> User:
    """Create a staff member of a site that works with the emulator."""
    return User.objects.create_superuser("ines")


def logged_in(user: User, url: str) -> StorageState:
    """Return the browser state of a user who is logged in to a site."""
    client = Client()
    client.force_login(user)
    host = urlsplit(url).hostname or ""
    cookie = client.cookies[django_settings.SESSION_COOKIE_NAME]
    return {"cookies": [{"name": cookie.key, "value": cookie.value, "domain": host, "path": "/"}]}
