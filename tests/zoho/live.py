"""Clients and requests for tests that go over a socket."""

from __future__ import annotations

from typing import Any

from django_zcrm.zoho.client import Client
from django_zcrm.zoho.http.messages import ZohoRequest
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from tests.zoho.fakes import FakeTokens, session
from tests.zoho.server import Server

TIMEOUT = (20.0, 20.0)


def get(path: str = "/x", **more: Any) -> ZohoRequest:
    return ZohoRequest(method="GET", path=path, safe=True, operation="GET /x", **more)


def client_of(server: Server, transport: RequestsTransport, **options: Any) -> Client:
    options.setdefault("retries", 0)
    return Client(session(transport, tokens=FakeTokens(server.url), timeout=TIMEOUT, **options))
