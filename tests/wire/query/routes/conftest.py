"""An emulator with demo data, and its record set of leads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator, emulate
from tests.wire.query.leads import Leads


@pytest.fixture(scope="module")
def company() -> Iterator[ZCRMEmulator]:
    """Return an emulator with demo data, whose bulk reads hold 25 records."""
    with emulate(data="demo", bulk_rows=25) as zcrm:
        yield zcrm


@pytest.fixture
def zcrm(company: ZCRMEmulator) -> Iterator[ZCRMEmulator]:
    """Return the emulator with an empty log, and without faults afterwards."""
    company.forget_requests()
    yield company
    company.emulator.zoho.faults.listed.clear()


@pytest.fixture
def leads(zcrm: ZCRMEmulator) -> Leads:
    """Return all leads, whose metadata is known."""
    every = zcrm.client().objects("Leads")
    str(every.query)
    zcrm.forget_requests()
    return every
