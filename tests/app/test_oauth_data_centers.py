"""Where the app's code flow sends a code and a secret, with several data centres."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.app.consent import come_back

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.zcrm_emulator(data_centers=("us", "eu", "in"), secret_by_data_center=True),
]


@pytest.fixture
def browser(client: Client, zcrm_emulator: SiteEmulator) -> Client:
    client.force_login(User.objects.create_user("alice"))
    return client


def hosts(zoho: SiteEmulator) -> set[str]:
    """The hosts that got a request."""
    return {request.headers["host"] for request in zoho.requests}


def secrets_sent(zoho: SiteEmulator) -> list[str]:
    """The client secrets that were sent, in order."""
    entries = [entry.to_json(secrets=True) for entry in zoho.emulator.zoho.log.all()]
    return [entry["form"]["client_secret"] for entry in entries if "form" in entry]


@pytest.mark.parametrize(
    ("answer", "tld", "data_center", "secret"),
    [
        ({}, "com", "us", "emulator-secret"),
        ({"location": "us"}, "com", "us", "emulator-secret"),
        ({"location": "eu"}, "eu", "eu", "emulator-secret-eu"),
        ({"accounts-server": "https://accounts.zoho.eu"}, "eu", "eu", "emulator-secret-eu"),
        (
            {"accounts-server": "https://accounts.zoho.eu/", "location": "eu"},
            "eu",
            "eu",
            "emulator-secret-eu",
        ),
    ],
)
def test_the_code_goes_to_the_data_centre_that_zoho_named(
    zcrm_emulator: SiteEmulator,
    browser: Client,
    answer: dict[str, str],
    tld: str,
    data_center: str,
    secret: str,
) -> None:
    zoho = zcrm_emulator.at(data_center)
    assert come_back(browser, code=zoho.grant_code(), **answer).status_code == 302
    assert zoho.requests[0].path == "/oauth/v2/token"
    assert zoho.requests[0].headers["host"] == f"accounts.zoho.{tld}"
    assert secrets_sent(zoho) == [secret]
    assert hosts(zoho) == {f"accounts.zoho.{tld}", f"www.zohoapis.{tld}"}
    connection = Connection.objects.get()
    assert connection.data_center == data_center
    assert connection.organisation_id == zoho.org.info["zgid"]
    assert connection.hosts().upload == f"https://content.zohoapis.{tld}"


@pytest.mark.parametrize(
    "answer",
    [
        {"accounts-server": "https://accounts.zoho.eu.evil.example"},
        {"accounts-server": "https://accounts.zoho.eu@evil.example"},
        {"accounts-server": "http://accounts.zoho.eu"},
        {"accounts-server": "https://accounts.zoho.eu:444"},
        {"accounts-server": "http://127.0.0.1:1"},
        {"accounts-server": "javascript:alert(1)", "location": "eu"},
        {"location": "moon"},
    ],
)
def test_an_unknown_data_centre_gets_nothing(
    zcrm_emulator: SiteEmulator, browser: Client, answer: dict[str, str]
) -> None:
    response = come_back(browser, code=zcrm_emulator.grant_code(), **answer)
    assert response.status_code == 400
    assert "not a known data centre" in response.text
    assert zcrm_emulator.requests == []


def test_a_foreign_api_domain_gets_nothing(zcrm_emulator: SiteEmulator, browser: Client) -> None:
    """A request to that host would end in the guard of the tests' network."""
    answer = {
        "access_token": "1000.a",
        "refresh_token": "1000.r",
        "api_domain": "https://www.zohoapis.evil.example",
    }
    zcrm_emulator.fail_next("oauth.token", body=answer)
    assert come_back(browser, code=zcrm_emulator.grant_code()).status_code == 500
    assert hosts(zcrm_emulator) == {"accounts.zoho.com"}
    assert not Connection.objects.exists()


def test_a_data_centre_without_a_secret_is_named(
    zcrm_emulator: SiteEmulator,
    browser: Client,
    configure: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    configure(CLIENT_SECRET={"us": "s-us", "eu": "s-eu"})
    code = zcrm_emulator.at("in").grant_code()
    assert come_back(browser, code=code, location="in").status_code == 500
    assert "no secret for the data centre 'in'" in caplog.text
    assert zcrm_emulator.requests == []
