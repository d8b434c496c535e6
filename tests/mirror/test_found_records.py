"""A creation that finds a record by its match value: the row takes over the record's values."""

from __future__ import annotations

from typing import Any

import pytest

from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.targets import target_of
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import Send, pull
from tests.mirror.shop.models import Lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("found")]

EMAIL = "fox@example.com"


@pytest.fixture
def found(zcrm_emulator: SiteEmulator) -> dict[str, Any]:
    """A record that the creation of a lead finds."""
    record = zcrm_emulator.create("Leads", First_Name="Ann", Last_Name="Fox", Email=EMAIL)
    zcrm_emulator.advance(minutes=1)
    return record


def test_value_that_zoho_ignores_is_reported(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, declare: Any
) -> None:
    declare(Lead, fields={**Lead.Zoho.fields, "source": "Full_Name"})
    Lead.objects.create(name="Here", email=EMAIL, source="Wolf")
    assert send().done == 1
    pull(zcrm_emulator, connection)
    assert Lead.objects.get().source == "Ann Here"
    assert "Full_Name" in OutboxItem.objects.get().error


def test_row_deleted_before_the_next_poll_deletes_record(
    zcrm_emulator: SiteEmulator, send: Send
) -> None:
    lead = Lead.objects.create(name="Here", email=EMAIL)
    assert send().done == 1
    lead.delete()
    assert send().done == 1
    assert zcrm_emulator.records("Leads") == []


def test_former_state_of_record_does_not_replace_what_was_sent(
    connection: Connection, found: dict[str, Any], send: Send
) -> None:
    Lead.objects.create(name="Here", email=EMAIL)
    assert send().done == 1
    apply(target_of("Leads"), connection, [found])
    assert Lead.objects.get().name == "Here"
