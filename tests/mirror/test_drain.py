"""What the outbox holds reaches Zoho: once, and in order."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models.signals import pre_delete

from django_zcrm.mirror import no_push
from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.targets import target_of
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.draining import Send, calls, pull, pulled
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


def test_a_row_is_created_changed_and_deleted(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox", company="Acme", revenue="10.50")
    assert send().done == 1
    (record,) = zcrm_emulator.records("Leads")
    assert (record["Last_Name"], record["Annual_Revenue"]) == ("Fox", 10.5)
    lead = Lead.objects.get(pk=lead.pk)
    assert lead.zoho_id == record["id"]
    assert lead.zoho_modified_time is not None

    lead.company = "Zenith"
    lead.save()
    zcrm_emulator.advance(minutes=1)
    assert send().done == 1
    assert zcrm_emulator.records("Leads")[0]["Company"] == "Zenith"

    lead.delete()
    assert send().done == 1
    assert zcrm_emulator.records("Leads") == []
    assert OutboxItem.objects.filter(state=State.DONE).count() == 3
    assert not send()


def test_an_own_change_that_comes_back_is_nothing_new(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pulled(zcrm_emulator, connection)
    lead.company = "Zenith"
    lead.save()
    send()
    applied = apply(target_of("Leads"), connection, zcrm_emulator.records("Leads"))
    assert (applied.created, applied.updated, applied.unchanged) == (0, 0, 1)
    assert Lead.objects.get().pk == lead.pk


def test_the_changes_of_a_row_are_sent_as_one(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pulled(zcrm_emulator, connection)
    for name in ("Wolf", "Bear", "Lynx"):
        lead.name = name
        lead.save()
    lead.company = "Zenith"
    lead.save()
    send()
    record = zcrm_emulator.records("Leads")[0]
    assert (record["Last_Name"], record["Company"]) == ("Lynx", "Zenith")
    assert calls(zcrm_emulator, "PUT") == 1

    lead.name = "Wolf"
    lead.save()
    lead.name = "Lynx"
    lead.save()
    other = Lead.objects.create(name="Never")
    other.delete()
    assert send().done == 2
    assert calls(zcrm_emulator, "PUT") == 1
    assert calls(zcrm_emulator, "POST") == 0


def test_a_hundred_rows_share_a_request(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    for number in range(120):
        Lead.objects.create(name=f"Fox {number}", email=f"fox{number}@example.com")
    assert send().done == 120
    assert calls(zcrm_emulator, "POST", "/upsert") == 2
    Lead.objects.push(company="Acme")
    assert send().done == 120
    assert calls(zcrm_emulator, "PUT") == 2
    assert {record["Company"] for record in zcrm_emulator.records("Leads")} == {"Acme"}


def test_a_deleted_row_does_not_come_back_before_its_deletion_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    pulled(zcrm_emulator, connection).delete()
    pull(zcrm_emulator, connection)
    assert not Lead.objects.exists()
    send()
    assert zcrm_emulator.records("Leads") == []


def test_a_row_is_deleted_whose_record_came_in_before_it_was_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    Lead.objects.create(name="Fox", email="fox@example.com")
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme", Email="fox@example.com")
    pull(zcrm_emulator, connection)
    lead = Lead.objects.get()
    assert (lead.company, bool(lead.zoho_id)) == ("Acme", True)
    lead.delete()
    send()
    assert zcrm_emulator.records("Leads") == []
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()


def test_a_row_is_deleted_though_somebody_saved_it_meanwhile(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pulled(zcrm_emulator, connection)

    def save_it(instance: Lead, **kwargs: Any) -> None:  # as another process may
        other = Lead.objects.get(pk=instance.pk)
        other.company = "Zenith"
        other.save()

    pre_delete.connect(save_it, Lead)
    try:
        Lead.objects.filter(pk=lead.pk).delete()
    finally:
        pre_delete.disconnect(save_it, Lead)
    operations = OutboxItem.objects.order_by("pk").values_list("operation", flat=True)
    assert list(operations) == ["delete", "update"]
    send()
    assert zcrm_emulator.records("Leads") == []
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()


def test_a_child_waits_for_its_parent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    account = Account.objects.create(name="Acme")
    contact = Contact.objects.create(last_name="Fox", account=account)
    assert send("Contacts").later == 0
    item = OutboxItem.objects.get(module="Contacts")
    assert (item.state, item.error) == (State.NEW, f"Waits for Accounts {account.pk}.")
    assert zcrm_emulator.records("Contacts") == []
    send("Accounts")
    send("Contacts")
    record = zcrm_emulator.records("Contacts")[0]
    assert record["Account_Name"]["id"] == Account.objects.get().zoho_id
    assert Contact.objects.get(pk=contact.pk).zoho_id == record["id"]


def test_a_parent_that_never_comes(connection: Connection, send: Send) -> None:
    with no_push():
        account = Account.objects.create(name="Acme")
    Contact.objects.create(last_name="Fox", account=account)
    send("Contacts")
    item = OutboxItem.objects.get()
    assert (item.state, item.error) == (
        State.DEAD,
        f"Accounts {account.pk} is not in Zoho, and nothing is to create it there.",
    )


def test_two_rows_for_one_record(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    pulled(zcrm_emulator, connection, Email="fox@example.com")
    Lead.objects.create(name="Double", email="fox@example.com")
    assert send().dead == 1
    assert "the same Email" in OutboxItem.objects.get().error
    assert [record["Last_Name"] for record in zcrm_emulator.records("Leads")] == ["Fox"]


def test_a_value_moves_from_a_deleted_row_to_a_new_one(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    pulled(zcrm_emulator, connection, Email="fox@example.com").delete()
    Lead.objects.create(name="Heir", email="fox@example.com")
    assert send().done == 2
    (record,) = zcrm_emulator.records("Leads")
    assert record["Last_Name"] == "Heir"
    assert Lead.objects.get().zoho_id == record["id"]


def test_a_change_while_another_is_being_sent_follows_it(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", drop="after")
    send()
    lead.name = "Wolf"
    lead.save()
    while send():
        pass
    assert [record["Last_Name"] for record in zcrm_emulator.records("Leads")] == ["Wolf"]
    assert calls(zcrm_emulator, "POST") == 1


def test_a_row_that_is_deleted_while_it_is_created(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox")
    send()
    # Its id was committed after the row's deletion had read it.
    Lead.objects.filter(pk=lead.pk).delete()
    OutboxItem.objects.filter(operation="delete").update(zoho_id="", base={})
    assert send().done == 1
    assert zcrm_emulator.records("Leads") == []


def test_a_record_that_another_row_got_meanwhile(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    Lead.objects.create(name="Fox", email="fox@example.com")
    zcrm_emulator.fail_next("records.upsert", drop="after")
    send()
    (record,) = zcrm_emulator.records("Leads")
    with no_push():
        other = Lead.objects.create(name="Other", connection=connection, zoho_id=record["id"])
    assert send().dead == 1
    words = f"Zoho took it for record {record['id']}, which is row {other.pk} here."
    assert OutboxItem.objects.get().error == words
    assert Lead.objects.get(zoho_id=record["id"]) == other
