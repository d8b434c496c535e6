"""The app's pages cannot be framed by other sites, and send them no referrer."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, reverse

from django_zcrm import urls
from tests.app.zoho import Zoho, connect

pytestmark = pytest.mark.django_db

PAGES = [
    "/zcrm/connect/",
    "/zcrm/connect/?site=1",
    "/zcrm/oauth/callback/?state=x&code=1000.grant",
    "/zcrm/connections/",
    "/zcrm/connections/use/",
    "/zcrm/disconnect/?connection={pk}",
    "/zcrm/grant-token/",
    "/admin/zcrm/connection/",
    "/admin/zcrm/connection/health/",
    "/admin/zcrm/connection/grant-token/",
    "/admin/zcrm/connection/{pk}/change/",
]


def headers(client: Client, page: str) -> tuple[str | None, str | None]:
    response = client.get(page)
    return response.headers.get("X-Frame-Options"), response.headers.get("Referrer-Policy")


@pytest.fixture
def pages(zoho: Zoho, settings: Any) -> list[str]:
    """All pages, on a site without any middleware that protects them."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "security" not in name]
    assert not [name for name in settings.MIDDLEWARE if "clickjacking" in name]
    row = connect(zoho)
    return [page.format(pk=row.pk) for page in PAGES]


def test_every_page_protects_itself(pages: list[str], admin_client: Client) -> None:
    for page in pages:
        assert headers(admin_client, page) == ("DENY", "same-origin"), page


def test_pages_for_anonymous_visitors_are_protected(pages: list[str], client: Client) -> None:
    for page in pages:
        if "callback" not in page and "use" not in page:
            assert client.get(page).status_code == 302
        assert headers(client, page) == ("DENY", "same-origin"), page


def test_no_url_of_the_app_was_forgotten() -> None:
    tested = {page.partition("?")[0] for page in PAGES}
    for pattern in urls.urlpatterns:
        assert isinstance(pattern, URLPattern)
        if pattern.name in ("notify", "health"):  # no pages: they are for programs
            continue
        assert reverse(f"zcrm:{pattern.name}") in tested


@pytest.mark.parametrize(
    ("framing", "referrer", "sent"),
    [
        ("SAMEORIGIN", "no-referrer", ("SAMEORIGIN", "no-referrer")),
        ("ALLOWALL", "unsafe-url", ("DENY", "same-origin")),
        (None, None, ("DENY", "same-origin")),
        ("DENY", ["no-referrer", "origin"], ("DENY", "same-origin")),
    ],
)
def test_a_sites_settings_count_where_they_are_as_strict(
    pages: list[str],
    admin_client: Client,
    settings: Any,
    framing: Any,
    referrer: Any,
    sent: tuple[str, str],
) -> None:
    settings.MIDDLEWARE = [
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
        *settings.MIDDLEWARE,
    ]
    settings.X_FRAME_OPTIONS, settings.SECURE_REFERRER_POLICY = framing, referrer
    assert headers(admin_client, "/zcrm/connect/") == sent


def test_a_form_still_passes_the_csrf_check(pages: list[str], admin_user: User) -> None:
    """With no-referrer a browser would send `Origin: null`, which Django refuses."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(admin_user)
    page = browser.get("/zcrm/connect/", secure=True)
    assert page.headers["Referrer-Policy"] == "same-origin"
    response = browser.post(
        "/zcrm/connect/",
        {"csrfmiddlewaretoken": page.context["csrf_token"]},
        headers={"referer": "https://testserver/zcrm/connect/"},
        secure=True,
    )
    assert response.status_code == 302
