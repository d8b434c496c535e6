"""Changes that are dropped after a worker has read them are not sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from django_zcrm import zcrm
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.push import conflicts, drain, unsure
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.draining import Send, calls, pulled
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


@pytest.fixture
def lead(zcrm_emulator: SiteEmulator, connection: Connection) -> Lead:
    """A row whose change waits to be sent, the only one."""
    row = pulled(zcrm_emulator, connection)
    row.company = "Dropped"
    row.save()
    return row


def is_dropped(item: OutboxItem) -> bool:
    """Tell whether that is its state in the database."""
    item.refresh_from_db()
    return item.state == State.DROPPED


@pytest.fixture
def drop_before(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Has an item dropped when a worker, which has read it, comes to some function."""

    def do(module: Any, name: str, item: OutboxItem) -> None:
        former = getattr(module, name)

        def function(*args: Any, **kwargs: Any) -> Any:
            OutboxItem.objects.filter(pk=item.pk).give_up()
            return former(*args, **kwargs)

        monkeypatch.setattr(module, name, function)

    return do


def test_a_change_that_is_dropped_while_zoho_is_read(
    zcrm_emulator: SiteEmulator, lead: Lead, send: Send, drop_before: Any
) -> None:
    item = OutboxItem.objects.get()
    drop_before(conflicts, "read_ids", item)
    assert send().done == 0
    assert is_dropped(item)
    assert item.attempts == 0
    assert calls(zcrm_emulator, "PUT") == 0


def test_a_change_in_conflict_that_is_dropped_while_zoho_is_read(
    zcrm_emulator: SiteEmulator, lead: Lead, send: Send, drop_before: Any
) -> None:
    zcrm.records.update("Leads", [{"id": lead.zoho_id, "Company": "Zoho's"}])
    item = OutboxItem.objects.get()
    drop_before(conflicts, "read_ids", item)
    send()
    assert is_dropped(item)
    assert zcrm_emulator.records("Leads")[0]["Company"] == "Zoho's"


def test_the_first_of_two_changes_that_become_one(
    zcrm_emulator: SiteEmulator, lead: Lead, send: Send, drop_before: Any
) -> None:
    first = OutboxItem.objects.get()
    lead.name = "Sent"
    lead.save()
    drop_before(drain, "_fill_in_deleted_ids", first)
    assert send().done == 1
    assert is_dropped(first)
    record = zcrm_emulator.records("Leads")[0]
    assert (record["Company"], record["Last_Name"]) == ("Acme", "Sent")


def test_a_creation(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, drop_before: Any
) -> None:
    Lead.objects.create(connection=connection, name="Fox", email="fox@example.com")
    item = OutboxItem.objects.get()
    drop_before(drain, "duplicates", item)
    send()
    assert is_dropped(item)
    assert not zcrm_emulator.records("Leads")


def test_a_change_without_an_answer_that_is_dropped_while_it_is_looked_up(
    zcrm_emulator: SiteEmulator, lead: Lead, send: Send, drop_before: Any
) -> None:
    zcrm_emulator.fail_next("records.update", drop="before")
    send()
    item = OutboxItem.objects.get(state=State.UNSURE)
    drop_before(unsure, "read_ids", item)
    send()
    assert is_dropped(item)
    assert zcrm_emulator.records("Leads")[0]["Company"] == "Acme"
