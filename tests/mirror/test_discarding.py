"""Changes that are discarded after a worker has read them are not sent."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

import pytest

from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.push import claiming, conflicts, in_doubt, merging, outbox
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import Send, calls, pull_lead
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


@pytest.fixture
def lead(zcrm_emulator: SiteEmulator, connection: Connection) -> Lead:
    """A row whose change waits to be sent, the only one."""
    row = pull_lead(zcrm_emulator, connection)
    row.company = "Dropped"
    row.save()
    return row


def is_discarded(item: OutboxItem) -> bool:
    """Return whether that is its state in the database."""
    item.refresh_from_db()
    return item.state == State.DISCARDED


@pytest.fixture
def discard_before(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let an item be discarded just before a worker that has read it calls a function."""

    def do(module: Any, name: str, item: OutboxItem) -> None:
        former = getattr(module, name)

        def function(*args: Any, **kwargs: Any) -> Any:
            OutboxItem.objects.filter(pk=item.pk).discard()
            return former(*args, **kwargs)

        monkeypatch.setattr(module, name, function)

    return do


def test_change_discarded_during_read_is_not_sent(
    zcrm_emulator: SiteEmulator, lead: Lead, send: Send, discard_before: Any
) -> None:
    item = OutboxItem.objects.get()
    discard_before(conflicts, "read_ids", item)
    assert send().done == 0
    assert is_discarded(item)
    assert item.attempts == 0
    assert calls(zcrm_emulator, "PUT") == 0


def test_change_after_a_failed_one_discarded_while_claimed_is_not_sent(
    lead: Lead, send: Send, discard_before: Any
) -> None:
    item = OutboxItem.objects.get()
    failed = copy(item)
    failed.pk, failed.state = None, State.FAILED
    failed.save(force_insert=True)
    discard_before(claiming, "_group_by_row", item)
    assert send().done == 0
    assert is_discarded(item)


def test_first_of_merged_changes_discarded_is_not_sent(
    zcrm_emulator: SiteEmulator, lead: Lead, send: Send, discard_before: Any
) -> None:
    first = OutboxItem.objects.get()
    lead.name = "Sent"
    lead.save()
    discard_before(merging, "_find_created_ids", first)
    assert send().done == 1
    assert is_discarded(first)
    record = zcrm_emulator.records("Leads")[0]
    assert (record["Company"], record["Last_Name"]) == ("Acme", "Sent")


def test_creation_discarded_before_sending_is_not_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, discard_before: Any
) -> None:
    Lead.objects.create(connection=connection, name="Fox", email="fox@example.com")
    item = OutboxItem.objects.get()
    discard_before(outbox, "check_creations", item)
    send()
    assert is_discarded(item)
    assert not zcrm_emulator.records("Leads")


def test_change_in_doubt_discarded_during_check_stays_discarded(
    zcrm_emulator: SiteEmulator, lead: Lead, send: Send, discard_before: Any
) -> None:
    zcrm_emulator.fail_next("records.update", drop="before")
    send()
    item = OutboxItem.objects.get(state=State.IN_DOUBT)
    discard_before(in_doubt, "read_ids", item)
    send()
    assert is_discarded(item)
    assert zcrm_emulator.records("Leads")[0]["Company"] == "Acme"
