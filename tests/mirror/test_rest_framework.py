"""Django REST framework and django-filter serve mirrored rows, and what they write reaches Zoho."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Lead

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.mirror.api")]


@pytest.fixture
def api(zcrm_emulator: SiteEmulator, client: Client) -> Client:
    """A browser of a user with three leads."""
    user = User.objects.create_user("alice")
    connection = zcrm_emulator.connect(user)
    for name, company, revenue in (("Fox", "Acme", 5), ("Hen", "Brook", 50), ("Owl", "Acme", 500)):
        zcrm_emulator.create("Leads", Last_Name=name, Company=company, Annual_Revenue=revenue)
    Mirror(Lead, connection).sync()
    client.force_login(user)
    return client


def names(client: Client, **query: Any) -> list[str]:
    answer = client.get("/api/leads/", query)
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Fox", "Hen", "Owl"]),
        ({"company": "Acme"}, ["Fox", "Owl"]),
        ({"company__icontains": "brO"}, ["Hen"]),
        ({"revenue__gte": 50, "company": "Acme"}, ["Owl"]),
        ({"search": "ow"}, ["Owl"]),
        ({"ordering": "-revenue"}, ["Owl", "Hen", "Fox"]),
    ],
)
def test_lists_are_filtered_without_asking_zoho(
    api: Client, zcrm_emulator: SiteEmulator, query: dict[str, Any], found: list[str]
) -> None:
    zcrm_emulator.forget_requests()
    assert names(api, **query) == found
    assert zcrm_emulator.requests == []


def test_nobody_sees_anothers_rows(
    api: Client, zcrm_emulator: SiteEmulator, django_user_model: Any
) -> None:
    of_alice = Lead.objects.first()
    assert of_alice is not None
    other = Client()
    other.force_login(django_user_model.objects.create_user("bob"))
    assert names(other) == []
    assert other.get(f"/api/leads/{of_alice.pk}/").status_code == 404
    assert Client().get("/api/leads/").status_code == 403


def test_what_is_written_reaches_zoho(api: Client, zcrm_emulator: SiteEmulator) -> None:
    lead = Lead.objects.get(name="Fox")
    url = f"/api/leads/{lead.pk}/"
    answer = api.patch(url, {"name": "Vixen", "zoho_id": "1"}, content_type="application/json")
    assert answer.json()["name"] == "Vixen"
    assert answer.json()["zoho_id"] == lead.zoho_id
    form = {"name": "New", "company": "Acme", "email": "new@example.com", "revenue": "7.50"}
    made = api.post("/api/leads/", form, content_type="application/json")
    assert made.status_code == 201, made.content
    assert made.json()["zoho_id"] is None
    Mirror(Lead, lead.connection).sync()
    assert not OutboxItem.objects.open().exists()
    in_zoho = {record["Last_Name"] for record in zcrm_emulator.records("Leads")}
    assert in_zoho == {"Vixen", "Hen", "Owl", "New"}
    assert api.get(f"/api/leads/{made.json()['id']}/").json()["zoho_id"]


def test_what_is_deleted_is_deleted_in_zoho(api: Client, zcrm_emulator: SiteEmulator) -> None:
    lead = Lead.objects.get(name="Hen")
    assert api.delete(f"/api/leads/{lead.pk}/").status_code == 204
    Mirror(Lead, lead.connection).sync()
    assert {record["Last_Name"] for record in zcrm_emulator.records("Leads")} == {"Fox", "Owl"}


def test_values_are_checked_before_they_are_sent(api: Client) -> None:
    form = {"name": "x" * 81, "company": "Acme", "email": "no address", "revenue": "1"}
    answer = api.post("/api/leads/", form, content_type="application/json")
    assert answer.status_code == 400
    assert set(answer.json()) == {"name", "email"}
    assert not OutboxItem.objects.exists()
