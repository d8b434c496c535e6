"""An emulator, served and in-process, and its clients by version."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from django_zcrm.emulator import Emulator
from django_zcrm.testing.adapter import EmulatorAdapter
from django_zcrm.testing.standalone import URL
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.transports.pooled import PooledTransport
from tests.wire.zoho import control, http, make_client


@pytest.fixture(scope="session")
def transport() -> Iterator[PooledTransport]:
    pooled = PooledTransport("django-zcrm/tests")
    yield pooled
    for session in (*pooled._sessions.values(), http):
        session.close()


@pytest.fixture(scope="session", params=["socket", "in-process"])
def served(request: pytest.FixtureRequest, transport: PooledTransport) -> Iterator[str]:
    """Return the address of the session's emulator; all tests run over both ways to reach it."""
    emulator = Emulator()
    if request.param == "socket":
        with emulator.serve() as running:
            yield running.url
        return
    adapter = EmulatorAdapter(emulator)
    for session in (transport.session(URL), http):
        session.mount(URL, adapter)
    yield URL


@pytest.fixture
def zoho(served: str) -> str:
    """Return the address of an emulator with pristine demo data."""
    control(served, "POST", "/reset")
    return served


@pytest.fixture
def client(zoho: str, transport: PooledTransport) -> Callable[..., Client]:
    """Return a function that makes clients, optionally of a given version or user."""

    def make(version: str = "v8", **asked: str) -> Client:
        return make_client(zoho, transport, version, **asked)

    return make


@pytest.fixture(params=["v2", "v8"])
def crm(request: pytest.FixtureRequest, client: Callable[..., Client]) -> Client:
    """Return a client, once of the oldest and once of the newest version."""
    return client(request.param)
