"""A site whose reads go to a replica: connections are read from where they are written."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from django_zcrm import zcrm
from django_zcrm.models import Connection
from django_zcrm.oauth.disconnecting import delete
from django_zcrm.tokens import renew_now
from tests.app.test_lease import token
from tests.app.zoho import Zoho, connect, expire, refreshes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def router(zoho: Zoho, settings: Any) -> None:
    expire(connect(zoho))
    connect(zoho, "other@example.com")
    # There is no database of that name: what is read from it raises.
    settings.DATABASE_ROUTERS = ["tests.mirror.replica.Router"]


def test_token_is_renewed_from_the_primary(zoho: Zoho) -> None:
    first = token()
    assert token() == first
    assert refreshes(zoho) == 1
    renew_now(Connection.objects.for_identifier("sales@example.com").get())
    assert refreshes(zoho) == 2


def test_connections_are_managed_on_the_primary(zoho: Zoho) -> None:
    other = Connection.objects.for_identifier("other@example.com").get()
    other.make_default()
    assert Connection.objects.default().get() == other
    other.hand_over(User.objects.create_user("ann"))
    connect(zoho)
    row = zcrm.for_identifier("sales@example.com").connection
    zcrm.disconnect(row)
    row.refresh_from_db()
    assert row.state == Connection.State.DISCONNECTED
    delete(row)
    assert [known.user_identifier for known in Connection.objects.all()] == ["other@example.com"]
