"""Sign in with django-allauth, then grant CRM access; the two know nothing about each other."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client

from django_zcrm.models import Connection
from tests.app.consent import press
from tests.app.zoho import Zoho

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"


def sign_up(browser: Client, next_url: str) -> str:
    form = {"username": "ann", "email": "ann@example.com", "next": next_url}
    response = browser.post(
        "/accounts/signup/", {**form, "password1": PASSWORD, "password2": PASSWORD}
    )
    assert response.status_code == 302, response.text
    return response["Location"]


def test_new_visitor_signs_in_and_sees_the_company(zoho: Zoho, client: Client) -> None:
    to_connect = client.get("/company/")["Location"]
    to_login = client.get(to_connect)["Location"]
    assert urlsplit(to_login).path == "/accounts/login/"
    (next_url,) = parse_qs(urlsplit(to_login).query)["next"]

    page = client.get(sign_up(client, next_url))
    assert "Connect Zoho CRM" in page.text
    back = press(zoho, client, page)

    assert back["Location"] == "/company/"
    connection = Connection.objects.get()
    assert connection.owner == User.objects.get(username="ann")
    assert client.get("/company/").text == connection.organisation_name


def test_the_grant_outlives_the_session(zoho: Zoho, client: Client) -> None:
    sign_up(client, "/zcrm/connect/")
    press(zoho, client, client.get("/zcrm/connect/"))
    client.post("/accounts/logout/")
    assert client.get("/company/").status_code == 302
    response = client.post(
        "/accounts/login/", {"login": "ann", "password": PASSWORD, "next": "/company/"}
    )
    assert response["Location"] == "/company/"
    assert client.get("/company/").status_code == 200
