"""A connected site, on an emulator for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from django_zcrm.monitoring.usage import counter
from django_zcrm.testing import SiteEmulator

if TYPE_CHECKING:
    from django_zcrm.models import Connection


@pytest.fixture(autouse=True)
def discarded_counts() -> Iterator[None]:
    """Discard the counts: a later test's connection may have the same key."""
    counter.discard()
    yield
    counter.discard()


@pytest.fixture
def site_connection(zcrm_emulator: SiteEmulator) -> Connection:
    """Return the connection of the site."""
    return zcrm_emulator.connect()
