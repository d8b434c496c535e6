"""The tokens of one grant, kept in memory: for scripts without a database, and for tests."""

from __future__ import annotations

import threading

from ..http.datacenters import data_center_for_url
from ..http.transports import Transport
from ..secret import Secret
from .accounts import OAuthClient, read_tokens
from .tokens import AccessToken

TIMEOUT = (5.0, 5.0)
"""Seconds to connect, and to wait for an answer."""


class GrantedTokens:
    """The tokens of one grant. A new access token is requested when Zoho refuses the old one.

    A passed access token is for an API at `client.accounts_url`. Without a token, the first one is
    requested on first use.
    """

    def __init__(
        self,
        client: OAuthClient,
        refresh_token: str | Secret,
        transport: Transport,
        access_token: str = "",
    ) -> None:
        self._client, self._transport = client, transport
        self._refresh_token = Secret(refresh_token)
        self._token: AccessToken | None = None
        if access_token:
            self._token = self._valid_at(Secret(access_token), client.accounts_url)
        self._lock = threading.Lock()

    def current(self) -> AccessToken:
        """Return the token in use. Raises errors of the accounts server."""
        return self._token or self._refresh(None)

    def renew(self, refused: AccessToken) -> AccessToken:
        """Refresh the token, unless another thread did. Raises errors of the accounts server."""
        return self._refresh(refused)

    def _refresh(self, refused: AccessToken | None) -> AccessToken:
        with self._lock:
            if self._token is None or self._token == refused:
                url = self._client.accounts_url
                request = self._client.refresh(self._refresh_token)
                response = read_tokens(
                    self._transport.send(url, request, TIMEOUT), accounts_url=url
                )
                self._token = self._valid_at(response.access_token, response.api_domain or url)
            return self._token

    def _valid_at(self, token: Secret, api_url: str) -> AccessToken:
        data_center = data_center_for_url(api_url)
        upload_url = data_center.upload if data_center else api_url
        return AccessToken(token, api_url, upload_url, self._client.accounts_url)
