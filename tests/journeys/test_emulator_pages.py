"""A person browses the emulator, on a phone and on a desktop."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from django_zcrm.testing import ZCRMEmulator
from django_zcrm.testing.standalone import serve

from .accessibility import SIZES

pytestmark = pytest.mark.browser


@pytest.fixture
def zoho() -> Iterator[ZCRMEmulator]:
    with serve(data="demo") as emulator:
        client = emulator.client()
        client.records.list("Leads", fields=["Last_Name"], page=1, per_page=5)
        emulator.fail_next("records.create", code="LIMIT_EXCEEDED")
        yield emulator


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A window of each size, with scripts disabled."""
    width, height = SIZES[request.param]
    with browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=False
    ) as context:
        yield context.new_page()


def fits(page: Page) -> bool:
    """Whether nothing except tables has to be scrolled sideways."""
    box = page.locator("main").bounding_box()
    size = page.viewport_size
    assert box is not None
    assert size is not None
    return box["x"] >= 0 and box["x"] + box["width"] <= size["width"]


def test_from_the_overview_to_a_record_and_its_relatives(zoho: ZCRMEmulator, page: Page) -> None:
    page.goto(zoho.url)
    assert fits(page)
    expect(page.get_by_text("LIMIT_EXCEEDED")).to_be_visible()
    page.locator("summary", has_text="GET /crm/v8/Leads").click()
    expect(page.locator("pre", has_text='"per_page": "5"')).to_be_visible()

    page.get_by_role("link", name="Accounts 24").click()
    expect(page.get_by_role("searchbox")).to_be_visible()
    assert fits(page)
    page.get_by_role("searchbox").fill("tidewater")
    page.get_by_role("button", name="Find").click()
    page.locator("tbody a", has_text="Tidewater").first.click()
    expect(page.locator("h1")).to_have_text(re.compile("^Tidewater"))
    assert fits(page)
    page.locator("h2:has-text('Contacts') + ul a").first.click()
    expect(page).to_have_url(re.compile("/Contacts/"))
    page.get_by_role("link", name="Overview").click()
    expect(page.locator("h1")).to_have_text("Zoho CRM emulator")
