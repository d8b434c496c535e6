"""Views of Django REST framework: authenticated by it, then admitted, and errors as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.urls import include, path
from rest_framework.authentication import BaseAuthentication
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_zcrm import Limited, zcrm
from django_zcrm.contrib.rest_framework import IsZohoConnected, exception_handler
from django_zcrm.models import Connection
from tests.app.saas_site import EXTRA
from tests.app.test_saas import PLAIN, withdraw
from tests.app.test_saas import connect as connect_user
from tests.app.zoho import Zoho

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


class NameInHeader(BaseAuthentication):  # type: ignore[misc]
    """Authenticates inside of the view, as tokens do; no middleware knows the user."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        name = request.headers.get("X-Name")
        return (User.objects.get(username=name), None) if name else None

    def authenticate_header(self, request: Request) -> str:
        return "Name"


class Company(APIView):  # type: ignore[misc]
    authentication_classes = (NameInHeader,)
    permission_classes = (IsZohoConnected,)

    def get_exception_handler(self) -> Any:
        return exception_handler

    def get(self, request: Request) -> Response:
        return Response(request.zcrm.org.get()["company_name"])

    def post(self, request: Request) -> Response:
        return Response(request.zcrm.records.create_one("Leads", request.data).id)

    def put(self, request: Request) -> Response:
        Connection.objects.update(last_error="written")
        raise Limited("TOO_MANY_REQUESTS", "slow down", status=429)

    def delete(self, request: Request) -> Response:
        return Response(zcrm.org.get())

    def patch(self, request: Request) -> Response:
        return Response(request.data["missing"])


class More(Company):
    zcrm_scopes = (EXTRA,)


def company(request: Request) -> Response:
    return Response(request.zcrm.org.get()["company_name"])


guarded = permission_classes([IsZohoConnected])(authentication_classes([NameInHeader])(company))


urlpatterns = [
    path("zcrm/", include("django_zcrm.urls")),
    path("company/", Company.as_view()),
    path("more/", More.as_view()),
    path("function/", api_view(["GET"])(guarded)),
]

NAME = {"X-Name": "alice"}


@pytest.fixture(autouse=True)
def site(settings: Settings, zoho: Zoho) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django_zcrm.web.middleware.ZCRMMiddleware"]
    settings.ZCRM = {**settings.ZCRM, "SCOPES": PLAIN}


@pytest.fixture
def user() -> User:
    return User.objects.create_user("alice")


@pytest.mark.parametrize("page", ["/company/", "/more/", "/function/"])
def test_user_authenticated_by_framework_is_admitted(
    client: Client, user: User, zoho: Zoho, page: str
) -> None:
    connection = connect_user(zoho, user)
    response = client.get(page, headers=NAME)
    assert (response.status_code, response.json()) == (200, connection.organisation_name)


def test_anonymous_request_gets_framework_response(client: Client, user: User) -> None:
    response = client.get("/company/")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Name")


def test_user_without_account_gets_connect_url(client: Client, user: User) -> None:
    referer = {"Referer": "http://testserver/app/"}
    response = client.get("/more/", headers={**NAME, **referer})
    assert response.status_code == 403
    body = response.json()
    assert body["error"] == "not_connected"
    assert body["scopes"] == [EXTRA]
    assert body["connect_url"].startswith("/zcrm/connect/?next=http%3A%2F%2Ftestserver%2Fapp%2F")
    assert body["detail"]


def test_a_missing_scope_is_named(client: Client, user: User, zoho: Zoho) -> None:
    connect_user(zoho, user, PLAIN)
    assert client.get("/company/", headers=NAME).status_code == 200
    body = client.get("/more/", headers=NAME).json()
    assert (body["error"], body["scopes"]) == ("scope_missing", [EXTRA])


def test_the_view_finds_out_that_consent_is_gone(client: Client, user: User, zoho: Zoho) -> None:
    withdraw(zoho, connect_user(zoho, user))
    for _ in range(2):  # from the call, then from the row
        response = client.get("/company/", headers=NAME)
        assert response.status_code == 403
        assert response.json()["error"] == "consent_withdrawn"
        assert response.json()["connect_url"] == "/zcrm/connect/"


def test_the_sites_dead_connection_is_not_the_users(client: Client, user: User, zoho: Zoho) -> None:
    connect_user(zoho, user)
    response = client.delete("/company/", headers=NAME)
    assert (response.status_code, response.json()["error"]) == (503, "site_not_connected")
    assert "connect_url" not in response.json()


def test_invalid_fields_have_zohos_messages(client: Client, user: User, zoho: Zoho) -> None:
    connect_user(zoho, user)
    response = client.post(
        "/company/", {"First_Name": "Nobody"}, headers=NAME, content_type="application/json"
    )
    assert response.status_code == 400
    assert response.json()["code"] == "MANDATORY_NOT_FOUND"
    assert response.json()["fields"] == {"Last_Name": "required field not found"}


@pytest.mark.django_db(transaction=True)
def test_a_throttle_is_a_503_and_rolls_back(
    client: Client, user: User, zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect_user(zoho, user)
    monkeypatch.setitem(database.settings_dict, "ATOMIC_REQUESTS", True)
    response = client.put("/company/", headers=NAME)
    assert (response.status_code, response.json()["error"]) == (503, "limited")
    connection.refresh_from_db()
    assert connection.last_error != "written"


def test_the_log_has_the_text_of_a_wrong_setting(
    client: Client, user: User, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.ZCRM = {**settings.ZCRM, "CLIENT_ID": ""}
    response = client.get("/company/", headers=NAME)
    assert (response.status_code, response.json()["error"]) == (500, "misconfigured")
    assert "CLIENT_ID" in caplog.text
    assert "CLIENT_ID" not in response.text


@pytest.mark.django_db(transaction=True)
def test_a_missing_permission_is_a_403_with_atomic_requests(
    client: Client, user: User, zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect_user(zoho, user)
    zoho.fail_next("org.get", code="NO_PERMISSION", status=403)
    monkeypatch.setitem(database.settings_dict, "ATOMIC_REQUESTS", True)
    response = client.get("/company/", headers=NAME)
    assert (response.status_code, response.json()["error"]) == (403, "forbidden")
    assert "connect_url" not in response.json()


def test_scope_that_zoho_misses_has_connect_url(client: Client, user: User, zoho: Zoho) -> None:
    connect_user(zoho, user)
    zoho.fail_next("org.get", code="OAUTH_SCOPE_MISMATCH", status=401)
    response = client.get("/company/", headers=NAME)
    assert (response.status_code, response.json()["error"]) == (403, "forbidden")
    assert response.json()["code"] == "OAUTH_SCOPE_MISMATCH"
    assert response.json()["connect_url"] == "/zcrm/connect/"


def test_errors_of_others_are_the_frameworks(client: Client, user: User, zoho: Zoho) -> None:
    connect_user(zoho, user)
    response = client.patch("/company/", "{", headers=NAME, content_type="application/json")
    assert response.status_code == 400
    assert "JSON parse error" in response.json()["detail"]
    with pytest.raises(KeyError):
        client.patch("/company/", "{}", headers=NAME, content_type="application/json")
