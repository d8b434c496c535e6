"""What the tests of the mirror share."""

from __future__ import annotations

import pytest

from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator


@pytest.fixture
def connection(zcrm_emulator: SiteEmulator) -> Connection:
    """The site's default connection."""
    return zcrm_emulator.connect()
