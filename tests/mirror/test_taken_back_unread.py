"""Changes that polls have left out are taken back: the row still gets what Zoho changed since."""

from __future__ import annotations

import pytest

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Clock
from tests.mirror.pushing import (
    Send,
    change_in_zoho,
    change_while_waiting,
    fail_reading,
    pull,
    pull_lead,
    save_company,
    values_in_zoho,
)
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def passed_over(zcrm_emulator: SiteEmulator, connection: Connection, clock: Clock) -> Lead:
    """A lead whose change waits, and which polls have left out since Zoho's users changed it."""
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    lead = Lead.objects.get()
    save_company(lead, "Brook")
    change_while_waiting(zcrm_emulator, mirror, clock, lead, Company="Creek")
    lead.refresh_from_db()
    assert lead.company == "Brook"
    return lead


def test_row_whose_change_was_taken_back_unread_gets_zohos_value_although_another_is_refused(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, passed_over: Lead
) -> None:
    save_company(passed_over, "Acme")
    fail_reading(zcrm_emulator, send)
    passed_over.name = "Lynx"
    passed_over.save()
    zcrm_emulator.fail_next("records.update", status=400, code="INVALID_DATA")
    assert send().failed == 1
    Mirror(Lead, connection).reconcile()
    passed_over.refresh_from_db()
    assert passed_over.company == "Creek"


def test_row_whose_change_was_taken_back_gets_zohos_value_once_its_record_is_shown_again(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, passed_over: Lead
) -> None:
    save_company(passed_over, "Acme")
    zcrm_emulator.hide(str(passed_over.zoho_id))
    assert send().done == 1
    zcrm_emulator.hide()
    Mirror(Lead, connection).reconcile()
    passed_over.refresh_from_db()
    assert passed_over.company == "Creek"


@pytest.mark.parametrize("failures", [0, 1])
def test_deletion_after_a_change_was_taken_back_loses_to_what_zoho_changed(
    zcrm_emulator: SiteEmulator, send: Send, passed_over: Lead, failures: int
) -> None:
    save_company(passed_over, "Acme")
    for _ in range(failures):
        fail_reading(zcrm_emulator, send)
    passed_over.delete()
    assert send().conflicts == 1
    assert values_in_zoho(zcrm_emulator, "Company") == ["Creek"]


def test_row_whose_change_was_taken_back_by_an_older_instance_gets_what_was_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save_company(Lead.objects.get(), "Brook")
    assert send().done == 1
    pull(zcrm_emulator, connection)
    save_company(lead, "Creek")
    save_company(lead, "Acme")
    assert send().done == 1
    assert Lead.objects.get().company == "Brook"
    assert values_in_zoho(zcrm_emulator, "Company") == ["Brook"]


def test_row_that_got_zohos_value_after_its_change_was_taken_back_is_deleted(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    save_company(lead, "Acme")
    fail_reading(zcrm_emulator, send)
    change_in_zoho(zcrm_emulator, lead, Company="Creek")
    pull(zcrm_emulator, connection)
    assert Lead.objects.get().company == "Creek"
    Lead.objects.get().delete()
    assert send().done == 1
    assert not zcrm_emulator.records("Leads")
