"""Changes that a user takes back or deletes before they are sent lose no value of either side."""

from __future__ import annotations

from typing import Any

import pytest

from django_zcrm.mirror.models import OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import (
    Send,
    calls,
    change_in_zoho,
    create_in_doubt,
    pull,
    pull_lead,
    values_in_zoho,
)
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


@pytest.fixture(autouse=True)
def merge(policy: Any) -> None:
    """A conflict in one field concerns no other."""
    policy("merge")


def save(lead: Lead, company: str) -> None:
    lead.company = company
    lead.save(update_fields=["company"])


@pytest.fixture
def waiting(zcrm_emulator: SiteEmulator, connection: Connection, send: Send) -> Lead:
    """A lead whose change from "Acme" to "Brook" waits."""
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save(lead, "Brook")
    zcrm_emulator.fail_next("records.update", code="NO_PERMISSION")
    assert send().later == 1
    return lead


def change_and_pull(zoho: SiteEmulator, connection: Connection, lead: Lead) -> None:
    """Let Zoho's users change the company to "Creek", and a poll read the record."""
    zoho.advance(seconds=5)
    change_in_zoho(zoho, lead, Company="Creek")
    pull(zoho, connection)
    lead.refresh_from_db()
    assert lead.company == "Brook"


def test_row_whose_change_is_taken_back_gets_what_zoho_changed_since(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, waiting: Lead
) -> None:
    change_and_pull(zcrm_emulator, connection, waiting)
    save(waiting, "Acme")
    assert send().done == 1
    waiting.refresh_from_db()
    assert waiting.company == "Creek"
    assert values_in_zoho(zcrm_emulator, "Company") == ["Creek"]


def test_change_that_is_taken_back_is_not_sent(
    zcrm_emulator: SiteEmulator, send: Send, waiting: Lead
) -> None:
    requests = calls(zcrm_emulator, "PUT")
    save(waiting, "Acme")
    assert send().done == 1
    assert calls(zcrm_emulator, "PUT") == requests
    waiting.refresh_from_db()
    assert waiting.company == "Acme"


def test_change_without_response_that_is_taken_back_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save(lead, "Brook")
    zcrm_emulator.fail_next("records.update", drop="after")
    assert send().in_doubt == 1
    save(lead, "Acme")
    for _ in range(2):
        send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["Acme"]
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()


@pytest.mark.parametrize("operation", ["create", "update"])
def test_value_without_response_that_is_taken_back_is_sent_although_zoho_changed_another(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, operation: str
) -> None:
    if operation == "create":
        lead = create_in_doubt(
            zcrm_emulator, connection, name="Fox", company="Brook", email="fox@example.com"
        )
    else:
        lead = pull_lead(zcrm_emulator, connection, Company=None)
        lead.company, lead.name = "Brook", "Lynx"
        lead.save()
        zcrm_emulator.fail_next("records.update", drop="after")
        assert send().in_doubt == 1
    [record] = zcrm_emulator.records("Leads")
    zcrm_emulator.client().records.update_one("Leads", record["id"], {"Last_Name": "Wolf"})
    save(lead, "")
    for _ in range(2):
        send()
    assert values_in_zoho(zcrm_emulator, "Company") == [None]
    assert values_in_zoho(zcrm_emulator, "Last_Name") == ["Wolf"]


def test_deletion_of_a_row_whose_change_waits_loses_to_what_zoho_changed(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, waiting: Lead
) -> None:
    change_and_pull(zcrm_emulator, connection, waiting)
    waiting.delete()
    assert send().conflicts == 1
    assert values_in_zoho(zcrm_emulator, "Company") == ["Creek"]
    assert Lead.objects.get().company == "Creek"
    conflict = OutboxItem.objects.get(state=State.CONFLICT).conflict
    assert conflict["Company"] == {"base": "Acme", "local": None, "zoho": "Creek", "kept": "zoho"}


@pytest.mark.parametrize("is_refused", [True, False], ids=["refused", "waits"])
def test_row_whose_change_was_not_sent_is_deleted(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, is_refused: bool
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save(lead, "Brook")
    if is_refused:
        zcrm_emulator.fail_next("records.update", code="INVALID_DATA")
        assert send().failed == 1
    lead.delete()
    assert send().done == 1
    assert not zcrm_emulator.records("Leads")


def test_row_whose_change_waits_is_deleted_after_its_account(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    """Zoho clears the lookup of the contact."""
    account = Account.objects.create(connection=connection, name="Acme")
    contact = Contact.objects.create(connection=connection, last_name="Fox", account=account)
    assert send("Accounts").done == 1
    assert send("Contacts").done == 1
    pull(zcrm_emulator, connection, "Contacts")
    contact.refresh_from_db()
    contact.first_name = "Ann"
    contact.save()
    contact.delete()
    Account.objects.get().delete()
    assert send("Accounts").done == 1
    assert send("Contacts").done == 1
    assert not zcrm_emulator.records("Contacts")


def test_edit_of_a_value_that_came_after_a_failed_change_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save(lead, "Brook")
    zcrm_emulator.fail_next("records.update", code="INVALID_DATA")
    assert send().failed == 1
    zcrm_emulator.advance(seconds=5)
    change_in_zoho(zcrm_emulator, lead, Company="Creek")
    pull(zcrm_emulator, connection)
    lead.refresh_from_db()
    assert lead.company == "Creek"
    save(lead, "Delta")
    assert send().done == 1
    assert values_in_zoho(zcrm_emulator, "Company") == ["Delta"]
