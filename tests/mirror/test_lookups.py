"""Changes with lookups to rows that are not in Zoho yet, and may never be."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror import no_push
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.push import lookups
from django_zcrm.mirror.push.lookups import break_cycles
from django_zcrm.mirror.push.outcomes import PushResult
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import push_changes
from tests.mirror.shop.models import Account, Contact

pytestmark = pytest.mark.django_db

State = OutboxItem.State
Send = Callable[[], PushResult]


@pytest.fixture
def send(connection: Connection) -> Send:
    """A function that sends what is due of the accounts, as a worker does."""

    def do() -> PushResult:
        return push_changes(connection, "Accounts")

    return do


def parents(zoho: SiteEmulator) -> dict[str, str | None]:
    """The names of the accounts in Zoho, with those of their parents."""
    records = {record["id"]: record for record in zoho.records("Accounts")}
    names: dict[str, str | None] = {}
    for record in records.values():
        parent = record.get("Parent_Account")
        names[record["Account_Name"]] = parent and records[parent["id"]]["Account_Name"]
    return names


@pytest.fixture
def waiting(send: Send) -> Account:
    """A row that waits for one which Zoho refused."""
    refused = Account.objects.create(name="Parent")
    OutboxItem.objects.update(changed={"Account_Name": "P" * 300})
    child = Account.objects.create(name="Kid", parent=refused)
    send()
    states = dict(OutboxItem.objects.values_list("object_id", "state"))
    assert states == {str(refused.pk): State.FAILED, str(child.pk): State.NEW}
    assert not send()
    return child


@pytest.mark.parametrize("block", [nullcontext, no_push], ids=["deleted", "without push"])
def test_child_of_deleted_parent_stops_waiting(
    zcrm_emulator: SiteEmulator, waiting: Account, send: Send, block: Any
) -> None:
    with block():
        Account.objects.exclude(pk=waiting.pk).get().delete()
    item = OutboxItem.objects.get(object_id=str(waiting.pk))
    assert (item.waits_for, item.error) == ("", "")
    assert send().done == 1
    assert parents(zcrm_emulator) == {"Kid": None}


def test_lookup_to_parent_deleted_here_is_cleared(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    parent = Account.objects.create(name="Parent")
    send()
    parent.refresh_from_db()
    Account.objects.create(name="Kid", parent=parent)
    Contact.objects.create(last_name="Fox", account=parent)
    parent.delete()
    assert send().failed == 0
    assert parents(zcrm_emulator) == {"Kid": None}
    assert push_changes(connection, "Contacts").done == 1
    assert zcrm_emulator.records("Contacts")[0]["Account_Name"] is None


def test_lookup_set_again_after_its_unsent_row_was_deleted_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, send: Send
) -> None:
    first, second, third = (Account.objects.create(name=f"Parent {n}") for n in range(3))
    child = Account.objects.create(name="Kid", parent=first)
    send()
    child.parent = second
    child.save()
    second.delete()
    child = Account.objects.get(pk=child.pk)
    assert child.parent is None
    child.parent = third
    child.save()
    assert send().conflicts == 0
    assert parents(zcrm_emulator)["Kid"] == "Parent 2"


def test_parent_sent_while_its_child_is_sent_is_linked(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = Account.objects.create(name="Parent")
    contact = Contact.objects.create(last_name="Fox", account=parent)

    def send_parent(*args: Any) -> Any:  # as another worker does
        monkeypatch.undo()
        send()
        return break_cycles(*args)

    monkeypatch.setattr(lookups, "break_cycles", send_parent)
    assert push_changes(connection, "Contacts").done == 1
    contact.refresh_from_db()
    record = zcrm_emulator.record("Contacts", contact.zoho_id or "")
    assert record is not None
    assert record["Account_Name"]["name"] == "Parent"


def test_row_with_another_parent_is_sent(
    zcrm_emulator: SiteEmulator, waiting: Account, send: Send
) -> None:
    waiting.parent = None
    waiting.save()
    send()
    assert parents(zcrm_emulator) == {"Kid": None}


def test_waiting_row_that_is_due_and_still_waits_is_due_later(waiting: Account, send: Send) -> None:
    OutboxItem.objects.filter(object_id=str(waiting.pk)).update(due=timezone.now())

    send()

    assert OutboxItem.objects.open().get().due > timezone.now()


def test_waiting_row_saved_again_is_checked_again(
    zcrm_emulator: SiteEmulator, waiting: Account, send: Send
) -> None:
    refused = Account.objects.exclude(pk=waiting.pk).get()
    waiting.employees = 4
    waiting.save()
    send()
    item = OutboxItem.objects.open().get()
    assert item.waits_for == f"Accounts {refused.pk}"
    assert item.changed["Employees"] == 4

    refused.name = "Fixed"
    refused.save()
    send()
    assert parents(zcrm_emulator) == {"Fixed": None, "Kid": "Fixed"}


def test_rows_that_look_up_each_other(zcrm_emulator: SiteEmulator, send: Send) -> None:
    first = Account.objects.create(name="A")
    second = Account.objects.create(name="B", parent=first)
    third = Account.objects.create(name="C", parent=second)
    Account.objects.create(name="D", parent=second)
    first.parent = third
    first.save()
    send()
    assert parents(zcrm_emulator) == {"A": "C", "B": "A", "C": "B", "D": "B"}
    assert not OutboxItem.objects.open().exists()
    assert not send()


def test_row_of_cycle_saved_later_is_sent(zcrm_emulator: SiteEmulator, send: Send) -> None:
    first = Account.objects.create(name="A")
    OutboxItem.objects.update(changed={"Account_Name": "A" * 300})
    second = Account.objects.create(name="B", parent=first)
    send()
    first.parent = second
    first.name = "Fixed"
    first.save()
    send()
    assert parents(zcrm_emulator) == {"Fixed": "B", "B": "Fixed"}


def test_failed_row_of_cycle_keeps_its_lookup(zcrm_emulator: SiteEmulator, send: Send) -> None:
    first = Account.objects.create(name="A")
    first.parent = first
    first.save()
    OutboxItem.objects.filter(operation="create").update(changed={"Account_Name": "A" * 300})
    assert send().failed == 1
    assert not OutboxItem.objects.open().exists()
    first.name = "Fixed"
    first.save()
    send()
    assert parents(zcrm_emulator) == {"Fixed": "Fixed"}


def test_row_of_cycle_with_lost_response_is_sent_once(
    zcrm_emulator: SiteEmulator, send: Send
) -> None:
    first = Account.objects.create(name="A")
    first.parent = first
    first.save()
    zcrm_emulator.fail_next("records.create", drop="after")
    assert send().in_doubt == 1
    OutboxItem.objects.update(due=timezone.now())
    send()
    assert parents(zcrm_emulator) == {"A": "A"}
