"""A real browser for the journeys; knows nothing of the pages that it opens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

# As root, in containers and without a network Chromium starts only like this.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """Start one headless Chromium for the journeys, and no longer than for them.

    Playwright's synchronous API keeps an event loop running in the tests' thread, where Django
    would refuse to use the database, although nothing here is asynchronous.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open an empty page of a visitor whom nobody knows yet."""
    with browser.new_context() as context:
        yield context.new_page()
