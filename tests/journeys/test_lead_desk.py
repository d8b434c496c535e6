"""A person at the lead desk, in a real browser, on a phone and on a desktop."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.accessibility import SIZES, assert_fits_every_size, set_each_size
from tests.journeys.demo import Demo

pytestmark = pytest.mark.browser


class Visit(NamedTuple):
    """An empty page, and the name of a new user of the site."""

    page: Page
    name: str


# People work in one size, and every page is checked in each.
on_phone = pytest.mark.parametrize("visit", ["phone"], indirect=True)
on_desktop = pytest.mark.parametrize("visit", ["desktop"], indirect=True)


@pytest.fixture
def visit(request: pytest.FixtureRequest, browser: Browser, demo: Demo) -> Iterator[Visit]:
    """Open a page of a size; JavaScript is off, since the desk works without it."""
    name = uuid.uuid4().hex
    demo.add_user(name)
    width, height = SIZES[request.param]
    with browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=False
    ) as context:
        yield Visit(context.new_page(), name)


def focus_order(page: Page, steps: int) -> list[str]:
    """Return the texts of what the Tab key reaches."""
    names = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        names.append(page.locator(":focus").inner_text() if page.locator(":focus").count() else "")
    return names


def connect(page: Page) -> None:
    """Accept on the emulator's consent page."""
    page.get_by_role("button", name="Connect Zoho CRM").click()
    expect(page.get_by_role("heading", name="asks for access")).to_be_visible()
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("status")).to_contain_text("Zoho CRM is connected")


@on_phone
def test_log_in_connect_create_see_a_refusal_disconnect(visit: Visit, demo: Demo) -> None:
    page = visit.page
    demo.log_in(*visit)
    expect(page.get_by_role("heading", name="Connect your Zoho account")).to_be_visible()
    connect(page)
    expect(page.get_by_role("heading", name="Leads", exact=True)).to_be_visible()
    expect(page.get_by_role("rowheader")).to_have_count(20)

    page.get_by_role("link", name="New lead").click()
    page.get_by_label("Last name").fill("Okoye")
    page.get_by_label("E-mail").fill("not-an-address")
    page.get_by_role("button", name="Save").click()
    email = page.get_by_label("E-mail")
    expect(email).to_have_value("not-an-address")
    expect(email).to_have_accessible_description("Zoho says: invalid data, expected an email.")
    assert_fits_every_size(page)

    email.fill("okoye@acme.example")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Okoye")).to_be_visible()
    assert_fits_every_size(page)

    page.get_by_role("link", name="Zoho account").click()
    expect(page.get_by_role("heading", name="Brightwater Trading")).to_be_visible()
    assert_fits_every_size(page)
    page.get_by_role("link", name="Disconnect").click()
    expect(page.get_by_role("heading", name="Disconnect Brightwater Trading?")).to_be_visible()
    assert_fits_every_size(page)
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("status")).to_contain_text("disconnected")
    page.get_by_role("link", name="Leads", exact=True).click()
    expect(page.get_by_role("heading", name="Connect your Zoho account")).to_be_visible()


@on_desktop
def test_list_is_reached_entirely_by_keyboard(visit: Visit, demo: Demo) -> None:
    page = visit.page
    demo.log_in(*visit)
    connect(page)

    expected = [
        "Log out",
        "Leads",
        "Accounts",
        "Company",
        "Zoho account",
        "New lead",
        "Search",
        "Previous",
        "Next",
    ]
    for width in set_each_size(page):
        page.goto(f"{demo.url}/?page=2")
        order = focus_order(page, 50)

        assert order[0] == "Skip to the content"
        assert [name for name in expected if name not in order] == [], width
        assert len([name for name in order if name]) >= 29, width  # 20 leads besides those


@on_desktop
def test_filter_sort_page_and_export(visit: Visit, demo: Demo) -> None:
    page = visit.page
    demo.log_in(*visit)
    connect(page)

    page.get_by_text("More filters").click()
    page.get_by_label("Annual revenue from").fill("20000000")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_label("Annual revenue from")).to_have_value("20000000")
    expect(page.get_by_text("Page 1 of 2")).to_be_visible()
    assert_fits_every_size(page)

    page.get_by_role("link", name="Annual revenue").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Annual revenue")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    revenues = [int(text.replace(",", "")) for text in page.locator("td.number").all_inner_texts()]
    assert revenues == sorted(revenues)
    assert len(revenues) > 5
    assert_fits_every_size(page)

    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    assert download.value.suggested_filename == "leads.csv"
    with download.value.path().open(encoding="utf-8-sig", newline="") as file:
        exported = list(csv.DictReader(file))
    assert len(exported) == 20 + len(revenues)
    assert min(float(row["Annual_Revenue"]) for row in exported) >= 20_000_000

    page.get_by_label("Annual revenue to").fill("1")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_label("Annual revenue to")).to_have_accessible_description(
        "The range ends before it begins."
    )
    assert_fits_every_size(page)
    page.get_by_role("link", name="Show all").click()
    expect(page.get_by_text("Page 1 of 4")).to_be_visible()


@on_phone
def test_from_the_accounts_to_the_contacts_and_deals_of_one(visit: Visit, demo: Demo) -> None:
    page = visit.page
    demo.log_in(*visit)
    connect(page)

    page.get_by_role("link", name="Accounts").click()
    expect(page.get_by_role("heading", name="Accounts", exact=True)).to_be_visible()
    row = page.get_by_role("row").filter(has_text="Aurora Robotics")
    expect(row.locator("td.number")).to_have_text(["3", "2", "51,000"])
    assert_fits_every_size(page)

    page.get_by_role("link", name="Aurora Robotics").click()
    expect(page.get_by_role("heading", name="Aurora Robotics")).to_be_visible()
    expect(page.get_by_text("2 deals, worth 51,000")).to_be_visible()
    tables = page.get_by_role("table")
    expect(tables).to_have_count(2)
    expect(tables.first.get_by_role("rowheader")).to_have_count(3)  # contacts
    expect(tables.last.get_by_role("rowheader")).to_have_count(2)  # deals
    assert_fits_every_size(page)
