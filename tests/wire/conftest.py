"""An emulator with demo data, served and in-process, and its clients by version."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from django_zcrm.testing import ZCRMEmulator, emulate, serve
from django_zcrm.zoho.client import Client


@pytest.fixture(params=[serve, emulate], ids=["socket", "in-process"])
def zoho(request: pytest.FixtureRequest) -> Iterator[ZCRMEmulator]:
    """Return the emulator; all tests run over both ways to reach it."""
    with request.param(data="demo") as emulator:
        yield emulator


@pytest.fixture
def client(zoho: ZCRMEmulator) -> Callable[..., Client]:
    """Return a function that makes clients, optionally of a given version, scopes or user."""
    return zoho.client


@pytest.fixture(params=["v2", "v8"])
def crm(request: pytest.FixtureRequest, zoho: ZCRMEmulator) -> Client:
    """Return a client, once of the oldest and once of the newest version."""
    return zoho.client(request.param)
