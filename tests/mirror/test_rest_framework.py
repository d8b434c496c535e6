"""Django REST framework and django-filter serve mirrored rows, and what they write reaches Zoho."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from django_zcrm.exceptions import NotConnected
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.testing import SiteEmulator
from tests.cases import check_each
from tests.mirror.api import ContactSerializer
from tests.mirror.shop.models import Account, Contact, Lead

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
    response = client.get("/api/leads/", query)
    assert response.status_code == 200, response.content
    return [row["name"] for row in response.json()]


@check_each(
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
def test_lists_are_filtered_without_requests(
    api: Client, zcrm_emulator: SiteEmulator, query: dict[str, Any], found: list[str]
) -> None:
    zcrm_emulator.forget_requests()
    assert names(api, **query) == found
    assert zcrm_emulator.requests == []


def test_user_sees_no_rows_of_others(api: Client, django_user_model: Any) -> None:
    of_alice = Lead.objects.first()
    assert of_alice is not None
    other = Client()
    other.force_login(django_user_model.objects.create_user("bob"))
    assert names(other) == []
    assert other.get(f"/api/leads/{of_alice.pk}/").status_code == 404
    assert Client().get("/api/leads/").status_code == 403


def test_written_rows_reach_zoho(api: Client, zcrm_emulator: SiteEmulator) -> None:
    lead = Lead.objects.get(name="Fox")
    url = f"/api/leads/{lead.pk}/"
    response = api.patch(url, {"name": "Vixen", "zoho_id": "1"}, content_type="application/json")
    assert response.json()["name"] == "Vixen"
    assert response.json()["zoho_id"] == lead.zoho_id
    form = {"name": "New", "company": "Acme", "email": "new@example.com", "revenue": "7.50"}
    made = api.post("/api/leads/", form, content_type="application/json")
    assert made.status_code == 201, made.content
    assert made.json()["zoho_id"] is None
    Mirror(Lead, lead.connection).sync()
    assert not OutboxItem.objects.open().exists()
    in_zoho = {record["Last_Name"] for record in zcrm_emulator.records("Leads")}
    assert in_zoho == {"Vixen", "Hen", "Owl", "New"}
    assert api.get(f"/api/leads/{made.json()['id']}/").json()["zoho_id"]


def test_deleted_rows_are_deleted_in_zoho(api: Client, zcrm_emulator: SiteEmulator) -> None:
    lead = Lead.objects.get(name="Hen")
    assert api.delete(f"/api/leads/{lead.pk}/").status_code == 204
    Mirror(Lead, lead.connection).sync()
    assert {record["Last_Name"] for record in zcrm_emulator.records("Leads")} == {"Fox", "Owl"}


def test_values_are_checked_before_they_are_sent(api: Client) -> None:
    form = {"name": "x" * 81, "company": "Acme", "email": "no address", "revenue": "1"}
    response = api.post("/api/leads/", form, content_type="application/json")
    assert response.status_code == 400
    assert set(response.json()) == {"name", "email"}
    assert not OutboxItem.objects.exists()


@pytest.fixture
def accounts(api: Client, zcrm_emulator: SiteEmulator) -> list[Account]:
    """An account of the browser's user, and one of another user."""
    alice = User.objects.get(username="alice")
    bob = User.objects.create_user("bob")
    connections = [alice.zcrm_connections.get(), zcrm_emulator.connect(bob)]
    return [
        Account.objects.create(connection=connection, name=f"Account {number}")
        for number, connection in enumerate(connections)
    ]


def test_lookup_to_another_connections_row_is_refused(api: Client, accounts: list[Account]) -> None:
    own, other = accounts
    form = {"last_name": "Fox", "email": "fox@example.com", "account": own.pk}
    made = api.post("/api/contacts/", form, content_type="application/json")
    assert made.status_code == 201, made.content
    contact = Contact.objects.get()
    assert (contact.account, contact.connection) == (own, own.connection)
    before = OutboxItem.objects.count()
    url = f"/api/contacts/{contact.pk}/"
    for response in (
        api.patch(url, {"account": other.pk}, content_type="application/json"),
        api.post("/api/contacts/", {**form, "account": other.pk}, content_type="application/json"),
    ):
        assert response.status_code == 400
        assert response.json() == {"account": [f'Invalid pk "{other.pk}" - object does not exist.']}
    assert OutboxItem.objects.count() == before
    assert api.get("/api/contacts/", {"account": own.pk}).json()[0]["id"] == contact.pk
    assert api.get("/api/contacts/", {"account": other.pk}).status_code == 400


def test_serializer_uses_the_connection_of_its_context(accounts: list[Account]) -> None:
    own, other = accounts
    values = {"last_name": "Hen", "email": "hen@example.com", "account": other.pk}
    context = {"connection": own.connection}
    assert set(ContactSerializer(data=values, context=context).fields["account"].choices) == {
        own.pk
    }
    serializer = ContactSerializer(data=values, context={"connection": other.connection})
    assert serializer.is_valid(), serializer.errors
    assert serializer.save().connection == other.connection
    lonely = ContactSerializer(data={**values, "account": None})
    assert lonely.is_valid(), lonely.errors
    with pytest.raises(NotConnected):
        lonely.save()
