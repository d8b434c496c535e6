"""What the tests of the core share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from django_zcrm.zoho.http.pauses import override_pause
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from tests.zoho.server import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    """A server for one test."""
    with serving() as running:
        yield running


@pytest.fixture
def waits() -> Iterator[list[float]]:
    """The seconds that the session would have slept between attempts; nothing really sleeps."""
    slept: list[float] = []
    with override_pause(slept.append):
        yield slept


@pytest.fixture
def transport() -> Iterator[RequestsTransport]:
    """A transport for one test."""
    made = RequestsTransport("django-zcrm/test")
    yield made
    made.close()
