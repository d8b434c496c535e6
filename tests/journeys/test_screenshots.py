"""Takes the docs' screenshots: `make screenshots` puts them there.

Otherwise they are taken as well and thrown away, which tests that what they show exists.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Locator, Page, StorageState, expect
from pytest_django.live_server_helper import LiveServer

from django_zcrm import zcrm
from django_zcrm.limits.limiter import OrganisationLimiter
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.limits.costs import COQL, ONE

from .company import connect_some, use_credits
from .conftest import logged_in
from .demo import ROOT, Demo
from .test_mirrored_leads import AWAY, trouble

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = ROOT / "docs/_static/screenshots"
MAX_BYTES = 120_000
"""Bytes per picture: everybody who clones the project downloads them all."""
WIDE, LONG, NARROW = (1100, 640), (1100, 900), (390, 760)

# Avoids an empty half below a short page. `#content` is the admin's.
USED = """() => {
  const content = document.querySelector('#content') || document.querySelector('main');
  const bottom = Math.max(...[...content.querySelectorAll('*')].map(
    element => element.getBoundingClientRect().bottom));
  return [innerWidth, Math.min(Math.ceil(bottom) + 24, innerHeight)];
}"""

Take = Callable[..., None]
Open = Callable[..., Page]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """Return a function that takes a picture of a page, or a part of it, and checks it."""
    into = PICTURES if os.environ.get("ZCRM_SCREENSHOTS") else tmp_path

    def take(page: Page, name: str, part: Locator | None = None) -> None:
        page.evaluate("document.activeElement.blur()")
        path = into / f"{name}.png"
        if part is not None:
            part.screenshot(path=path, animations="disabled")
        else:
            width, height = page.evaluate(USED)
            page.screenshot(
                path=path,
                clip={"x": 0, "y": 0, "width": width, "height": height},
                animations="disabled",
            )
        assert path.stat().st_size < MAX_BYTES
        assert (PICTURES / path.name).exists(), "make screenshots, and add the picture"

    return take


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Return a function that opens a page of a site for a visitor."""
    with ExitStack() as stack:

        def open_page(
            url: str,
            state: StorageState | None = None,
            size: tuple[int, int] = WIDE,
            locale: str = "en-GB",
        ) -> Page:
            context = browser.new_context(
                base_url=url,
                storage_state=state,
                viewport={"width": size[0], "height": size[1]},
                locale=locale,
                color_scheme="light",
                reduced_motion="reduce",
            )
            # Collapse the admin's list of all models.
            context.add_init_script("localStorage['django.admin.navSidebarIsOpen'] = 'false'")
            return stack.enter_context(context).new_page()

        yield open_page


def test_screenshots_of_the_lead_desk_are_taken(open_page: Open, demo: Demo, take: Take) -> None:
    page = open_page(demo.url)
    page.goto("/")
    page.get_by_label("Username").fill("demo")
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Leads", exact=True)).to_be_visible()
    take(page, "desk-leads")

    phone = open_page(demo.url, page.context.storage_state(), NARROW, "zh-CN")
    phone.goto("/")
    expect(phone.get_by_role("heading", name="线索")).to_be_visible()
    take(phone, "desk-leads-zh")


def test_screenshot_of_mirrored_leads_without_zoho_is_taken(
    open_page: Open, demo: Demo, take: Take
) -> None:
    page = open_page(demo.url)
    page.goto("/mirrored/")
    page.get_by_label("Username").fill("demo")
    page.get_by_label("Password").fill(demo.password)
    page.get_by_role("button", name="Log in").click()
    page.goto("/mirrored/?text=Marine")
    expect(page.get_by_text("In step with Zoho")).to_be_visible()
    lead = page.get_by_role("rowheader").first.get_by_role("link").get_attribute("href")
    with trouble(demo, AWAY):
        page.goto(f"{lead}edit/")
        page.get_by_label("Description").fill(f"Wants an offer, {uuid4().hex[:6]}.")
        page.get_by_role("button", name="Save").click()
        page.goto("/mirrored/?text=Marine")
        expect(page.get_by_text("Zoho does not answer")).to_be_visible()
        take(page, "mirrored-leads")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("In step with Zoho")).to_be_visible()


PAGES = [
    ("connect", "/zcrm/connect/", NARROW, "Your Zoho CRM account"),
    ("connections", "/zcrm/connections/", NARROW, "Zoho CRM accounts"),
    ("admin-connections", "/admin/zcrm/connection/", WIDE, "Select connection to view"),
    ("admin-health", "/admin/zcrm/connection/health/", LONG, "Health"),
    (
        "admin-disconnect",
        "/admin/zcrm/connection/operation/disconnect/?ids={pk}",
        WIDE,
        "Revoke and disconnect",
    ),
]


def test_screenshots_of_the_app_are_taken(
    staff: User,
    zoho: SiteEmulator,
    live_server: LiveServer,
    open_page: Open,
    take: Take,
    settings: Settings,
) -> None:
    settings.SILENCED_SYSTEM_CHECKS = ["zcrm.W009", "zcrm.W010"]  # that it is the emulator
    state, pk = logged_in(staff, live_server.url), 0
    for name, path, size, ready in PAGES:
        if name != "connect" and not pk:
            pk = connect_some(staff, zoho).pk
        page = open_page(live_server.url, state, size)
        page.goto(path.format(pk=pk))
        expect(page.get_by_role("heading", name=ready)).to_be_visible()
        take(page, name)


def test_screenshot_of_the_limits_is_taken(
    staff: User, zoho: SiteEmulator, live_server: LiveServer, open_page: Open, take: Take
) -> None:
    crm = zcrm.for_connection(use_credits(connect_some(staff, zoho)))
    limiter = crm.session.limiter
    assert isinstance(limiter, OrganisationLimiter)
    slots = [limiter.pool.take(cost, False, 1.0) for cost in (ONE, ONE, ONE, ONE, COQL[1])]
    page = open_page(live_server.url, logged_in(staff, live_server.url), LONG)
    page.goto("/admin/zcrm/connection/health/")
    part = page.locator("section", has=page.get_by_role("heading", name="Zoho's limits"))
    expect(part.get_by_text("5 of 20")).to_be_visible()
    take(page, "admin-limits", part)
    for slot in slots:
        assert slot
        slot.release()


def test_screenshot_of_the_consent_page_is_taken(
    staff: User, live_server: LiveServer, zoho: SiteEmulator, open_page: Open, take: Take
) -> None:
    page = open_page(live_server.url, logged_in(staff, live_server.url), NARROW)
    page.goto("/zcrm/connect/")
    page.get_by_role("button", name="Connect Zoho CRM").click()
    expect(page.get_by_role("heading", name="asks for access")).to_be_visible()
    take(page, "consent")


def test_every_picture_is_shown_in_the_docs() -> None:
    names = {
        name
        for page in (ROOT / "docs").rglob("*.md")
        for name in re.findall(r"screenshots/([\w-]+\.png)", page.read_text())
    }
    assert {path.name for path in PICTURES.iterdir()} == names
