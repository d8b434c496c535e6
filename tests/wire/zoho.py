"""Clients of the core that talk to a served emulator, each with its own token."""

from __future__ import annotations

from typing import Any

import requests

from django_zcrm.zoho.auth import AccessToken
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.oauth import OAuthClient, read_tokens
from django_zcrm.zoho.session import Session
from django_zcrm.zoho.transports.pooled import PooledTransport

SCOPES = (
    "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.ALL,ZohoCRM.org.ALL,"
    "ZohoCRM.coql.READ,ZohoCRM.bulk.ALL,ZohoCRM.notifications.ALL,ZohoCRM.files.CREATE,"
    "ZohoCRM.files.READ,ZohoCRM.functions.execute.READ,ZohoCRM.functions.execute.CREATE,"
    "ZohoSearch.securesearch.READ,AaaServer.profile.READ,ZohoFiles.files.ALL"
)


http = requests.Session()
"""Reaches the emulator, whether it is served or in-process."""


class Grant:
    """A token source from a self-client grant: exchanges once, and refreshes when told to."""

    def __init__(self, url: str, transport: PooledTransport, **asked: str) -> None:
        self.url = url
        self.transport = transport
        self.oauth = OAuthClient("1000.EMULATORCLIENT", "emulator-secret", "", url)
        code = control(url, "POST", "/grant-codes", {"scope": SCOPES, **asked})["code"]
        self.tokens = self._read(self.oauth.exchange(code))
        self.refresh_token = self.tokens.refresh_token
        self.renewals = 0

    def _read(self, request: Any) -> Any:
        return read_tokens(self.transport.send(self.url, request, (5, 5)), accounts_url=self.url)

    def current(self) -> AccessToken:
        host = self.tokens.api_domain
        return AccessToken(self.tokens.access_token, host, host, accounts_url=self.url)

    def renew(self, refused: AccessToken) -> AccessToken:
        self.renewals += 1
        self.tokens = self._read(self.oauth.refresh(self.refresh_token))
        return self.current()


def control(url: str, method: str, path: str, body: Any = None) -> Any:
    """Call one of the control operations of the emulator at a URL."""
    answer = http.request(method, f"{url}/emulator{path}", json=body, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


def make_client(url: str, transport: PooledTransport, version: str = "v8", **asked: str) -> Client:
    return Client(Session(Grant(url, transport, **asked), transport, version=version))


def received(url: str, path: str = "*") -> list[dict[str, Any]]:
    """List the requests that the emulator received, oldest first, without control operations."""
    found: list[dict[str, Any]] = control(url, "GET", f"/requests?path={path}")["requests"]
    return found
