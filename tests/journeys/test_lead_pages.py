"""Every page of the example site is accessible, and the main task works without a mouse."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, get_resolver
from playwright.sync_api import Browser, Page, expect

from .accessibility import assert_good, press
from .demo import Demo

pytestmark = pytest.mark.browser

# By URL name.
PAGES = {
    "leads": "/",
    "create": "/leads/new/",
    "lead": "/leads/{lead}/",
    "edit": "/leads/{lead}/edit/",
    "convert": "/leads/{lead}/convert/",
    "accounts": "/accounts/",
    "account": "/accounts/{account}/",
    "company": "/company/",
}
NO_PAGES = {"attach", "detach", "download", "export"}
MORE_PAGES = {
    "a page in the middle": "/?page=2",
    "nothing found": "/?text=nobodyofthatname",
    "a search that cannot be": "/?text=x",
    "filters that match": "/?company=a&revenue_from=1000&sort=-revenue",
    "filters that cannot be": "/?company=50%25&revenue_from=2&revenue_to=1",
    "an address that leads nowhere": "/leads/1/",
    "the account": "/zcrm/connect/?next=/",
    "the accounts": "/zcrm/connections/",
    "a grant token": "/zcrm/grant-token/",
}


@pytest.fixture(scope="module")
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    """Open the leads, log in and connect, using only the keyboard."""
    name = uuid.uuid4().hex
    demo.add_user(name)
    with browser.new_context(base_url=demo.url) as context:
        page = context.new_page()
        demo.log_in(page, name)
        press(page, "button", "Connect Zoho CRM")
        expect(page.get_by_role("heading", name="asks for access")).to_be_visible()
        press(page, "button", "Accept")
        expect(page.get_by_role("status")).to_contain_text("Zoho CRM is connected")
        yield page


@pytest.mark.parametrize("name", [*PAGES, *MORE_PAGES])
def test_every_page_is_accessible(name: str, page: Page, axe: str) -> None:
    path = {**PAGES, **MORE_PAGES}[name]
    for beginning, list_page in (("/leads/{lead}/", "/"), ("/accounts/{account}/", "/accounts/")):
        if path.startswith(beginning):
            page.goto(list_page)
            link = page.get_by_role("rowheader").first.get_by_role("link").get_attribute("href")
            path = path.replace(beginning, str(link))
    page.goto(path)
    assert_good(page, axe)


def test_no_page_is_left_out() -> None:
    names = {
        pattern.name
        for pattern in get_resolver("example_project.leads.urls").url_patterns
        if isinstance(pattern, URLPattern)
    }
    assert names == PAGES.keys() | NO_PAGES


def test_lead_refused_and_then_created_by_keyboard_is_converted(page: Page, axe: str) -> None:
    page.goto("/")
    press(page, "link", "New lead")
    press(page, "button", "Save")
    expect(page.get_by_role("alert")).to_be_visible()
    assert_good(page, axe)

    page.get_by_label("Last name").focus()
    page.keyboard.type("Okoye")
    press(page, "button", "Save")
    expect(page.get_by_role("heading", name="Okoye")).to_be_visible()
    press(page, "link", "Convert")
    press(page, "button", "Convert")
    expect(page.get_by_role("status")).to_contain_text("Okoye is converted")


def test_before_anybody_is_connected(browser: Browser, demo: Demo, axe: str) -> None:
    name = uuid.uuid4().hex
    demo.add_user(name)
    with browser.new_context(base_url=demo.url, locale="zh-CN") as context:
        page = context.new_page()
        page.goto("/")
        expect(page.get_by_role("heading", name="登录")).to_be_visible()
        assert_good(page, axe)
        page.get_by_label("用户名").fill(name)
        page.get_by_label("密码").fill(demo.password)
        press(page, "button", "登录")

        expect(page.get_by_role("heading", name="连接您的 Zoho 账户")).to_be_visible()
        assert_good(page, axe)
        press(page, "button", "连接 Zoho CRM")
        expect(page.get_by_role("heading", name="asks for access")).to_be_visible()
        assert_good(page, axe)
        press(page, "button", "Reject")
        expect(page.get_by_role("alert")).to_contain_text("Zoho 未授予访问权限")
        assert_good(page, axe)
