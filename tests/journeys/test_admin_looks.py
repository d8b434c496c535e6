"""The app's own pages in the admin look like Django's, whichever Django serves them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect

from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.testing import SiteEmulator

from .accessibility import set_each_size
from .company import connect_some
from .conftest import logged_in

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

pytestmark = [
    pytest.mark.browser,
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


@pytest.fixture
def page(browser: Browser, staff: User, live_server: LiveServer) -> Iterator[Page]:
    """Open an empty page in a browser where the staff member is logged in."""
    with browser.new_context(
        base_url=live_server.url, storage_state=logged_in(staff, live_server.url)
    ) as context:
        yield context.new_page()


@pytest.fixture
def pk(staff: User, zoho: SiteEmulator) -> int:
    """Connect some accounts, and return the primary key of one connection."""
    return connect_some(staff, zoho).pk


def breadcrumbs(page: Page) -> list[dict[str, Any]]:
    """Return how the breadcrumbs look in each size, and where the content below them begins."""
    return [page.evaluate(BREADCRUMBS) for _ in set_each_size(page)]


def test_breadcrumbs_look_like_djangos(page: Page, pk: int) -> None:
    page.goto(DJANGOS)
    djangos = breadcrumbs(page)
    # A long title may need a second line.
    heights = [looks.pop("place") for looks in djangos]
    assert all(looks["backgroundColor"] != "rgba(0, 0, 0, 0)" for looks in djangos)
    for name, path in OWN.items():
        page.goto(LIST + path.format(pk=pk))
        looks = breadcrumbs(page)
        for each, height in zip(looks, heights, strict=True):
            assert each.pop("place") >= height, name
        assert looks == djangos, name
        trail = page.locator(".breadcrumbs")
        assert trail.locator("a").all_inner_texts() == ["Home", "Zoho CRM", "Connections"], name
        expect(trail).to_contain_text(page.locator("#content h1").inner_text())


def test_title_of_a_connection_has_the_whole_width(page: Page, pk: int) -> None:
    page.goto(f"{LIST}{pk}/change/")
    for _ in set_each_size(page):
        title = page.locator("#content h2").first.bounding_box()
        tools = page.locator(".object-tools").bounding_box()
        content = page.locator("#content-main").bounding_box()
        assert title
        assert tools
        assert content
        assert title["y"] + title["height"] <= tools["y"]
        assert title["width"] == pytest.approx(content["width"], abs=1)


def outbox_item(pk: int) -> OutboxItem:
    """Create a change in conflict, and the mirror that it belongs to."""
    MirrorState.objects.get_or_create(connection_id=pk, module="Leads")
    both = {"base": "Before", "local": "Ours", "zoho": "Theirs", "kept": "zoho"}
    return OutboxItem.objects.create(
        connection_id=pk,
        module="Leads",
        object_id="1",
        zoho_id="4711",
        operation="update",
        state=OutboxItem.State.CONFLICT,
        conflict={"Last_Name": both},
    )


def test_lists_of_the_mirror_fit_the_page(page: Page, pk: int) -> None:
    outbox_item(pk)
    for name in ("mirrorstate", "outboxitem", "channel", "notice"):
        page.goto(f"/admin/zcrm_mirror/{name}/")
        for width in set_each_size(page):
            for cell in page.locator("#result_list tbody :is(th, td)").all():
                box = cell.bounding_box()
                assert box is not None, name
                assert box["x"] + box["width"] <= width, name


def test_buttons_of_the_mirror_look_like_djangos_and_keep_apart(page: Page, pk: int) -> None:
    item = outbox_item(pk)
    page.goto(f"/admin/zcrm_mirror/outboxitem/{item.pk}/change/")
    tools = page.locator(".object-tools li > a, .object-tools button")
    assert [words.lower() for words in tools.all_inner_texts()] == [
        "send again",
        "discard",
        "history",
    ]
    looks = "({borderRadius, fontSize, padding}) => ({borderRadius, fontSize, padding})"
    for _ in set_each_size(page):
        styles = [
            tool.evaluate(f"node => ({looks})(getComputedStyle(node))") for tool in tools.all()
        ]
        assert styles[0] == styles[1] == styles[2]
        boxes = [box for tool in tools.all() if (box := tool.bounding_box())]
        assert len({round(box["height"]) for box in boxes}) == 1
        for left, right in pairwise(boxes):
            assert right["x"] - left["x"] - left["width"] >= 4
