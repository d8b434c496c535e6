"""Several data centres at once: a connection follows its user to their home data centre."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client as HttpClient

from django_zcrm import ConfigurationError, Unauthenticated, zcrm
from django_zcrm.models import Connection
from django_zcrm.testing.site import SiteEmulator
from django_zcrm.transport import transport
from django_zcrm.zoho.auth.tokens import AccessToken, StaticToken
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.secret import Secret

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.zcrm_emulator(data_centers=("us", "eu", "in"), secret_by_data_center=True),
]


def hosts(zoho: SiteEmulator) -> list[str]:
    return [request.headers["host"] for request in zoho.requests]


def test_the_flow_ends_in_the_users_data_centre(
    zcrm_emulator: SiteEmulator, admin_client: HttpClient, admin_user: User
) -> None:
    consent = admin_client.post("/zcrm/connect/")["Location"]
    assert consent.startswith("https://accounts.zoho.com/oauth/v2/auth?")
    callback = zcrm_emulator.at("eu").consent(consent)
    query = {name: values[0] for name, values in parse_qs(urlsplit(callback).query).items()}
    assert query["location"] == "eu"
    assert query["accounts-server"] == "https://accounts.zoho.eu"
    zcrm_emulator.forget_requests()

    assert admin_client.get(callback).status_code == 302

    connection = Connection.objects.get(owner=admin_user)
    assert connection.data_center == "eu"
    assert connection.api_domain == "https://www.zohoapis.eu"
    assert connection.organisation_id == zcrm_emulator.at("eu").org.info["zgid"]
    zcrm.for_user(admin_user).records.create_one("Leads", {"Last_Name": "Wong"})
    assert set(hosts(zcrm_emulator)) == {"accounts.zoho.eu", "www.zohoapis.eu"}
    assert len(zcrm_emulator.at("eu").records("Leads")) == 1
    assert zcrm_emulator.records("Leads") == []


def test_refresh_uses_issuing_data_centre(zcrm_emulator: SiteEmulator, admin_user: User) -> None:
    zcrm_emulator.at("in").connect(admin_user)
    zcrm_emulator.expire_access_tokens()
    assert zcrm.for_user(admin_user).org.get()["id"] == zcrm_emulator.at("in").org.id
    assert hosts(zcrm_emulator) == ["www.zohoapis.in", "accounts.zoho.in", "www.zohoapis.in"]


def test_files_go_to_the_data_centres_upload_host(
    zcrm_emulator: SiteEmulator, admin_user: User
) -> None:
    connection = zcrm_emulator.at("eu").connect(admin_user)
    assert connection.hosts().upload == "https://content.zohoapis.eu"


def test_each_data_centre_has_its_own_secret(
    zcrm_emulator: SiteEmulator, settings: Settings, admin_client: HttpClient
) -> None:
    assert zcrm_emulator.at("eu").client_secret == "emulator-secret-eu"
    settings.ZCRM = {**settings.ZCRM, "CLIENT_SECRET": zcrm_emulator.client_secret}
    consent = admin_client.post("/zcrm/connect/")["Location"]
    answer = admin_client.get(zcrm_emulator.at("eu").consent(consent))
    assert answer.status_code >= 400
    assert not Connection.objects.exists()
    with pytest.raises(ConfigurationError, match="data centre 'eu'"):
        zcrm_emulator.at("eu").connect(identifier="sales")


def ask_token(zoho: SiteEmulator, host: str, at: str, **form: str) -> dict[str, str]:
    owner = zoho.at(at)
    answer = zoho.session().post(
        f"https://{host}/oauth/v2/token",
        data={"client_id": owner.client_id, "client_secret": owner.client_secret, **form},
    )
    servers: dict[str, str] = answer.json()
    return servers


def test_grants_are_good_in_their_own_data_centre_only(zcrm_emulator: SiteEmulator) -> None:
    grant = {"grant_type": "authorization_code", "code": zcrm_emulator.at("eu").grant_code()}
    wrong = ask_token(zcrm_emulator, "accounts.zoho.com", "us", **grant)
    assert wrong == {"error": "invalid_code"}
    tokens = ask_token(zcrm_emulator, "accounts.zoho.eu", "eu", **grant)
    assert tokens["api_domain"] == "https://www.zohoapis.eu"
    renewal = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert ask_token(zcrm_emulator, "accounts.zoho.in", "in", **renewal) == {
        "error": "invalid_code"
    }
    assert "access_token" in ask_token(zcrm_emulator, "accounts.zoho.eu", "eu", **renewal)

    client = zcrm_emulator.emulator.zoho.grants.clients[zcrm_emulator.client_id]
    client.data_centers = ("us", "in")
    assert ask_token(zcrm_emulator, "accounts.zoho.eu", "eu", **renewal) == {
        "error": "invalid_client"
    }


def test_a_token_is_invalid_elsewhere(zcrm_emulator: SiteEmulator) -> None:
    token = zcrm_emulator.at("eu").access_token()
    for host, works in (("www.zohoapis.eu", True), ("www.zohoapis.com", False)):
        source = StaticToken(AccessToken(Secret(token), f"https://{host}"))
        client = Client(Session(source, transport()))
        if works:
            assert client.org.get()["id"] == zcrm_emulator.at("eu").org.id
        else:
            with pytest.raises(Unauthenticated, match="INVALID_TOKEN"):
                client.org.get()


@pytest.mark.zcrm_emulator(data_centers=("us",), environments=("production", "sandbox"))
def test_a_sandboxs_token_is_good_at_the_sandboxs_host_only(zcrm_emulator: SiteEmulator) -> None:
    sandbox = list(zcrm_emulator.emulator.zoho.organisations.values())[1]
    http = zcrm_emulator.session()
    code = http.post(
        f"{zcrm_emulator.url}/emulator/grant-codes",
        json={"scope": "ZohoCRM.org.READ", "org_id": sandbox.id},
    ).json()["code"]
    tokens = ask_token(
        zcrm_emulator, "accounts.zoho.com", "us", grant_type="authorization_code", code=code
    )
    assert tokens["api_domain"] == "https://sandbox.zohoapis.com"
    headers = {"Authorization": f"Zoho-oauthtoken {tokens['access_token']}"}
    for host, status in (("sandbox", 200), ("www", 401), ("developer", 401)):
        answer = http.get(f"https://{host}.zohoapis.com/crm/v8/org", headers=headers)
        assert answer.status_code == status


def test_unknown_data_centre_raises(zcrm_emulator: SiteEmulator) -> None:
    with pytest.raises(LookupError, match="moon is not one of us, eu, in"):
        zcrm_emulator.at("moon")


def test_served_data_centres_differ_by_path_or_port(zcrm_live_emulator: SiteEmulator) -> None:
    emulator, us = zcrm_live_emulator.emulator, zcrm_live_emulator.url
    locations = requests.get(f"{us}/oauth/serverinfo", timeout=60).json()["locations"]
    assert locations == {"us": us, "eu": f"{us}/eu", "in": f"{us}/in"}
    assert zcrm_live_emulator.at("eu").client().org.get()["id"] == (
        zcrm_live_emulator.at("eu").org.id
    )
    with emulator.serve(data_center="eu") as eu:
        locations = requests.get(f"{eu.url}/oauth/serverinfo", timeout=60).json()["locations"]
        assert locations == {"us": us, "eu": eu.url, "in": f"{eu.url}/in"}
        code = zcrm_live_emulator.at("eu").grant_code()
        form = {
            "grant_type": "authorization_code",
            "client_id": zcrm_live_emulator.client_id,
            "client_secret": "emulator-secret-eu",
            "code": code,
        }
        wrong = requests.post(f"{us}/oauth/v2/token", data=form, timeout=60).json()
        assert wrong == {"error": "invalid_client_secret"}
        right = requests.post(f"{eu.url}/oauth/v2/token", data=form, timeout=60).json()
        assert right["api_domain"] == eu.url
