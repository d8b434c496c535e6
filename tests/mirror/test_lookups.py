"""Changes with lookups to rows that are not in Zoho yet, and may never be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror import no_push
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.push import references
from django_zcrm.mirror.push.cycles import break_cycles
from django_zcrm.mirror.push.outcomes import Drained
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.draining import drained
from tests.mirror.shop.models import Account, Contact

pytestmark = pytest.mark.django_db

State = OutboxItem.State
Send = Callable[[], Drained]


@pytest.fixture
def send(connection: Connection) -> Send:
    """A function that sends what is due of the accounts, as a worker does."""

    def do() -> Drained:
        return drained(connection, "Accounts")

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
    assert states == {str(refused.pk): State.DEAD, str(child.pk): State.NEW}
    assert not send()
    return child


def test_a_deleted_parent_is_waited_for_no_more(
    zcrm_emulator: SiteEmulator, waiting: Account, send: Send
) -> None:
    Account.objects.exclude(pk=waiting.pk).get().delete()
    item = OutboxItem.objects.get(object_id=str(waiting.pk))
    assert (item.waits_for, item.error) == ("", "")
    assert send().done == 1
    assert parents(zcrm_emulator) == {"Kid": None}


def test_a_parent_that_is_deleted_without_push_is_waited_for_no_more(
    zcrm_emulator: SiteEmulator, waiting: Account, send: Send
) -> None:
    with no_push():
        Account.objects.exclude(pk=waiting.pk).get().delete()
    send()
    assert parents(zcrm_emulator) == {"Kid": None}


def test_a_parent_that_was_deleted_here_is_left_out(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    parent = Account.objects.create(name="Parent")
    send()
    parent.refresh_from_db()
    Account.objects.create(name="Kid", parent=parent)
    Contact.objects.create(last_name="Fox", account=parent)
    parent.delete()
    assert send().dead == 0
    assert parents(zcrm_emulator) == {"Kid": None}
    assert drained(connection, "Contacts").done == 1
    assert zcrm_emulator.records("Contacts")[0]["Account_Name"] is None


def test_a_parent_that_comes_while_it_is_asked_for(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parent = Account.objects.create(name="Parent")
    contact = Contact.objects.create(last_name="Fox", account=parent)

    def send_parent(*given: Any) -> None:  # as another worker does
        monkeypatch.undo()
        send()
        break_cycles(*given)

    monkeypatch.setattr(references, "break_cycles", send_parent)
    assert drained(connection, "Contacts").done == 1
    contact.refresh_from_db()
    record = zcrm_emulator.record("Contacts", contact.zoho_id or "")
    assert record is not None
    assert record["Account_Name"]["name"] == "Parent"


def test_a_row_that_gets_another_parent_is_sent(
    zcrm_emulator: SiteEmulator, waiting: Account, send: Send
) -> None:
    waiting.parent = None
    waiting.save()
    send()
    assert parents(zcrm_emulator) == {"Kid": None}


def test_a_row_that_is_saved_is_looked_at_again(
    zcrm_emulator: SiteEmulator, waiting: Account, send: Send
) -> None:
    refused = Account.objects.exclude(pk=waiting.pk).get()
    waiting.employees = 4
    waiting.save()
    send()
    item = OutboxItem.objects.open().get()
    assert item.waits_for == f"Accounts {refused.pk}"
    assert item.changed["Employees"] == 4

    refused.name = "Put right"
    refused.save()
    send()
    assert parents(zcrm_emulator) == {"Put right": None, "Kid": "Put right"}


def test_a_row_that_looks_up_itself(zcrm_emulator: SiteEmulator, send: Send) -> None:
    account = Account.objects.create(name="Self")
    account.parent = account
    account.save()
    send()
    assert parents(zcrm_emulator) == {"Self": "Self"}
    assert not OutboxItem.objects.open().exists()


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


def test_a_row_of_a_circle_is_saved_later(zcrm_emulator: SiteEmulator, send: Send) -> None:
    first = Account.objects.create(name="A")
    OutboxItem.objects.update(changed={"Account_Name": "A" * 300})
    second = Account.objects.create(name="B", parent=first)
    send()
    first.parent = second
    first.name = "Put right"
    first.save()
    send()
    assert parents(zcrm_emulator) == {"Put right": "B", "B": "Put right"}


def test_a_refused_row_of_a_circle_keeps_its_lookup(
    zcrm_emulator: SiteEmulator, send: Send
) -> None:
    first = Account.objects.create(name="A")
    first.parent = first
    first.save()
    OutboxItem.objects.filter(operation="create").update(changed={"Account_Name": "A" * 300})
    assert send().dead == 1
    assert not OutboxItem.objects.open().exists()
    first.name = "Put right"
    first.save()
    send()
    assert parents(zcrm_emulator) == {"Put right": "Put right"}


def test_the_answer_of_a_row_of_a_circle_is_lost(zcrm_emulator: SiteEmulator, send: Send) -> None:
    first = Account.objects.create(name="A")
    first.parent = first
    first.save()
    zcrm_emulator.fail_next("records.create", drop="after")
    assert send().unsure == 1
    OutboxItem.objects.update(due=timezone.now())
    send()
    assert parents(zcrm_emulator) == {"A": "A"}
