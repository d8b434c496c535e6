"""Connections in the admin: seen and found, not edited, and without a secret."""

from __future__ import annotations

import pytest
from django.test import Client

from django_zcrm.models import Connection
from django_zcrm.tokens import token_store
from tests.app.zoho import Zoho, connect

pytestmark = pytest.mark.django_db
LIST = "/admin/zcrm/connection/"


def test_a_connection_is_shown_without_its_tokens(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    tokens = token_store().get_oauth_tokens(connection)
    pages = [LIST, f"{LIST}?q=sales", f"{LIST}{connection.pk}/change/"]
    for page in pages:
        text = admin_client.get(page).text
        assert "sales@example.com" in text
        for secret in (
            tokens.access_token,
            tokens.refresh_token,
            connection.encrypted_access_token,
            connection.encrypted_refresh_token,
        ):
            assert secret not in text


def test_a_connection_is_not_edited_by_hand(zoho: Zoho, admin_client: Client) -> None:
    connection = connect(zoho)
    reply = admin_client.post(f"{LIST}{connection.pk}/change/", {"state": "disconnected"})
    assert reply.status_code == 403
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert Connection.objects.usable().exists()


def test_the_list_makes_as_many_queries_for_many_rows(
    zoho: Zoho, admin_client: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(5):
        connect(zoho, f"user{number}@example.com")
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        admin_client.get(LIST)
