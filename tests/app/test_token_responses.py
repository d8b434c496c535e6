"""Token responses that are none: nothing of them is stored, and what was there stays."""

from __future__ import annotations

from typing import Any

import pytest

from django_zcrm import UnreadableResponse, zcrm
from django_zcrm.models import Connection
from django_zcrm.tokens import token_store
from tests.app.zoho import Zoho, connect, expire

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "fields",
    [
        {"refresh_token": True},
        {"refresh_token": "a\r\nX-Evil: 1"},
        {"refresh_token": ["x"]},
        {"access_token": "1000.名"},
        {"access_token": "a\r\nX-Evil: 1"},
        {"access_token": {"a": 1}},
        {"api_domain": 5},
    ],
    ids=repr,
)
def test_a_broken_reply_to_a_refresh_replaces_nothing(zoho: Zoho, fields: dict[str, Any]) -> None:
    connection = connect(zoho)
    before = token_store().get_oauth_tokens(connection)
    expire(connection)
    whole = {"access_token": "1000.a", "expires_in": 3600}
    zoho.fail_next("oauth.token", times=1, body={**whole, **fields})
    with pytest.raises(UnreadableResponse, match=next(iter(fields))):
        zcrm.for_identifier("sales@example.com").org.get()
    row = Connection.objects.get()
    after = token_store().get_oauth_tokens(row)
    assert after.refresh_token == before.refresh_token
    assert after.access_token == before.access_token
    assert row.state == Connection.State.CONNECTED
    assert zcrm.for_identifier("sales@example.com").org.get()["zgid"]
