"""An emulator in this process with 60 leads, and their record set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from django_zcrm.testing.standalone import ZCRMEmulator, emulate
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.operations.results import RecordDict
from django_zcrm.zoho.query import RecordSet
from tests.wire.query.both import Both, both_sides

SIZE = 60


@pytest.fixture(scope="package")
def company() -> Iterator[ZCRMEmulator]:
    """Return an emulator with leads that nobody changes."""
    with emulate(data="empty") as zcrm:
        account = zcrm.create("Accounts", Account_Name="Acme", Industry="Service Provider")
        referrer = zcrm.create("Contacts", Last_Name="Abel", Account_Name=account)
        for number in range(SIZE):
            zcrm.create(
                "Leads",
                Last_Name=f"Lead {number}",
                Company=f"Company {number % 7}",
                Email=None if number % 5 == 0 else f"lead{number}@acme.example",
                Annual_Revenue=None if number % 6 == 0 else number * 10.5,
                Lead_Status="Contacted" if number % 2 else "Lost Lead",
                Email_Opt_Out=number % 3 == 0,
                Referred_By=referrer if number % 4 == 0 else None,
            )
        yield zcrm


@pytest.fixture
def zcrm(company: ZCRMEmulator) -> ZCRMEmulator:
    """Return the emulator with an empty log."""
    company.forget_requests()
    return company


@pytest.fixture
def crm(zcrm: ZCRMEmulator) -> Client:
    """Return a client that knows no metadata yet."""
    return zcrm.client()


@pytest.fixture
def leads(crm: Client, zcrm: ZCRMEmulator) -> RecordSet[RecordDict]:
    """Return the record set of leads, whose metadata is known."""
    crm.objects("Leads").filter(Referred_By__Last_Name="x").exists()
    zcrm.forget_requests()
    return crm.objects("Leads").only("Last_Name")


@pytest.fixture(scope="module")
def both(django_db_blocker: Any) -> Iterator[Both]:
    """Return the same leads in the emulator and in Django's hands, which nobody changes."""
    with django_db_blocker.unblock(), both_sides() as both:
        yield both
