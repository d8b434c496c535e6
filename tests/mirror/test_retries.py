"""Changes that a person sends again create no duplicates, and replace no later values."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import ModuleMetadata, OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.metadata import without_field
from tests.mirror.pushing import (
    Send,
    change_in_zoho,
    create_in_doubt,
    leave_waiting_after_conflict,
    pull_lead,
    push_changes,
    values_in_zoho,
)
from tests.mirror.shop.models import Account, Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


def save_after_failed_update(connection: Connection, send: Send) -> None:
    """Save a lead whose creation was discarded; its update to "First" has failed."""
    lead = Lead.objects.create(connection=connection, name="Fox")
    lead.company = "First"
    lead.save()
    OutboxItem.objects.filter(operation="create").discard()
    assert send().failed == 1  # no change creates its row
    lead.company = "Second"
    lead.save()


def test_retry_after_field_is_restored_sends_the_newest_value(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme", Lead_Source="Old")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    lead = Lead.objects.get()
    lead.company, lead.source = "Brook", "First"
    lead.save()
    lead.source = "Second"
    lead.save()
    with monkeypatch.context() as patch:
        without_field(zcrm_emulator, patch, "Leads", "Lead_Source")
        ModuleMetadata.objects.update(read_at=None)
        mirror.sync()
    ModuleMetadata.objects.update(read_at=None)
    assert OutboxItem.objects.filter(state=State.FAILED).retry()
    mirror.sync()
    assert values_in_zoho(zcrm_emulator, "Lead_Source") == ["Second"]


def test_retry_after_field_is_restored_replaces_nothing_unseen(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = Mirror(Lead, connection)
    mirror.sync()
    with monkeypatch.context() as patch:
        without_field(zcrm_emulator, patch, "Leads", "Lead_Source")
        ModuleMetadata.objects.update(read_at=None)
        lead = Lead.objects.create(name="Fox", source="Web")
        mirror.sync()
    lead.refresh_from_db()
    change_in_zoho(zcrm_emulator, lead, Lead_Source="Fair")
    ModuleMetadata.objects.update(read_at=None)
    assert OutboxItem.objects.filter(state=State.FAILED).retry()
    mirror.sync()
    assert values_in_zoho(zcrm_emulator, "Lead_Source") == ["Fair"]
    assert OutboxItem.objects.filter(state=State.CONFLICT).exists()


def test_retry_of_creation_in_doubt_waits_until_zoho_shows_its_record(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    zcrm_emulator.org.row_lag = 30
    create_in_doubt(zcrm_emulator, connection, name="Fox")
    OutboxItem.objects.retry()
    push_changes(connection)
    zcrm_emulator.advance(seconds=120)
    send()
    assert values_in_zoho(zcrm_emulator, "Last_Name") == ["Fox"]


def test_creation_in_doubt_is_not_discarded(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = create_in_doubt(zcrm_emulator, connection, name="Fox")
    assert OutboxItem.objects.discard() == 0
    lead.name = "Wolf"
    lead.save()
    for _ in range(2):
        send()
    assert values_in_zoho(zcrm_emulator, "Last_Name") == ["Wolf"]


@pytest.mark.parametrize(
    "fault", [{"drop": "after"}, {"code": "INVALID_DATA"}], ids=["in doubt", "failed"]
)
def test_retried_older_change_neither_replaces_nor_repeats_a_later_creation(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, fault: dict[str, Any]
) -> None:
    save_after_failed_update(connection, send)
    zcrm_emulator.fail_next("records.create", **fault)
    result = send()
    assert (result.in_doubt, result.failed) == ((1, 0) if "drop" in fault else (0, 1))
    OutboxItem.objects.filter(operation="update").retry()
    push_changes(connection)
    for _ in range(2):
        send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["Second"]


def test_retry_omits_values_of_later_change_that_won_a_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, policy: Any
) -> None:
    policy("local_wins")
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    lead.company, lead.name = "First", "Wolf"
    lead.save()
    zcrm_emulator.fail_next("records.update", code="INVALID_DATA")
    assert send().failed == 1
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    lead.company = "Second"
    lead.save()
    assert send().conflicts == 1
    OutboxItem.objects.filter(state=State.FAILED).retry()
    send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["Second"]
    assert values_in_zoho(zcrm_emulator, "Last_Name") == ["Wolf"]


def test_retry_of_older_change_is_not_sent_with_those_after_a_failed_one(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    for lead.name, lead.company in (("Wolf", "First"), ("Wolf", "Second")):
        lead.save()
        zcrm_emulator.fail_next("records.update", code="INVALID_DATA")
        assert send().failed == 1
    lead.source = "Web"
    lead.save()
    first, second, _ = OutboxItem.objects.order_by("pk")
    OutboxItem.objects.filter(pk=first.pk).retry()
    zcrm_emulator.fail_next("records.update", code="NO_PERMISSION", status=403)
    assert send().later
    send()
    send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["First"]
    assert values_in_zoho(zcrm_emulator, "Lead_Source") == ["Web"]
    second.refresh_from_db()
    assert (second.state, second.changed) == (State.FAILED, {"Company": "Second"})


@pytest.mark.parametrize("is_deleted", [False, True], ids=["change", "deletion"])
def test_retried_change_that_waits_does_not_hold_back_the_change_after_a_failed_one(
    zcrm_emulator: SiteEmulator, connection: Connection, is_deleted: bool
) -> None:
    zcrm_emulator.create("Accounts", Account_Name="Acme")
    Mirror(Account, connection).sync()
    account = Account.objects.get()
    account.parent = Account.objects.create(name="Parent")
    OutboxItem.objects.update(changed={"Account_Name": "P" * 300})
    account.name = "First"
    account.save()
    push_changes(connection, "Accounts")
    waiting = OutboxItem.objects.filter(object_id=str(account.pk))
    assert waiting.get().waits_for
    waiting.discard()
    account.name = "Second"
    account.save()
    zcrm_emulator.fail_next("records.update", code="INVALID_DATA")
    assert push_changes(connection, "Accounts").failed == 1
    if is_deleted:
        account.delete()
    else:
        account.parent = None
        account.save()
    OutboxItem.objects.filter(state=State.DISCARDED).retry()
    push_changes(connection, "Accounts")
    assert not OutboxItem.objects.open().filter(due__lte=timezone.now()).exists()
    assert bool(zcrm_emulator.records("Accounts")) is not is_deleted
    assert not OutboxItem.objects.open().exists()


def test_retry_of_a_row_created_again_omits_values_of_the_former_one(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(connection=connection, name="Fox")
    send()
    lead.refresh_from_db()
    lead.revenue = 5
    lead.save()
    zcrm_emulator.fail_next("records.update", code="INVALID_DATA")
    assert send().failed == 1
    key = lead.pk
    lead.delete()
    send()
    Lead.objects.create(pk=key, connection=connection, name="Wolf")
    send()
    OutboxItem.objects.filter(state=State.FAILED).retry()
    send()
    assert values_in_zoho(zcrm_emulator, "Annual_Revenue") == [None]


def test_retry_of_a_field_that_the_creation_lacked_sends_it(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lead = Lead.objects.create(connection=connection, name="Fox")
    for lead.source, lead.name in (("Web", "Fox"), ("Web", "Wolf")):
        lead.save()
    with monkeypatch.context() as patch:
        without_field(zcrm_emulator, patch, "Leads", "Lead_Source")
        assert send().failed == 1
    assert values_in_zoho(zcrm_emulator, "Last_Name") == ["Wolf"]
    ModuleMetadata.objects.all().delete()
    OutboxItem.objects.filter(state=State.FAILED).retry()
    send()
    assert values_in_zoho(zcrm_emulator, "Lead_Source") == ["Web"]


def test_retry_of_creation_omits_values_that_a_later_creation_had_not(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(connection=connection, name="Fox", source="Web")
    OutboxItem.objects.discard()
    lead.source = ""
    lead.save()
    send()
    OutboxItem.objects.filter(state=State.DISCARDED).retry()
    send()
    assert values_in_zoho(zcrm_emulator, "Lead_Source") == [None]


def test_retry_of_creation_and_then_of_a_later_one_that_failed_sends_the_latest_value(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(connection=connection, name="Fox", company="First")
    OutboxItem.objects.discard()
    lead.company = "Second"
    lead.save()
    zcrm_emulator.fail_next("records.create", code="INVALID_DATA")
    assert send().failed == 1
    OutboxItem.objects.filter(state=State.DISCARDED).retry()
    lead.source = "Web"
    lead.save()
    send()
    OutboxItem.objects.filter(state=State.FAILED).retry()
    send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["Second"]


def test_retry_of_failed_change_shows_values_of_zoho_that_it_replaced(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, policy: Any
) -> None:
    policy("local_wins")
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    lead.company = "Local"
    lead.save()
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    zcrm_emulator.fail_next("records.update", code="INVALID_DATA")
    assert send().failed == 1
    OutboxItem.objects.retry()
    assert send().conflicts == 1
    assert OutboxItem.objects.get().conflict["Company"]["zoho"] == "Zoho"
    assert values_in_zoho(zcrm_emulator, "Company") == ["Local"]


def test_retry_of_creation_that_became_an_update_keeps_the_present_lookup(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    account = Account.objects.create(connection=connection, name="Acme")
    account.parent = account
    account.save()
    zcrm_emulator.fail_next("records.create", code="INVALID_DATA")
    assert send("Accounts").failed
    OutboxItem.objects.discard()
    account.parent = None
    account.save()
    send("Accounts")
    account = Account.objects.get()
    account.parent = account
    account.save()
    OutboxItem.objects.filter(state=State.DISCARDED).retry()
    for _ in range(3):
        send("Accounts")
    [record] = zcrm_emulator.records("Accounts")
    assert record["Parent_Account"]["id"] == record["id"]


def test_retry_sends_the_value_that_was_saved_after_zoho_won_a_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, merge: None
) -> None:
    lead = leave_waiting_after_conflict(zcrm_emulator, connection, send)
    lead.company = "Creek"
    lead.save()
    zcrm_emulator.fail_next("records.update", code="INVALID_DATA", times=2)
    assert send().failed == 1
    zcrm_emulator.stop_failing()
    OutboxItem.objects.retry()
    send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["Creek"]


def test_retry_sends_the_value_that_was_saved_after_the_function_had_chosen(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, policy: Any
) -> None:
    policy(lambda field, base, local, zoho: f"{local} and {zoho}")
    lead = leave_waiting_after_conflict(zcrm_emulator, connection, send)
    lead.company = "Creek"
    lead.save()
    send()
    OutboxItem.objects.retry()
    send()
    assert values_in_zoho(zcrm_emulator, "Company") != ["Brook and Zoho"]
    assert OutboxItem.objects.latest("pk").conflict.get("Company", {}).get("local") != "Brook"
