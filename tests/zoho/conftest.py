"""What the tests of the core share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from django_zcrm.zoho.transports.pooled import PooledTransport
from tests.zoho.server import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of this test's own."""
    with serving() as running:
        yield running


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that the session would have slept between attempts; nobody sleeps."""
    slept: list[float] = []
    clock = SimpleNamespace(sleep=slept.append, perf_counter=time.perf_counter)
    monkeypatch.setattr("django_zcrm.zoho.session.time", clock)
    return slept


@pytest.fixture
def transport() -> Iterator[PooledTransport]:
    """A transport of this test's own."""
    pooled = PooledTransport("django-zcrm/test")
    yield pooled
    for kept in pooled._sessions.values():
        kept.close()
