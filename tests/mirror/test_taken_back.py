"""Changes that a user takes back or deletes before they are sent lose no value of either side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror import no_push
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Clock
from tests.mirror.pushing import (
    Send,
    calls,
    change_in_zoho,
    change_while_waiting,
    create_in_doubt,
    leave_waiting_after_conflict,
    pull,
    pull_lead,
    push_changes,
    values_in_zoho,
)
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("merge")]

State = OutboxItem.State


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


@pytest.fixture
def changed(
    zcrm_emulator: SiteEmulator, connection: Connection, waiting: Lead, clock: Clock
) -> Lead:
    """A lead whose change waits, and which a poll has read since Zoho's users changed it."""
    clock.forward(seconds=5)
    change_in_zoho(zcrm_emulator, waiting, Company="Creek")
    pull(zcrm_emulator, connection)
    waiting.refresh_from_db()
    assert waiting.company == "Brook"
    return waiting


def test_row_whose_change_is_taken_back_gets_what_zoho_changed_since(
    zcrm_emulator: SiteEmulator, send: Send, changed: Lead
) -> None:
    save(changed, "Acme")
    assert send().done == 1
    changed.refresh_from_db()
    assert changed.company == "Creek"
    assert values_in_zoho(zcrm_emulator, "Company") == ["Creek"]


@pytest.mark.parametrize("is_read", [False, True], ids=["one user", "another user read Zoho's"])
def test_row_of_a_field_taken_back_gets_what_zoho_changed_although_the_rest_is_refused(
    zcrm_emulator: SiteEmulator, connection: Connection, clock: Clock, send: Send, is_read: bool
) -> None:
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    lead = Lead.objects.get()
    if is_read:
        clock.forward(minutes=5)
        change_in_zoho(zcrm_emulator, lead, Company="Zoho")
        clock.forward(minutes=5)
        mirror.sync()
    last = Lead.objects.get()
    save(lead, "Brook")
    last = last if is_read else Lead.objects.get()
    last.company, last.name = "Acme", "Lynx"
    last.save()
    change_while_waiting(zcrm_emulator, mirror, clock, lead, Company="Creek")
    zcrm_emulator.fail_next("records.update", status=400, code="INVALID_DATA")
    assert send().failed == 1
    mirror.reconcile()
    last.refresh_from_db()
    assert last.company == "Creek"


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
    zcrm_emulator: SiteEmulator, send: Send, changed: Lead
) -> None:
    changed.delete()
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


