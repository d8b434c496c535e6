"""An emulator in this process, empty for each test, and its record set of leads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator, emulated
from django_zcrm.zoho.query import RecordSet
from django_zcrm.zoho.results import Record


@pytest.fixture
def zcrm() -> Iterator[ZCRMEmulator]:
    """Return an emulator without records."""
    with emulated(data="empty") as emulator:
        yield emulator


@pytest.fixture
def leads(zcrm: ZCRMEmulator) -> RecordSet[Record]:
    """Return all leads."""
    return zcrm.client().objects("Leads")
