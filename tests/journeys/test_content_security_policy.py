"""All pages keep their styles under a policy that forbids inline styles and scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Browser, Page, Route

from django_zcrm.models import ConnectionHistory
from django_zcrm.testing import SiteEmulator
from django_zcrm.testing.standalone import serve

from .company import connect_some
from .conftest import logged_in
from .test_pages import PAGES

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'"
)
COLLECT = """
window.violations = [];
document.addEventListener('securitypolicyviolation', event => window.violations.push(
    `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


def add_policy(route: Route) -> None:
    """Answer a request for a page as the server does, with the policy in the response."""
    if route.request.resource_type != "document":
        route.continue_()
        return
    response = route.fetch(max_redirects=0)
    route.fulfill(
        response=response, headers={**response.headers, "content-security-policy": POLICY}
    )


@pytest.fixture
def page(browser: Browser, staff: User, live_server: LiveServer) -> Iterator[Page]:
    """Open an empty page that collects violations of the policy."""
    with browser.new_context(
        base_url=live_server.url, storage_state=logged_in(staff, live_server.url)
    ) as context:
        page = context.new_page()
        page.add_init_script(COLLECT)
        page.route("**/*", add_policy)
        yield page


def find_faults(page: Page, path: str) -> list[str]:
    """Return what is wrong with a page: violations, or styles that are missing."""
    response = page.goto(path)
    faults = [f"{path}: {violation}" for violation in page.evaluate("window.violations")]
    if response is None or response.status >= 500:
        faults.append(f"{path}: {response and response.status}")
    if not page.evaluate("document.styleSheets.length"):
        faults.append(f"{path}: no style sheet")
    if page.evaluate("Array.from(document.styleSheets).some(sheet => !sheet.cssRules.length)"):
        faults.append(f"{path}: an empty style sheet")
    return faults


def test_pages_of_the_app_and_the_admin_follow_a_strict_policy(
    page: Page, staff: User, zoho: SiteEmulator
) -> None:
    pk = connect_some(staff, zoho).pk
    entry = ConnectionHistory.objects.latest("pk").pk
    paths = [path.format(pk=pk, entry=entry) for path in PAGES.values()]
    paths += [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
        if model._meta.app_label.startswith("zcrm")
    ]
    assert any("zcrm_mirror" in path for path in paths)
    assert [fault for path in paths for fault in find_faults(page, path)] == []


def test_pages_of_the_emulator_follow_a_strict_policy(page: Page) -> None:
    with serve(data="demo") as emulator:
        paths = ["/", "/oauth/v2/auth?client_id=unknown", "/emulator/browse/0/Nothing"]
        faults = [fault for path in paths for fault in find_faults(page, emulator.url + path)]
        page.goto(emulator.url)
        for link in ("a[href*='/emulator/browse/']", "tbody a"):  # a module, and a record
            href = page.locator(link).first.get_attribute("href") or ""
            faults += find_faults(page, urljoin(page.url, href))
        width = page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth")
    assert faults == []
    assert width != "none"
