"""Two people and their mirrored leads, in real browsers, with the demo's worker at work."""

from __future__ import annotations

import re
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from .accessibility import assert_good, press
from .conftest import PATIENCE
from .demo import ROOT, Demo

pytestmark = pytest.mark.browser

# By URL name.
PAGES = {
    "list": "/mirrored/",
    "create": "/mirrored/new/",
    "lead": "/mirrored/{lead}/",
    "edit": "/mirrored/{lead}/edit/",
    "delete": "/mirrored/{lead}/delete/",
}
NO_PAGES = {"status", "sync", "pause", "resume", "send_again"}
MORE_PAGES = {
    "a page in the middle": "/mirrored/?page=2",
    "filters": "/mirrored/?source=Partner&changes=refused&created_from=soon",
    "nothing found": "/mirrored/?text=nobodyofthatname",
}

IN_STEP = re.compile(r"In step with Zoho[.,]")
"""After a minute without news it also says for how long."""

AWAY = [{"path": "/crm/*", "html": 503, "times": None}]
SLOW = [{"path": path, "delay_ms": 8000, "times": None} for path in ("/crm/*/Leads", "/crm/*/coql")]


@contextmanager
def trouble(demo: Demo, faults: list[dict[str, Any]]) -> Iterator[None]:
    """Have Zoho fail while the block runs."""
    url = f"{demo.emulator}/emulator/faults"
    requests.post(url, json=faults, timeout=60).raise_for_status()
    try:
        yield
    finally:
        requests.delete(url, timeout=60).raise_for_status()


@contextmanager
def visitor(browser: Browser, demo: Demo) -> Iterator[Page]:
    """Open the site as a new user, logged in and not connected yet."""
    name = uuid.uuid4().hex
    demo.add_user(name)
    with browser.new_context(base_url=demo.url) as context:
        page = context.new_page()
        demo.log_in(page, name)
        yield page


def connect(page: Page) -> None:
    """Accept on the emulator's consent page."""
    press(page, "button", "Connect Zoho CRM")
    expect(page.get_by_role("heading", name="asks for access")).to_be_visible()
    press(page, "button", "Accept")
    expect(page.get_by_role("status")).to_contain_text("Zoho CRM is connected")


@pytest.fixture(scope="module")
def site(browser: Browser, demo: Demo) -> Iterator[Page]:
    """A visitor whose leads are all here."""
    with visitor(browser, demo) as page:
        connect(page)
        page.goto("/mirrored/")
        expect(page.get_by_text(IN_STEP)).to_be_visible()
        expect(page.get_by_role("rowheader")).to_have_count(20)
        yield page


def assert_still_page_is_good(page: Page, axe: str) -> None:
    """Check what every page must satisfy, while nothing moves."""
    page.route("**/mirrored/status/", lambda route: route.abort())
    page.reload()
    assert_good(page, axe)
    page.unroute("**/mirrored/status/")


def expect_all_sent(page: Page) -> None:
    """Wait until the list shows that it is in step, and that no local change waits."""
    expect(page.get_by_text(IN_STEP)).to_be_visible()
    expect(page.locator("[data-waiting]")).to_be_empty()


def first_lead(page: Page) -> str:
    """Return the path of the first lead on the list."""
    page.goto("/mirrored/?sort=company")
    return str(page.get_by_role("rowheader").first.get_by_role("link").get_attribute("href"))


def edit(page: Page, path: str, **typed: str) -> None:
    """Fill in fields of a lead's form, by their labels, and save."""
    page.goto(f"{path}edit/")
    for label, value in typed.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Edit")).to_be_visible()


@pytest.mark.parametrize("name", [*PAGES, *MORE_PAGES])
def test_every_page_is_accessible(name: str, site: Page, axe: str) -> None:
    path = {**PAGES, **MORE_PAGES}[name]
    if "{lead}/" in path:
        path = path.replace("/mirrored/{lead}/", first_lead(site))
    site.goto(path)
    assert_still_page_is_good(site, axe)


def test_no_page_is_left_out() -> None:
    # Read, since its models are none of the suite's.
    urls = (ROOT / "example_project/mirrored_leads/urls.py").read_text()
    assert set(re.findall(r'name="(\w+)"', urls)) == PAGES.keys() | NO_PAGES


def test_initial_sync_is_shown_until_it_ends(browser: Browser, demo: Demo, axe: str) -> None:
    with visitor(browser, demo) as page:
        with trouble(demo, SLOW):
            connect(page)
            page.goto("/mirrored/")
            expect(page.get_by_text("The initial sync is running")).to_be_visible()
            expect(page.get_by_role("progressbar")).to_be_visible()
            assert_still_page_is_good(page, axe)

        # Without a reload.
        expect(page.get_by_text(IN_STEP)).to_be_visible()
        expect(page.get_by_role("progressbar")).to_be_hidden()
        expect(page.get_by_role("rowheader")).to_have_count(20)


