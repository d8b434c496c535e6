"""The health page of a site with many organisations stays short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, expect

from django_zcrm.testing import SiteEmulator
from tests.app.limits.test_overview import make_organisations

from .conftest import logged_in

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MAX_HEIGHT = 5000
"""Pixels. Before the page had pages, 43 organisations took 19,615."""


def test_health_page_with_many_organisations_has_pages(
    browser: Browser, staff: User, live_server: LiveServer, zoho: SiteEmulator
) -> None:
    make_organisations(zoho, 43)
    with browser.new_context(
        base_url=live_server.url,
        viewport={"width": 1280, "height": 800},
        storage_state=logged_in(staff, live_server.url),
    ) as context:
        page = context.new_page()
        page.goto("/admin/zcrm/connection/health/")
        height = page.evaluate("document.getElementById('content').scrollHeight")
        assert height < MAX_HEIGHT
        pages = page.get_by_role("navigation", name="Pages of organisations")
        pages.get_by_role("link", name="Next").click()
        limits = page.locator("section", has=page.get_by_role("heading", name="Zoho's limits"))
        expect(limits.get_by_role("rowheader", name="Organisation 32 ").first).to_be_visible()
        page.get_by_role("searchbox", name="Search connections").fill("Organisation 7")
        page.get_by_role("button", name="Search").click()
        expect(pages).to_have_count(0)
        print(f"{height} pixels")
