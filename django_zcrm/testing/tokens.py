"""The tokens of a client without settings: refreshed at the emulator, as an app's would be."""

from __future__ import annotations

import threading

from django_zcrm.zoho.auth import AccessToken
from django_zcrm.zoho.oauth import OAuthClient, read_tokens
from django_zcrm.zoho.secret import Secret
from django_zcrm.zoho.transports.blocking import RequestsTransport

TIMEOUT = (5.0, 5.0)
"""Seconds to connect, and to wait for an answer."""


class GrantedTokens:
    """The tokens of one grant. A new access token is asked for when Zoho refuses the old one."""

    def __init__(
        self,
        client: OAuthClient,
        access_token: str,
        refresh_token: str,
        transport: RequestsTransport,
    ) -> None:
        self._client, self._transport = client, transport
        self._refresh_token = Secret(refresh_token)
        self._token = self._valid_at(Secret(access_token), client.accounts_url)
        self._lock = threading.Lock()

    def current(self) -> AccessToken:
        """Return the token in use."""
        return self._token

    def renew(self, refused: AccessToken) -> AccessToken:
        """Refresh the token, unless another thread did. Raises what the accounts server says."""
        with self._lock:
            if self._token == refused:
                url = self._client.accounts_url
                request = self._client.refresh(self._refresh_token)
                reply = read_tokens(self._transport.send(url, request, TIMEOUT), accounts_url=url)
                self._token = self._valid_at(reply.access_token, reply.api_domain)
            return self._token

    def _valid_at(self, token: Secret, api_url: str) -> AccessToken:
        return AccessToken(token, api_url, api_url, self._client.accounts_url)
