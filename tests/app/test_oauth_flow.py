"""The code flow through the app's pages, with the emulator's consent page at the other end."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.contrib.auth.models import User
from django.test import Client

from django_zcrm import zcrm
from django_zcrm.models import Connection
from tests.app.zoho import Zoho

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create_user("alice", "alice@example.com", "pw")


@pytest.fixture
def browser(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def consent(address: str, decision: str = "accept") -> str:
    """Answer the emulator's consent page; return the callback's query with its question mark."""
    page = requests.get(address, timeout=5)
    form = dict(re.findall(r'name="([\w-]+)" value="([^"]*)"', page.text))
    assert form, page.text
    reply = requests.post(
        address.partition("?")[0],
        data={**form, "decision": decision},
        allow_redirects=False,
        timeout=5,
    )
    return "?" + urlsplit(reply.headers["Location"]).query


def begin(browser: Client, **data: str) -> str:
    """Press the button on the connect page; return the address it leads to."""
    reply = browser.post("/zcrm/connect/", data)
    assert reply.status_code == 302
    return reply["Location"]


def test_a_user_connects_and_the_client_works(zoho: Zoho, browser: Client, user: User) -> None:
    page = browser.get("/zcrm/connect/?next=/admin/")
    assert "Connect Zoho CRM" in page.text
    address = begin(browser, next="/admin/")
    asked = parse_qs(urlsplit(address).query)
    assert asked["access_type"] == ["offline"]
    assert asked["prompt"] == ["consent"]
    reply = browser.get("/zcrm/oauth/callback/" + consent(address))
    assert (reply.status_code, reply["Location"]) == (302, "/admin/")
    connection = Connection.objects.get()
    assert connection.owner == user
    assert connection.data_center == "us"
    assert zcrm.for_user(user).request("GET", "/crm/{version}/org")["org"]
    assert connection.organisation_name in browser.get("/zcrm/connect/").text
