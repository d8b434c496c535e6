"""The app's own pages in the admin look like Django's, whichever Django serves them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from django_zcrm.testing import SiteEmulator

from .accessibility import SIZES
from .company import connect_some
from .conftest import logged_in

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.sampled,
    pytest.mark.django_db(transaction=True),
]

LIST = "/admin/zcrm/connection/"
DJANGOS = "/admin/auth/user/"
OWN = {
    "connect": "add/",
    "connect again": "add/?connection={pk}",
    "paste a grant token": "grant-token/",
    "health": "health/",
    "test now": "operation/test/?ids={pk}",
    "hand over": "operation/hand-over/?ids={pk}",
    "disconnect": "operation/disconnect/?ids={pk}",
    "delete": "operation/delete/?ids={pk}",
}

BREADCRUMBS = """() => {
  const trail = document.querySelector('.breadcrumbs');
  const {backgroundColor, color, fontSize, listStyleType, padding} = getComputedStyle(trail);
  const {left, width, top} = trail.getBoundingClientRect();
  const place = document.querySelector('main').getBoundingClientRect().top;
  return {tag: trail.tagName, backgroundColor, color, fontSize, listStyleType, padding, left, width,
    top, place};
}"""


@pytest.fixture(params=SIZES)
def page(
    request: pytest.FixtureRequest, browser: Browser, staff: User, live_server: LiveServer
) -> Iterator[Page]:
    """Open an empty page of each size in a browser where the staff member is logged in."""
    width, height = SIZES[request.param]
    with browser.new_context(
        base_url=live_server.url,
        viewport={"width": width, "height": height},
        storage_state=logged_in(staff, live_server.url),
    ) as context:
        yield context.new_page()


@pytest.fixture
def pk(staff: User, zoho: SiteEmulator) -> int:
    """Connect some accounts, and return the primary key of one connection."""
    return connect_some(staff, zoho).pk


def breadcrumbs(page: Page) -> dict[str, Any]:
    """Return how the breadcrumbs look, and where the content below them begins."""
    breadcrumbs: dict[str, Any] = page.evaluate(BREADCRUMBS)
    return breadcrumbs


def test_breadcrumbs_look_like_djangos(page: Page, pk: int) -> None:
    page.goto(DJANGOS)
    djangos = breadcrumbs(page)
    # A long title may need a second line.
    height = djangos.pop("place")
    assert djangos["backgroundColor"] != "rgba(0, 0, 0, 0)"
    for name, path in OWN.items():
        page.goto(LIST + path.format(pk=pk))
        looks = breadcrumbs(page)
        assert looks.pop("place") >= height, name
        assert looks == djangos, name
        trail = page.locator(".breadcrumbs")
        assert trail.locator("a").all_inner_texts() == ["Home", "Zoho CRM", "Connections"], name
        expect(trail).to_contain_text(page.locator("#content h1").inner_text())


def test_the_title_of_a_connection_has_the_whole_width(page: Page, pk: int) -> None:
    page.goto(f"{LIST}{pk}/change/")
    title = page.locator("#content h2").first.bounding_box()
    tools = page.locator(".object-tools").bounding_box()
    content = page.locator("#content-main").bounding_box()
    assert title
    assert tools
    assert content
    assert title["y"] + title["height"] <= tools["y"]
    assert title["width"] == pytest.approx(content["width"], abs=1)
