"""The code of the docs' recipes, run with the real packages."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
import sentry_sdk
from django.conf import settings as site_settings
from django.contrib.auth.models import User
from django.template import engines
from django.test import Client
from django.urls import include, path
from prometheus_client import REGISTRY, generate_latest
from sentry_sdk.transport import Transport

from django_zcrm import zcrm
from django_zcrm.exceptions import ServerFault
from django_zcrm.models import Connection
from django_zcrm.signals import request_finished
from django_zcrm.testing import SiteEmulator
from django_zcrm.tokens import token_store

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

DOCS = Path(__file__).resolve().parents[2] / "docs" / "howto"


def load_recipe(page: str, title: str) -> ModuleType:
    """Run the block of a page that begins with a comment, and return it as a module."""
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    (code,) = [block for block in blocks if block.startswith(f"# {title}")]
    module = ModuleType(f"recipe_{title.removesuffix('.py')}")
    sys.modules[module.__name__] = module  # ninja resolves annotations there
    exec(code, module.__dict__)  # noqa: S102 - the docs' own code
    return module


ninja = load_recipe("ninja-and-htmx.md", "api.py")
views = load_recipe("ninja-and-htmx.md", "views.py")

urlpatterns = [
    path("zcrm/", include("django_zcrm.urls")),
    path("api/", ninja.api.urls),
    path("leads/", views.search_leads),
    path("", include("django_prometheus.urls")),
]


@pytest.fixture
def receivers() -> Iterator[None]:
    """Remove the receivers that a recipe connects."""
    before = list(request_finished.receivers)
    yield
    request_finished.receivers = before
    request_finished.sender_receivers_cache.clear()


@pytest.fixture
def browser(settings: Settings) -> Client:
    """Return a client that is logged in, on a site with the middleware of the recipes."""
    settings.MIDDLEWARE = [
        *site_settings.MIDDLEWARE,
        "django_htmx.middleware.HtmxMiddleware",
        "django_zcrm.web.middleware.ZCRMErrorMiddleware",
    ]
    client = Client()
    client.force_login(User.objects.create(username="ada"))
    return client


@pytest.fixture
def connected(browser: Client, zcrm_emulator: SiteEmulator) -> Client:
    """Return a client whose user has a connection, and two leads."""
    zcrm_emulator.connect(User.objects.get(username="ada"))
    zcrm_emulator.create("Leads", 1, Last_Name="Wong", Company="Acme")
    zcrm_emulator.create("Leads", 1, Last_Name="Lima", Company="Acme")
    return browser


class Captured(Transport):
    """Keeps what would be sent to Sentry."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Any] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.events.extend(item.payload.json for item in envelope.items if item.payload.json)


def test_sentry_event_has_breadcrumbs_without_values(
    receivers: None, zcrm_emulator: SiteEmulator, site_connection: Connection
) -> None:
    sent = Captured()
    with sentry_sdk.isolation_scope():
        client = sentry_sdk.Client(dsn="https://key@sentry.invalid/1", transport=sent)
        sentry_sdk.get_isolation_scope().set_client(client)
        load_recipe("observe.md", "sentry.py")
        zcrm.records.search("Leads", word="Confidential")
        zcrm_emulator.fail_next("records.get", status=500, times=None)
        try:
            zcrm.records.get("Leads", "123")
        except ServerFault as error:
            sentry_sdk.capture_exception(error)
        client.close()
    (event,) = sent.events
    crumbs = [crumb for crumb in event["breadcrumbs"]["values"] if crumb["category"] == "zoho"]
    assert crumbs[0]["message"] == "GET /crm/{version}/{module}/search"
    assert {crumb["level"] for crumb in crumbs} == {"info", "warning"}
    text = str(event)
    assert "Confidential" not in str(crumbs)
    tokens = token_store().get_oauth_tokens(site_connection)
    for token in (tokens.access_token, tokens.refresh_token):
        assert token is not None
        assert token.reveal() not in text


def test_prometheus_metrics_count_requests_and_credits(
    receivers: None, zcrm_emulator: SiteEmulator, site_connection: Connection
) -> None:
    zcrm_emulator.create("Leads", 1, Last_Name="Wong", Company="Acme")
    recipe = load_recipe("observe.md", "prometheus.py")
    try:
        zcrm.objects("Leads").filter(Company="Acme").only("Last_Name").first()
        text = Client().get("/metrics").content.decode()
        operation = 'operation="POST /crm/{version}/coql"'
        assert f'zcrm_requests_total{{{operation},status="200"}} 1.0' in text
        assert f"zcrm_credits_total{{{operation}}} 1.0" in text
        assert f"zcrm_request_seconds_count{{{operation}}} 1.0" in text
        assert generate_latest(REGISTRY)
    finally:
        for metric in (recipe.REQUESTS, recipe.CREDITS, recipe.SECONDS):
            REGISTRY.unregister(metric)


def test_ninja_lists_and_creates_records(connected: Client) -> None:
    names = {lead["Last_Name"] for lead in connected.get("/api/leads/").json()}
    assert {"Wong", "Lima"} <= names
    new = {"last_name": "Okoye", "company": "Acme"}
    response = connected.post("/api/leads/", new, content_type="application/json")
    assert response.status_code == 201
    user = User.objects.get(username="ada")
    assert zcrm.for_user(user).records.get("Leads", response.json()["id"])["Last_Name"] == "Okoye"


@pytest.mark.parametrize("is_debug", [False, True])
def test_ninja_without_connection_returns_where_to_connect(
    browser: Client, zcrm_emulator: SiteEmulator, settings: Settings, is_debug: bool
) -> None:
    settings.DEBUG = is_debug
    response = browser.get("/api/leads/", headers={"Accept": "application/json"})
    assert response.status_code == 403
    assert response.json()["error"] == "not_connected"
    assert response.json()["connect_url"].startswith("/zcrm/connect/")


@pytest.fixture
def rows(settings: Settings) -> None:
    """Give the site the two templates of the recipe."""
    text = "{% for lead in leads %}<li>{{ lead.Last_Name }}</li>{% endfor %}"
    loaders = [
        (
            "django.template.loaders.locmem.Loader",
            {"leads/rows.html": text, "leads/list.html": f"<main>{text}</main>"},
        )
    ]
    settings.TEMPLATES = [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": loaders},
        }
    ]
    engines.__dict__.pop("templates", None)


def test_htmx_gets_rows_and_browser_gets_page(connected: Client, rows: None) -> None:
    page = connected.get("/leads/?q=Wo").content.decode()
    fragment = connected.get("/leads/?q=Wo", headers={"HX-Request": "true"}).content.decode()
    assert page.startswith("<main>")
    assert fragment.startswith("<li>")
    assert "Wong" in fragment
    assert "Lima" not in fragment


def test_htmx_without_connection_is_redirected_to_connect(
    browser: Client, zcrm_emulator: SiteEmulator
) -> None:
    response = browser.get("/leads/", headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"].startswith("/zcrm/connect/")
