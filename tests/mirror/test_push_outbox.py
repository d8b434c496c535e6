"""What the outbox holds reaches Zoho: once, and in order."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models.signals import pre_delete
from django.utils import translation

from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.targets import target_of
from django_zcrm.models import Connection
from django_zcrm.reasons import reason, translate
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import Send, calls, pull, pull_lead
from tests.mirror.shop.models import Account, Contact, Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


def test_own_change_read_again_is_unchanged(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    lead.company = "Zenith"
    lead.save()
    send()
    applied = apply(target_of("Leads"), connection, zcrm_emulator.records("Leads"))
    assert (applied.created, applied.updated, applied.unchanged) == (0, 0, 1)
    assert Lead.objects.get().pk == lead.pk


def test_changes_of_one_row_are_sent_as_one(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
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


def test_hundred_rows_share_a_request(zcrm_emulator: SiteEmulator, send: Send) -> None:
    for number in range(120):
        Lead.objects.create(name=f"Fox {number}", email=f"fox{number}@example.com")
    assert send().done == 120
    assert calls(zcrm_emulator, "POST", "/upsert") == 2
    assert not Lead.objects.filter(zoho_modified_time=None).exists()
    Lead.objects.push(company="Acme")
    assert send().done == 120
    assert calls(zcrm_emulator, "PUT") == 2
    assert {record["Company"] for record in zcrm_emulator.records("Leads")} == {"Acme"}


def test_row_whose_record_came_before_the_push_is_deleted(
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


def test_row_saved_during_its_deletion_is_deleted(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection)

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


def test_child_of_a_new_parent_waits_for_it(zcrm_emulator: SiteEmulator, send: Send) -> None:
    account = Account.objects.create(name="Acme")
    contact = Contact.objects.create(last_name="Fox", account=account)
    assert not send("Contacts")
    item = OutboxItem.objects.get(module="Contacts")
    assert (item.state, item.error) == (State.NEW, f"Waits for Accounts {account.pk}.")
    assert zcrm_emulator.records("Contacts") == []
    send("Accounts")
    send("Contacts")
    record = zcrm_emulator.records("Contacts")[0]
    assert record["Account_Name"]["id"] == Account.objects.get().zoho_id
    assert Contact.objects.get(pk=contact.pk).zoho_id == record["id"]


def test_second_row_with_same_match_value_fails(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    row = pull_lead(zcrm_emulator, connection, Email="fox@example.com")
    Lead.objects.create(name="Double", email="fox@example.com")
    assert send().failed == 1
    why = reason("same_match_value", row=str(row.pk), field="Email")
    assert OutboxItem.objects.get().error == why
    with translation.override("zh-hans"):
        assert OutboxItem.objects.get().error == translate(why) != why
    assert [record["Last_Name"] for record in zcrm_emulator.records("Leads")] == ["Fox"]


@pytest.mark.parametrize("is_polled", [False, True], ids=["not polled", "polled"])
def test_unique_value_moves_from_a_deleted_row_to_a_new_one(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, is_polled: bool
) -> None:
    pull_lead(zcrm_emulator, connection, Email="fox@example.com").delete()
    Lead.objects.create(name="Heir", email="fox@example.com")
    if is_polled:  # the record does not become that of the new row
        pull(zcrm_emulator, connection)
    assert send().done == 2
    (record,) = zcrm_emulator.records("Leads")
    assert record["Last_Name"] == "Heir"
    assert Lead.objects.get().zoho_id == record["id"]


def test_row_deleted_while_it_is_created_is_deleted_in_zoho(
    zcrm_emulator: SiteEmulator, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox")
    send()
    # Its id was committed after the row's deletion had read it.
    Lead.objects.filter(pk=lead.pk).delete()
    OutboxItem.objects.filter(operation="delete").update(zoho_id="", base={})
    assert send().done == 1
    assert zcrm_emulator.records("Leads") == []
