"""Changes in Zoho appear in the tables."""

from __future__ import annotations

import pytest

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.shop.models import Contact, Lead

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_records_become_rows(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    zcrm_emulator.create("Leads", 3, Last_Name=lambda n: f"Lead {n}", Annual_Revenue=1.5)
    mirror = Mirror(Lead, connection)
    mirror.sync()
    assert sorted(Lead.objects.values_list("name", flat=True)) == ["Lead 0", "Lead 1", "Lead 2"]
    zcrm_emulator.advance(minutes=1)
    zcrm_emulator.create("Leads", 1, Last_Name="Later")
    mirror.sync()
    assert Lead.objects.for_connection(connection).filter(name="Later").exists()


def test_a_child_may_come_first(zcrm_emulator: SiteEmulator, connection: Connection) -> None:
    account = zcrm_emulator.create("Accounts", Account_Name="Acme")
    zcrm_emulator.create("Contacts", 1, Last_Name="Fox", Account_Name={"id": account["id"]})
    Mirror(Contact, connection).sync()
    assert Contact.objects.get().account is None
    Mirror("Accounts", connection).sync()
    assert Contact.objects.get().account.name == "Acme"
