"""Changes of a deleted row are sent as those of the row that its record has got since."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from django_zcrm.mirror.models import OutboxItem
from django_zcrm.models import Connection, ConnectionHistory
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import (
    Send,
    change_in_zoho,
    company_in_zoho,
    latest,
    pull,
    pull_lead,
    push_all,
    push_changes,
    save_company,
    values_in_zoho,
)
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def discarded(zcrm_emulator: SiteEmulator, connection: Connection, send: Send) -> OutboxItem:
    """A discarded conflict of a row that was deleted since."""
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    change_in_zoho(zcrm_emulator, lead, Company="Acme Inc.")
    send()
    item = OutboxItem.objects.get(state=OutboxItem.State.CONFLICT)
    OutboxItem.objects.filter(pk=item.pk).discard()
    lead.delete()
    return item


def restore(zoho: SiteEmulator, connection: Connection) -> Lead:
    """Let a deletion lose to Zoho, so that its record gets another row."""
    OutboxItem.objects.filter(operation="delete").update(state=OutboxItem.State.CONFLICT)
    pull(zoho, connection)
    return Lead.objects.get()


@pytest.mark.parametrize("is_restored", [True, False])
def test_value_saved_in_the_new_row_is_sent_last(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    discarded: OutboxItem,
    is_restored: bool,
) -> None:
    if not is_restored:
        OutboxItem.objects.filter(pk=discarded.pk).retry()
    lead = restore(zcrm_emulator, connection)
    assert lead.company == "Acme Inc."
    if is_restored:
        OutboxItem.objects.filter(pk=discarded.pk).retry()
    save_company(lead, "Delta")
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == "Delta"
    assert not OutboxItem.objects.filter(operation="update", state=OutboxItem.State.CONFLICT)


def test_retried_value_is_sent_as_that_of_the_new_row(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, discarded: OutboxItem
) -> None:
    lead = restore(zcrm_emulator, connection)
    OutboxItem.objects.filter(pk=discarded.pk).retry()
    item = OutboxItem.objects.get(pk=discarded.pk)
    assert item.object_id == str(lead.pk)
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == "Brook"


@pytest.mark.parametrize("is_set_back", [False, True])
def test_value_that_the_new_row_sent_is_not_replaced_by_one_that_waited(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    discarded: OutboxItem,
    is_set_back: bool,
) -> None:
    retried = OutboxItem.objects.filter(pk=discarded.pk)
    retried.retry()
    lead = restore(zcrm_emulator, connection)
    companies = ["Delta", lead.company] if is_set_back else ["Delta"]
    retried.update(due=timezone.now() + timedelta(hours=1))
    for company in companies:
        save_company(Lead.objects.get(), company)
        assert push_changes(connection).done == 1
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == companies[-1]
    assert retried.get().state == OutboxItem.State.DONE


def test_updates_from_before_the_row_had_a_record_follow(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox", company="Acme", connection=connection)
    lead.name = "Lynx"
    lead.save()
    latest().discard()
    assert send().done == 1
    save_company(Lead.objects.get(), "Brook")
    latest().discard()
    Lead.objects.get().delete()
    lead = restore(zcrm_emulator, connection)
    OutboxItem.objects.filter(state=OutboxItem.State.DISCARDED).retry()
    push_all(send)
    assert values_in_zoho(zcrm_emulator, "Last_Name") == ["Lynx"]
    assert company_in_zoho(zcrm_emulator, lead) == "Brook"


def test_undecided_conflict_of_the_former_row_does_not_keep_values_from_the_new_one(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    reconnect(connection)
    change_in_zoho(zcrm_emulator, lead, Company="Acme Inc.")
    send()
    lead.name = "Lynx"
    lead.save()
    discarded = latest()
    discarded.discard()
    lead.delete()
    lead = restore(zcrm_emulator, connection)
    assert discarded.retry() == 1
    push_all(send)
    change_in_zoho(zcrm_emulator, lead, Company="Newer")
    pull(zcrm_emulator, connection)
    lead.refresh_from_db()
    assert lead.company == "Newer"


def test_changes_that_were_merged_into_the_deletion_stay_with_it(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    """They would seem to be merged into the first change of the new row."""
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    discarded = latest()
    discarded.discard()
    lead.revenue = 5
    lead.save()
    change_in_zoho(zcrm_emulator, lead, Last_Name="Lynx")
    lead.delete()
    send()
    reconnect(connection)
    discarded.retry()
    push_all(send)
    pull(zcrm_emulator, connection)
    lead = Lead.objects.get()
    save_company(lead, "Delta")
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    send()
    assert latest().get().conflict["Company"]["kept"] == "zoho"


def reconnect(connection: Connection) -> None:
    """Let the connection have been connected again just now."""
    change = ConnectionHistory.Change.RECONNECTED
    ConnectionHistory.objects.create(connection=connection, change=change)


def test_value_that_a_later_change_of_the_former_row_wrote_is_not_replaced(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    OutboxItem.objects.discard()
    save_company(lead, "Crane")
    send()
    change_in_zoho(zcrm_emulator, lead, Last_Name="Lynx")
    lead.delete()
    send()
    assert Lead.objects.get().pk != lead.pk
    assert OutboxItem.objects.filter(state=OutboxItem.State.DISCARDED).retry() == 1
    push_all(send)
    assert company_in_zoho(zcrm_emulator, lead) == "Crane"
