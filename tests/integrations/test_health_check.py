"""The health endpoint, and the check of django-health-check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError
from django.db import connection as database
from django.http import JsonResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from health_check.views import HealthCheckView

from django_zcrm.health import endpoint
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

TOKEN = "a-token-for-monitors-only"

CHECK = "django_zcrm.contrib.health_check.ZCRM"

urlpatterns = [
    path("zcrm/", include("django_zcrm.urls")),
    path("ht/", HealthCheckView.as_view(checks=[CHECK])),
]


@pytest.fixture
def monitor(settings: Settings) -> Client:
    settings.ZCRM = {**settings.ZCRM, "HEALTH_TOKEN": TOKEN}
    return Client(headers={"Authorization": f"Bearer {TOKEN}"})


def read(client: Client) -> tuple[int, dict[str, Any]]:
    response = client.get("/zcrm/health/")
    return response.status_code, json.loads(response.content)


def test_health_with_working_connection_is_200(
    monitor: Client, site_connection: Connection
) -> None:
    status, body = read(monitor)
    assert (status, body["parts"]["connections"]["status"]) == (200, "ok")
    assert body["parts"]["connections"]["connected"] == 1
    assert set(body["parts"]) == {"settings", "connections", "mirror"}


def test_health_with_one_withdrawn_of_two_is_degraded(
    monitor: Client, zcrm_emulator: SiteEmulator, site_connection: Connection
) -> None:
    other = zcrm_emulator.connect(User.objects.create(username="ada"))
    Connection.objects.filter(pk=other.pk).update(state=Connection.State.CONSENT_WITHDRAWN)
    assert [read(monitor)[0], read(monitor)[1]["status"]] == [200, "degraded"]


def test_health_without_working_connection_is_503(
    monitor: Client, site_connection: Connection
) -> None:
    Connection.objects.update(state=Connection.State.CONSENT_WITHDRAWN)
    status, body = read(monitor)
    assert (status, body["status"]) == (503, "failed")
    assert body["parts"]["connections"]["consent_withdrawn"] == 1


def test_health_with_wrong_setting_is_503_for_monitors(
    monitor: Client, settings: Settings, site_connection: Connection
) -> None:
    settings.ZCRM = {**settings.ZCRM, "SCOPES": ["one two"]}
    status, body = read(monitor)
    assert (status, body["status"]) == (503, "failed")
    assert body["parts"]["settings"]["errors"] == ["zcrm.E020"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError("gone away"), InterfaceError("closed")])
def test_health_without_database_is_503(
    monitor: Client, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise error

    monkeypatch.setitem(database.settings_dict, "ATOMIC_REQUESTS", True)
    monkeypatch.setattr(database, "ensure_connection", fail)
    body = {"status": "failed", "parts": {"database": {"status": "failed"}}}
    assert read(monitor) == (503, body)


def test_health_begins_no_transaction_in_any_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "connections", ["default", "other"])
    view: Any = endpoint.without_transactions(lambda request: JsonResponse({}))
    assert view._non_atomic_requests == {"default", "other"}


def test_health_of_strangers_and_users_is_403(
    monitor: Client, site_connection: Connection, client: Client
) -> None:
    wrong = ("", "Bearer ", "Bearer wrong-token-of-length", f"Basic {TOKEN}", TOKEN, "Bearer é")
    for value in wrong:
        response = Client(headers={"Authorization": value}).get("/zcrm/health/")
        assert response.status_code == 403, value
        assert b"connected" not in response.content
    client.force_login(User.objects.create(username="ada"))
    assert client.get("/zcrm/health/").status_code == 403


def test_health_of_a_site_that_requires_login_is_for_monitors_too(
    monitor: Client, settings: Settings, site_connection: Connection
) -> None:
    middleware = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, middleware]
    assert read(monitor)[0] == 200
    assert Client().get("/zcrm/health/").status_code == 403


def test_health_without_token_setting_is_for_staff_only(
    client: Client, site_connection: Connection
) -> None:
    assert Client(headers={"Authorization": "Bearer "}).get("/zcrm/health/").status_code == 403
    client.force_login(User.objects.create(username="ops", is_staff=True))
    assert read(client)[0] == 200


def test_health_with_too_short_token_is_403(settings: Settings) -> None:
    settings.ZCRM = {**settings.ZCRM, "HEALTH_TOKEN": "short"}
    short = Client(headers={"Authorization": "Bearer short"})
    assert short.get("/zcrm/health/").status_code == 403


def test_health_contains_no_names_or_tokens(monitor: Client, site_connection: Connection) -> None:
    text = monitor.get("/zcrm/health/").content.decode()
    for name in (site_connection.organisation_name, site_connection.user_identifier, TOKEN):
        assert name
        assert name not in text


def test_health_queries_do_not_grow_with_connections(
    monitor: Client, zcrm_emulator: SiteEmulator, site_connection: Connection
) -> None:
    read(monitor)
    with CaptureQueriesContext(database) as few:
        read(monitor)
    for number in range(5):
        zcrm_emulator.connect(User.objects.create(username=f"user {number}"))
    with CaptureQueriesContext(database) as many:
        read(monitor)
    assert len(many) == len(few)


@pytest.mark.django_db(transaction=True)  # the package runs checks in threads
def test_health_check_of_the_package_reports_the_state(
    client: Client, site_connection: Connection
) -> None:
    def status() -> int:
        response = client.get("/ht/", headers={"Accept": "application/json"})
        return response.status_code

    assert status() == 200
    Connection.objects.update(state=Connection.State.CONSENT_WITHDRAWN)
    assert status() == 500
