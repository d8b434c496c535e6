"""An emulator in this process, empty for each test, and its record set of leads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator, emulate
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import RecordSet
from django_zcrm.zoho.query.write import importing


@pytest.fixture
def zcrm() -> Iterator[ZCRMEmulator]:
    """Return an emulator without records."""
    with emulate(data="empty") as emulator:
        yield emulator


@pytest.fixture
def leads(zcrm: ZCRMEmulator) -> RecordSet[RecordDict]:
    """Return all leads."""
    return zcrm.client().objects("Leads")


@pytest.fixture
def ten_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let jobs take ten rows."""
    monkeypatch.setattr(importing, "ROWS", 10)