def test_search_filter_sort_and_page(site: Page) -> None:
    site.goto("/mirrored/")
    site.get_by_label("Search in all texts").fill("marine south")
    site.get_by_role("button", name="Search").click()
    expect(site.get_by_role("link", name="Show all")).to_be_visible()
    site.wait_for_load_state()
    companies = site.locator("tbody td:first-of-type").all_inner_texts()
    assert companies
    assert all("Marine South" in company for company in companies)

    site.get_by_role("link", name="Show all").click()
    expect(site.get_by_role("link", name="Show all")).to_have_count(0)
    site.get_by_label("Status").select_option("Lost Lead")
    site.get_by_role("button", name="Search").click()
    expect(site.get_by_role("link", name="Show all")).to_be_visible()
    site.wait_for_load_state()
    assert set(site.locator("tbody td .tag").all_inner_texts()) == {"Lost Lead"}

    site.goto("/mirrored/")
    site.get_by_role("link", name="Annual revenue").click()
    expect(site.locator("th[aria-sort=ascending]")).to_have_text("Annual revenue")
    before = site.get_by_role("rowheader").first.inner_text()
    site.get_by_role("link", name="Next").click()
    expect(site.get_by_text("Page 2 of")).to_be_visible()
    assert site.get_by_role("rowheader").first.inner_text() != before


def wait_for_channel(demo: Demo, path: str) -> None:
    """Wait until Zoho notifies of a lead's connection: earlier changes are polled."""
    query = (
        "SELECT count(*) FROM zcrm_mirror_channel AS channel "
        "JOIN mirrored_leads_lead AS lead ON lead.connection_id = channel.connection_id "
        "WHERE lead.id = ? AND channel.expires_at IS NOT NULL"
    )
    pk = path.strip("/").rpartition("/")[2]
    until = time.monotonic() + PATIENCE / 1000
    with closing(sqlite3.connect(demo.env["DATABASE_URL"].removeprefix("sqlite:///"))) as database:
        while not database.execute(query, [pk]).fetchone()[0]:
            assert time.monotonic() < until
            time.sleep(0.2)


def test_edit_here_reaches_zoho_and_edit_in_zoho_arrives_here(
    site: Page, browser: Browser, demo: Demo
) -> None:
    path = first_lead(site)
    name = site.get_by_role("rowheader").first.inner_text()
    here = f"Edited here {uuid.uuid4().hex[:6]}"
    edit(site, path, Company=here)
    expect(site.locator(".files li").first.get_by_text("sent")).to_be_visible()

    wait_for_channel(demo, path)
    # The lead desk's own pages query Zoho: another user finds the edit there, and makes another.
    there = f"Edited in Zoho {uuid.uuid4().hex[:6]}"
    with visitor(browser, demo) as other:
        connect(other)
        other.goto(f"/?text={here}")
        other.get_by_role("rowheader").get_by_role("link", name=name).click()
        other.get_by_role("link", name="Edit").click()
        other.get_by_label("Company").fill(there)
        other.get_by_role("button", name="Save").click()
        expect(other.get_by_text("Saved.")).to_be_visible()

    # A notification brings it, and the page shows it without a reload.
    expect(site.get_by_text(there)).to_be_visible()


def test_refused_edit_is_shown_and_corrected(site: Page, axe: str) -> None:
    path = first_lead(site)
    edit(site, path, Phone="reception & wait")
    expect(site.get_by_text("refused")).to_be_visible()
    expect(site.get_by_text("INVALID_DATA")).to_be_visible()
    assert_still_page_is_good(site, axe)

    edit(site, path, Phone="+44 20 7946 0123")
    expect(site.locator(".files li").first.get_by_text("sent")).to_be_visible()


def test_changes_while_zoho_is_away_are_kept_and_sent(site: Page, demo: Demo, axe: str) -> None:
    path = first_lead(site)
    expect_all_sent(site)  # whatever a test before has made
    wait_for_channel(demo, path)  # which would be requested only much later once it has failed
    company = f"Kept {uuid.uuid4().hex[:6]}"
    with trouble(demo, AWAY):
        edit(site, path, Company=company)
        site.goto("/mirrored/")
        expect(site.get_by_text("Zoho does not answer.")).to_be_visible()
        expect(site.get_by_text(re.compile("1 change waits to be sent"))).to_be_visible()
        assert_still_page_is_good(site, axe)
        site.goto(path)
        expect(site.get_by_text("waiting")).to_be_visible()

    site.goto("/mirrored/")
    site.get_by_role("button", name="Sync now").click()
    expect_all_sent(site)
    site.goto(f"/?text={company}")
    expect(site.get_by_role("rowheader")).to_have_count(1)


def test_lead_created_and_deleted_here_by_keyboard_follows_in_zoho(site: Page) -> None:
    name = f"Okoye{uuid.uuid4().hex[:6]}"
    site.goto("/mirrored/")
    press(site, "link", "New lead")
    site.get_by_label("Last name").focus()
    site.keyboard.type(name)
    press(site, "button", "Save")
    expect(site.get_by_text("sent", exact=True)).to_be_visible()
    site.goto(f"/?text={name}")
    expect(site.get_by_role("rowheader")).to_have_count(1)

    site.goto(f"/mirrored/?text={name}")
    press(site, "link", name)
    press(site, "link", "Delete")
    press(site, "button", "Delete")
    expect(site.get_by_text(f"{name} is deleted here")).to_be_visible()
    expect_all_sent(site)


def test_paused_mirror_resumes(site: Page, axe: str) -> None:
    site.goto("/mirrored/")
    site.get_by_role("button", name="Pause").click()
    expect(site.get_by_text("Paused")).to_be_visible()
    assert_still_page_is_good(site, axe)
    site.get_by_role("button", name="Resume").click()
    expect(site.get_by_text(IN_STEP)).to_be_visible()
