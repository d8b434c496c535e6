"""Every page is accessible: at phone and desktop width, by keyboard alone, by axe's rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page

from django_zcrm.models import ConnectionHistory
from django_zcrm.testing import SiteEmulator

from .accessibility import assert_good
from .company import connect_some
from .conftest import logged_in

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

# Django's own parts of the admin: links distinguished only by colour, or only 20 pixels high.
DJANGOS = [".breadcrumbs", "#changelist-filter"]

PARTS = 2
"""In how many tests the pages are: each test connects accounts first, and runs in one process."""

PAGES = {
    "connect": "/zcrm/connect/",
    "connect the site": "/zcrm/connect/?site=1",
    "connections": "/zcrm/connections/",
    "paste a grant token": "/zcrm/grant-token/",
    "disconnect": "/zcrm/disconnect/?connection={pk}",
    "a refusal": "/zcrm/oauth/callback/?state=forged&code=1000.x",
    "connections in the admin": "/admin/zcrm/connection/",
    "a connection in the admin": "/admin/zcrm/connection/{pk}/change/",
    "connect from the admin": "/admin/zcrm/connection/add/",
    "connect again from the admin": "/admin/zcrm/connection/add/?connection={pk}",
    "paste a grant token in the admin": "/admin/zcrm/connection/grant-token/",
    "history": "/admin/zcrm/connectionhistory/",
    "a history entry": "/admin/zcrm/connectionhistory/{entry}/change/",
    "health": "/admin/zcrm/connection/health/",
    "disconnect in the admin": "/admin/zcrm/connection/operation/disconnect/?ids={pk}",
    "hand over in the admin": "/admin/zcrm/connection/operation/hand-over/?ids={pk}",
    "delete in the admin": "/admin/zcrm/connection/operation/delete/?ids={pk}",
}


@pytest.fixture
def page(browser: Browser, staff: User, live_server: LiveServer) -> Iterator[Page]:
    """Open an empty page in a browser where the staff member is logged in."""
    state = logged_in(staff, live_server.url)
    with browser.new_context(base_url=live_server.url, storage_state=state) as context:
        yield context.new_page()


# Pages that are others when nothing is connected.
EMPTY = ["connect", "connect the site", "connections", "connections in the admin", "history"]
EMPTY += ["health"]


@pytest.mark.parametrize("name", EMPTY)
def test_page_when_nothing_is_connected_is_accessible(name: str, page: Page, axe: str) -> None:
    page.goto(PAGES[name])
    assert_good(page, axe, leave_out=DJANGOS if "/admin/" in page.url else ())


@pytest.mark.parametrize("part", range(PARTS))
def test_pages_when_some_are_connected_are_accessible(
    part: int, page: Page, axe: str, staff: User, zoho: SiteEmulator
) -> None:
    long = "Nordlichtwerkzeughandelsgesellschaft"
    pk = connect_some(staff, zoho, f"{long} {long}", f"{long.lower()}.example").pk
    entry = ConnectionHistory.objects.latest("pk").pk
    faults = []
    for name in list(PAGES)[part::PARTS]:
        page.goto(PAGES[name].format(pk=pk, entry=entry))
        try:
            assert_good(page, axe, leave_out=DJANGOS if "/admin/" in page.url else ())
        except AssertionError as error:
            faults.append(f"{name}: {error}")
    assert not faults, "\n\n".join(faults)
