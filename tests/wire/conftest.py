"""A served emulator, and clients of it by version."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from django_zcrm.emulator import Emulator
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.transports.pooled import PooledTransport
from tests.wire.zoho import control, make_client


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    with Emulator().serve() as running:
        yield running.url


@pytest.fixture(scope="session")
def transport() -> Iterator[PooledTransport]:
    pooled = PooledTransport("django-zcrm/tests")
    yield pooled
    for session in pooled._sessions.values():
        session.close()


@pytest.fixture
def zoho(served: str) -> str:
    """Return the address of an emulator with the demo data as at first."""
    control(served, "POST", "/reset")
    return served


@pytest.fixture
def client(zoho: str, transport: PooledTransport) -> Callable[..., Client]:
    """Make a client, of a certain version or of a certain user."""

    def make(version: str = "v8", **asked: str) -> Client:
        return make_client(zoho, transport, version, **asked)

    return make


@pytest.fixture(params=["v2", "v8"])
def crm(request: pytest.FixtureRequest, client: Callable[..., Client]) -> Client:
    """Return a client of the oldest version, and of the newest."""
    return client(request.param)
