"""A real browser for the journeys; knows nothing of the pages that it opens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.journeys.demo import Demo, running_demo

AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"

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


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Serve one demo for the journeys."""
    with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open an empty page of a visitor whom nobody knows yet."""
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