def test_deletion_of_a_row_that_had_no_record_yet_loses_to_what_zoho_changed(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    """The row is deleted while the request that creates its record is under way."""
    lead = create_in_doubt(zcrm_emulator, connection, name="Fox", company="Acme")
    lead.delete()
    now = timezone.now()
    OutboxItem.objects.filter(operation="create").update(due=now)
    OutboxItem.objects.filter(operation="delete").update(due=now + timedelta(hours=1))
    assert push_changes(connection).done == 1
    [record] = zcrm_emulator.records("Leads")
    zcrm_emulator.client().records.update_one("Leads", record["id"], {"Company": "Creek"})
    assert send().conflicts == 1
    assert values_in_zoho(zcrm_emulator, "Company") == ["Creek"]
    assert Lead.objects.get().company == "Creek"


def test_row_with_a_value_that_zoho_set_itself_is_deleted_after_an_edit(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    """Zoho sets a default without a new Modified_Time."""
    lead = Lead.objects.create(connection=connection, name="Fox", company="Acme")
    assert send().done == 1
    table = zcrm_emulator.org.records.table("Leads")
    [record] = zcrm_emulator.records("Leads")
    table.put({**table.rows[record["id"]], "Lead_Source": "Web"})
    lead.refresh_from_db()
    save(lead, "Brook")
    lead.delete()
    assert send().done == 1
    assert not zcrm_emulator.records("Leads")


def test_deletion_of_an_edited_row_loses_to_a_lookup_that_zoho_changed(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    former, later = (Account.objects.create(connection=connection, name=n) for n in "AB")
    contact = Contact.objects.create(connection=connection, last_name="Fox", account=former)
    assert send("Accounts").done == 2
    assert send("Contacts").done == 1
    for row in (contact, later):
        row.refresh_from_db()
    contact.first_name = "Ann"
    contact.save()
    zcrm_emulator.advance(seconds=5)
    values = {"Account_Name": {"id": later.zoho_id}}
    zcrm_emulator.client().records.update_one("Contacts", str(contact.zoho_id), values)
    contact.delete()
    assert send("Contacts").conflicts == 1
    assert zcrm_emulator.records("Contacts")
    assert Contact.objects.get().account == later


def test_change_that_is_taken_back_replaces_nothing_else_in_its_row(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme", Lead_Source="Web")
    Lead.objects.update(source="set by a query")
    save(lead, "Brook")
    save(lead, "Acme")
    assert send().done == 1
    lead.refresh_from_db()
    assert lead.source == "set by a query"


def test_row_that_is_removed_after_its_change_was_taken_back_does_not_come_back(
    send: Send, changed: Lead
) -> None:
    save(changed, "Acme")
    with no_push():
        changed.delete()
    assert send().done == 1
    assert not Lead.objects.exists()


@pytest.mark.parametrize("is_normalised", [True, False], ids=["normalised", "local only"])
def test_edited_row_with_a_value_that_zoho_never_had_is_deleted(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    clock: Clock,
    is_normalised: bool,
) -> None:
    lead = Lead.objects.create(connection=connection, name="Fox", company="Acme ")
    assert send().done == 1
    if is_normalised:
        table = zcrm_emulator.org.records.table("Leads")
        [record] = zcrm_emulator.records("Leads")
        table.put({**table.rows[record["id"]], "Company": "Acme"})
    else:
        Lead.objects.update(company="local only")
    clock.forward(minutes=1)
    lead.refresh_from_db()
    save(lead, "Brook")
    lead.delete()
    assert send().done == 1
    assert not zcrm_emulator.records("Leads")


@pytest.mark.parametrize("is_deleted", [True, False], ids=["deleted", "moved"])
def test_lookup_that_zoho_cleared_for_a_deletion_of_this_site_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, is_deleted: bool
) -> None:
    """As when a user merges duplicates: moves the contact, and deletes its former account."""
    former, later = (Account.objects.create(connection=connection, name=n) for n in "AB")
    contact = Contact.objects.create(connection=connection, last_name="Fox", account=former)
    assert send("Accounts").done == 2
    assert send("Contacts").done == 1
    pull(zcrm_emulator, connection, "Contacts")
    for row in (contact, former, later):
        row.refresh_from_db()
    contact.account = later
    contact.save()
    former.delete()
    if is_deleted:
        contact.delete()
    assert send("Accounts").done == 1
    assert send("Contacts").done == 1
    accounts = [record["Account_Name"]["id"] for record in zcrm_emulator.records("Contacts")]
    assert accounts == ([] if is_deleted else [later.zoho_id])


def test_row_whose_change_was_taken_back_is_not_read_again(
    zcrm_emulator: SiteEmulator, connection: Connection, clock: Clock, send: Send
) -> None:
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme", Lead_Source="Web")
    mirror = Mirror(Lead, connection)
    for _ in range(3):
        mirror.sync()
        clock.forward(minutes=30)
    lead = Lead.objects.get()
    Lead.objects.update(source="local")
    save(lead, "Brook")
    save(lead, "Acme")
    assert send().done == 1
    clock.forward(minutes=30)
    mirror.reconcile()
    assert Lead.objects.get().source == "local"


def test_row_whose_change_was_taken_back_is_deleted_after_its_account(
    zcrm_emulator: SiteEmulator, connection: Connection, clock: Clock, send: Send
) -> None:
    account = Account.objects.create(connection=connection, name="Acme")
    contact = Contact.objects.create(connection=connection, last_name="Fox", account=account)
    send("Accounts")
    send("Contacts")
    pull(zcrm_emulator, connection, "Contacts")
    clock.forward(minutes=10)
    account.refresh_from_db()
    zcrm_emulator.client().records.delete_one("Accounts", str(account.zoho_id))
    contact.refresh_from_db()
    for first_name in ("Ann", ""):
        contact.first_name = first_name
        contact.save()
    assert send("Contacts").done == 1
    contact.delete()
    assert send("Contacts").conflicts == 0
    assert zcrm_emulator.records("Contacts") == []


@pytest.mark.parametrize("way", ["set back", "set in Zoho", "hidden"])
def test_value_that_lost_to_zoho_is_in_conflict_although_the_rest_is_taken_back(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, way: str
) -> None:
    lead = leave_waiting_after_conflict(zcrm_emulator, connection, send)
    if way == "set in Zoho":
        change_in_zoho(zcrm_emulator, lead, Last_Name="Lynx")
    else:
        lead.name = "Fox"
        lead.save()
    if way == "hidden":
        zcrm_emulator.hide(str(lead.zoho_id))
    OutboxItem.objects.open().update(due=timezone.now())
    assert send().conflicts == 1
    item = OutboxItem.objects.get(state=State.CONFLICT)
    assert item.conflict["Company"]["local"] == "Brook"


def test_value_that_a_user_saved_after_zoho_had_lost_with_it_is_not_taken_back(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, policy: Callable[[Any], None]
) -> None:
    """No user had loaded Zoho's value, so the save is a change of its own."""
    policy("local_wins")
    lead = pull_lead(zcrm_emulator, connection)
    save(lead, "Brook")
    change_in_zoho(zcrm_emulator, lead, Company="Creek")
    zcrm_emulator.fail_next("records.update", code="NO_PERMISSION")
    assert send().later == 1
    change_in_zoho(zcrm_emulator, lead, Company="Dale")
    save(lead, "Creek")
    OutboxItem.objects.open().update(due=timezone.now())
    assert send().conflicts == 1
    assert values_in_zoho(zcrm_emulator, "Company") == ["Creek"]
