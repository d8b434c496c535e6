"""Changes of a deleted row are sent as those of the row that its record has got since."""

from __future__ import annotations

import pytest

from django_zcrm.mirror.models import OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import (
    Send,
    change_in_zoho,
    company_in_zoho,
    pull,
    pull_lead,
    push_all,
    save_company,
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
