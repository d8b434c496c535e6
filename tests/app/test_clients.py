"""The front door: which connection a client is bound to, and what a client costs."""

from __future__ import annotations

import pytest

from django_zcrm import zcrm
from django_zcrm.models import Connection
from tests.app.zoho import Zoho, connect, expire

pytestmark = pytest.mark.django_db


def test_a_grant_token_makes_a_connection_that_works(zoho: Zoho) -> None:
    connection = connect(zoho)
    assert connection.organisation_name
    assert connection.zoho_user_email
    crm = zcrm.for_identifier("sales@example.com")
    assert crm.request("GET", "/crm/{version}/org")["org"]


def test_an_expired_token_is_renewed(zoho: Zoho) -> None:
    expire(connect(zoho))
    crm = zcrm.for_identifier("sales@example.com")
    assert crm.request("GET", "/crm/{version}/org")["org"]
    assert zoho.refreshes() == 1
    assert Connection.objects.get().recent_mints
