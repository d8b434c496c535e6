"""Errors that no view handles: pages for people, JSON for programs, and what htmx understands."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import include, path

from django_zcrm import (
    ConfigurationError,
    ConsentWithdrawn,
    Forbidden,
    Invalid,
    Limited,
    NotConnected,
    NotFound,
    ServerFault,
    TimedOut,
    Unauthenticated,
    Unreachable,
    UnreadableResponse,
    zcrm,
)
from django_zcrm.models import Connection
from tests.app.zoho import Zoho, connect

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

SECRET = "INVALID: the row of sales@example.com"


def make_limited() -> Limited:
    error = Limited("TOO_MANY_REQUESTS", "slow down", status=429)
    error.retry_after = 90.2
    return error


def about(error: Any, owner: str) -> Any:
    error.owner = owner
    return error


ERRORS: dict[str, Callable[[], Exception]] = {
    "limited": make_limited,
    "timed-out": lambda: TimedOut(SECRET),
    "unreachable": lambda: Unreachable(SECRET),
    "gateway": lambda: UnreadableResponse(SECRET, 502),
    "fault": lambda: ServerFault("INTERNAL_ERROR", SECRET, status=500),
    "not-found": lambda: NotFound("INVALID_DATA", SECRET, status=404),
    "forbidden": lambda: Forbidden("NO_PERMISSION", SECRET, status=403),
    "scope": lambda: Forbidden("OAUTH_SCOPE_MISMATCH", SECRET, status=401),
    "invalid": lambda: Invalid("INVALID_DATA", SECRET, {"api_name": "Email"}, 400),
    "unauthenticated": lambda: Unauthenticated("INVALID_TOKEN", SECRET, status=401),
    "settings": lambda: ConfigurationError(SECRET, "CLIENT_ID"),
    "site": lambda: about(NotConnected(SECRET), "site"),
    "site-withdrawn": lambda: about(ConsentWithdrawn(SECRET), "site"),
    "others": lambda: about(ConsentWithdrawn(SECRET), "user:0"),
    "not-connected": lambda: NotConnected(SECRET),
    "withdrawn": lambda: ConsentWithdrawn(SECRET),
    "other": lambda: ValueError("not ours"),
}


def fail(request: HttpRequest, name: str) -> HttpResponse:
    raise ERRORS[name]()


def fail_below(request: HttpRequest, name: str, rest: str) -> HttpResponse:
    raise ERRORS[name]()


async def fail_async(request: HttpRequest, name: str) -> HttpResponse:
    raise ERRORS[name]()


def use_site(request: HttpRequest) -> HttpResponse:
    return HttpResponse(zcrm.org.get()["company_name"])


def use_own(request: HttpRequest) -> HttpResponse:
    return HttpResponse(zcrm.for_user(request.user).org.get()["company_name"])


urlpatterns = [
    path("zcrm/", include("django_zcrm.urls")),
    path("fail/<slug:name>/", fail),
    path("fail/<slug:name>/<str:rest>", fail_below),
    path("fail-async/<slug:name>/", fail_async),
    path("site/", use_site),
    path("own/", use_own),
]


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django_zcrm.web.middleware.ZCRMErrorMiddleware",
    ]


def browser(name: str = "alice", **more: Any) -> Client:
    """Log a user in."""
    client = Client()
    client.force_login(User.objects.create_user(name, **more))
    return client


def connected_browser(zoho: Zoho) -> Client:
    """Log a user in who has a connection."""
    client = browser()
    connect(zoho)
    Connection.objects.update(owner=User.objects.get())
    return client


# The message for each, and whether connecting an account is offered.
SAID = [
    ("limited", 503, "limited", "Please try again in 2 minutes.", False),
    ("timed-out", 502, "unreachable", "Zoho does not respond", False),
    ("unreachable", 502, "unreachable", "Zoho does not respond", False),
    ("gateway", 502, "unreachable", "Zoho does not respond", False),
    ("fault", 502, "unreachable", "Zoho does not respond", False),
    ("not-found", 404, "not_found", "Not found", False),
    ("forbidden", 403, "forbidden", "Not allowed", False),
    ("scope", 403, "forbidden", "Not allowed", False),
    ("invalid", 400, "invalid", "Zoho refused", False),
    ("unauthenticated", 502, "unauthenticated", "does not accept this site", False),
    ("settings", 500, "misconfigured", "not set up", False),
    ("site", 503, "site_not_connected", "is not connected", False),
    ("site-withdrawn", 503, "site_not_connected", "is not connected", False),
    ("others", 503, "site_not_connected", "is not connected", False),
    ("not-connected", 403, "not_connected", "Connect your Zoho account", True),
    ("withdrawn", 403, "consent_withdrawn", "Please connect again", True),
]


def test_a_path_with_a_newline_is_logged_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    browser().get("/fail/limited/a%0AWARNING forged%1b[31m")
    [message] = [record.getMessage() for record in caplog.records if record.name == "django_zcrm"]
    assert message.startswith("/fail/limited/a WARNING forged [31m: Limited: ")


@pytest.mark.parametrize(("name", "status", "error", "words", "offers"), SAID)
@pytest.mark.parametrize("staff", [False, True])
def test_browser_gets_a_page(
    name: str, status: int, error: str, words: str, offers: bool, staff: bool
) -> None:
    response = browser(is_staff=staff, is_superuser=staff).get(f"/fail/{name}/?a=1")
    assert response.status_code == status
    assert words in response.text
    assert ('action="/zcrm/connect/"' in response.text) is offers
    assert ('name="next" value="/fail/' in response.text) is offers
    assert (SECRET in response.text) is (staff and name != "limited")
    assert ("?site=1" in response.text) is (staff and error == "site_not_connected")
    assert "no-store" in response["Cache-Control"]
    assert response.get("Retry-After") == ("91" if name == "limited" else None)


@pytest.mark.parametrize(("name", "status", "error", "words", "offers"), SAID)
@pytest.mark.parametrize(
    "headers", [{"Accept": "application/json"}, {"Accept": "*/*", "Sec-Fetch-Dest": "empty"}]
)
def test_json_client_gets_json(
    name: str, status: int, error: str, words: str, offers: bool, headers: dict[str, str]
) -> None:
    referer = {"Referer": "http://testserver/app/?tab=1"}
    response = browser(is_staff=True).get(f"/fail/{name}/", headers=headers | referer)
    assert response.status_code == status
    body = response.json()
    assert body["error"] == error
    assert body["detail"]
    assert SECRET not in response.text.replace('"Email": "INVALID', "")
    assert ("connect_url" in body) is offers
    if offers:
        assert body["connect_url"] == (
            "/zcrm/connect/?next=http%3A%2F%2Ftestserver%2Fapp%2F%3Ftab%3D1"
        )
    if name == "limited":
        assert body["retry_after"] == 91
        assert body["code"] == "TOO_MANY_REQUESTS"


# A refusal by Zoho of a call with the user's own connection.
REFUSALS = [
    ("forbidden", "NO_PERMISSION", "A Zoho administrator can change that.", False),
    ("scope", "OAUTH_SCOPE_MISMATCH", "more access to Zoho CRM than you granted", True),
]


@pytest.mark.parametrize(("name", "code", "words", "offers"), REFUSALS)
def test_refused_call_offers_to_connect_only_for_a_missing_scope(
    zoho: Zoho, name: str, code: str, words: str, offers: bool
) -> None:
    client = connected_browser(zoho)
    pages = [
        client.get(f"/fail/{name}/", headers=headers) for headers in ({}, {"HX-Request": "true"})
    ]
    for response in pages:
        assert response.status_code == 403
        assert "HX-Redirect" not in response
        assert words in response.text
        assert code in response.text
        assert ('action="/zcrm/connect/"' in response.text) is offers
    response = client.get(f"/fail/{name}/", headers={"Accept": "application/json"})
    body = response.json()
    assert (response.status_code, body["error"], body["code"]) == (403, "forbidden", code)
    assert words in body["detail"]
    assert body.get("connect_url") == ("/zcrm/connect/" if offers else None)


def test_json_has_the_refused_fields() -> None:
    response = browser().get("/fail/invalid/", headers={"Accept": "application/json"})
    assert response.json()["fields"] == {"Email": SECRET}


@pytest.mark.parametrize(("name", "status", "error", "words", "offers"), SAID)
def test_htmx_gets_a_redirect_or_a_fragment(
    name: str, status: int, error: str, words: str, offers: bool
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/desk/?page=2"}
    response = browser().get(f"/fail/{name}/", headers=headers)
    if offers:
        assert response.status_code == 200
        assert response["HX-Redirect"].endswith("testserver%2Fdesk%2F%3Fpage%3D2")
        assert not response.content
    else:
        assert response.status_code == status
        assert "HX-Redirect" not in response
        assert words in response.text
        assert "<html" not in response.text


@pytest.mark.parametrize("headers", [{"HX-Current-URL": "https://evil.example/"}, {}])
def test_htmx_comes_back_to_this_site_only(headers: dict[str, str]) -> None:
    response = browser().get("/fail/not-connected/", headers={"HX-Request": "true", **headers})
    assert response["HX-Redirect"] == "/zcrm/connect/"


@pytest.mark.parametrize(("name", "status"), [("limited", 503), ("not-connected", 403)])
def test_error_of_an_async_view_has_its_status(name: str, status: int) -> None:
    client, user = AsyncClient(), User.objects.create_user("alice")

    async def visit() -> Any:
        await client.aforce_login(user)
        return await client.get(f"/fail-async/{name}/")

    assert async_to_sync(visit)().status_code == status


def test_other_errors_are_left_alone() -> None:
    with pytest.raises(ValueError, match="not ours"):
        browser().get("/fail/other/")


def test_anonymous_user_connects_after_login() -> None:
    response = Client().get("/own/")
    assert response.status_code == 403
    assert 'action="/zcrm/connect/"' in response.text
    assert "tell" not in response.text


GONE = [
    {"state": Connection.State.DISCONNECTED},
    {"state": Connection.State.CONSENT_WITHDRAWN},
    {"expires_at": None, "encrypted_refresh_token": ""},  # the view finds out
]


@pytest.mark.parametrize("columns", GONE)
def test_a_dead_connection_of_the_site_is_not_for_its_visitors(
    zoho: Zoho, columns: dict[str, Any]
) -> None:
    client = browser()
    connection = connect(zoho)
    assert client.get("/site/").status_code == 200
    assert client.get("/own/").status_code == 403
    Connection.objects.update(**columns)
    connection.refresh_from_db()
    connection.save()  # so that the process forgets the default client
    response = client.get("/site/")
    assert (response.status_code, 'action="/zcrm/connect/"' in response.text) == (503, False)


@pytest.mark.parametrize("columns", GONE)
def test_dead_connection_of_the_user_offers_to_connect(zoho: Zoho, columns: dict[str, Any]) -> None:
    client = browser()
    connection = connect(zoho)
    Connection.objects.update(owner=User.objects.get(), **columns)
    connection.refresh_from_db()
    connection.save()
    response = client.get("/own/")
    assert (response.status_code, 'action="/zcrm/connect/"' in response.text) == (403, True)
    assert client.get("/site/").status_code == 503


def test_a_project_replaces_a_page(settings: Settings, tmp_path: Any) -> None:
    (tmp_path / "zcrm").mkdir()
    (tmp_path / "zcrm/problem_limited.html").write_text("busy for {{ minutes }} min")
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [tmp_path]}]
    assert browser().get("/fail/limited/").text == "busy for 2 min"


@pytest.mark.parametrize("name", ["site", "not-connected"])
@pytest.mark.parametrize("staff", [False, True])
def test_site_without_a_connect_page_offers_none(
    settings: Settings, name: str, staff: bool
) -> None:
    settings.ROOT_URLCONF = (path("fail/<slug:name>/", fail),)
    client = browser(is_staff=staff, is_superuser=staff)
    for accept in ("text/html", "application/json"):
        response = client.get(f"/fail/{name}/", headers={"Accept": accept})
        assert response.status_code == 503
        assert "This site has no access to Zoho CRM" in response.text


def test_log_has_details_that_page_hides(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    client = browser()
    for name in ("not-connected", "unreachable", "settings"):
        client.get(f"/fail/{name}/")
    levels = [record.levelname for record in caplog.records if record.name == "django_zcrm"]
    assert levels == ["INFO", "WARNING", "ERROR"]
    assert SECRET in caplog.text
