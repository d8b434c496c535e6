"""A grant, from its code to its end."""

from __future__ import annotations

import pytest

from django_zcrm.testing import ZCRMEmulator
from django_zcrm.zoho.auth.accounts import (
    OAuthClient,
    TokenResponse,
    read_revocation,
    read_tokens,
)
from django_zcrm.zoho.auth.tokens import AccessToken, StaticToken
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConsentWithdrawn, Invalid
from django_zcrm.zoho.http.messages import ZohoRequest
from django_zcrm.zoho.secret import Secret


def test_a_code_is_exchanged_once_refreshed_and_revoked(zoho: ZCRMEmulator) -> None:
    transport = zoho.client().session.transport
    oauth = OAuthClient(zoho.client_id, Secret(zoho.client_secret), "", zoho.url)

    def ask(request: ZohoRequest) -> TokenResponse:
        return read_tokens(transport.send(zoho.url, request, (5, 5)), accounts_url=zoho.url)

    code = zoho.grant_code()
    granted = ask(oauth.exchange(code))
    assert granted.api_domain == zoho.url
    assert "ZohoCRM.modules.ALL" in granted.scopes
    with pytest.raises(Invalid):
        ask(oauth.exchange(code))
    fresh = ask(oauth.refresh(granted.refresh_token))
    assert fresh.access_token not in ("", granted.access_token)
    for token in (granted, fresh):
        source = StaticToken(AccessToken(token.access_token, token.api_domain))
        assert Client(Session(source, transport)).org.get()["id"] == zoho.org.id
    response = transport.send(zoho.url, oauth.revoke(granted.refresh_token), (5, 5))
    read_revocation(response)
    with pytest.raises(ConsentWithdrawn):
        ask(oauth.refresh(granted.refresh_token))
