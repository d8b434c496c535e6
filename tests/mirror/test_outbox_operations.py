"""What people do with the outbox: inspect, retry, discard."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.mirror import no_push
from django_zcrm.mirror.management.commands import zcrm_outbox
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import change_in_zoho, pull_lead
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


@pytest.fixture
def state(connection: Connection) -> MirrorState:
    """The mirror of leads, in step."""
    now = timezone.now()
    return MirrorState.objects.create(
        connection=connection, module="Leads", phase="live", synced_until=now, reconciled_at=now
    )


def item(connection: Connection, **values: Any) -> OutboxItem:
    """An item of the outbox."""
    columns = {"operation": "update", "object_id": "1", "zoho_id": "7", **values}
    return OutboxItem.objects.create(connection=connection, module="Leads", **columns)


def run_outbox(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """What the command prints."""
    call_command("zcrm_outbox", *args)
    return capsys.readouterr().out


def test_outbox_is_shown(connection: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_outbox(capsys) == "The outbox is empty.\n"
    new = item(connection)
    waiting = item(connection, error="Waits for Accounts 29.", waits_for="Accounts 29")
    item(connection, state=State.DONE)
    failed = item(connection, state=State.FAILED, error="MANDATORY_NOT_FOUND: no")
    both = {"base": 1, "local": 2, "zoho": 3, "kept": "zoho"}
    clash = item(connection, state=State.CONFLICT, conflict={"Email": both})
    out = run_outbox(capsys)
    assert "new: 2, done: 1, conflict: 1, failed: 1" in out
    assert f"{new.pk}: update Leads 1: new\n" in out
    assert f"{waiting.pk}: update Leads 1: new Waits for Accounts 29.\n" in out
    assert f"{failed.pk}: update Leads 1: failed MANDATORY_NOT_FOUND: no" in out
    assert f"{clash.pk}: update Leads 1: conflict (Email)" in out
    assert "conflict (Email)" not in run_outbox(capsys, "--failed")
    report = json.loads(run_outbox(capsys, "--json"))
    assert report["counts"]["failed"] == 1
    ids = [item["id"] for item in report["items"]]
    assert ids == [waiting.pk, failed.pk, clash.pk, new.pk]
    assert run_outbox(capsys, "--identifier", connection.user_identifier).startswith("new: 2")


def test_unknown_items_are_named(connection: Connection) -> None:
    known = item(connection)
    with pytest.raises(CommandError, match=r"no item 99999, x in the outbox"):
        call_command("zcrm_outbox", "--retry", str(known.pk), "99999", "x")
    with pytest.raises(CommandError, match=r"no item 9{30} in the outbox"):
        call_command("zcrm_outbox", "--retry", "9" * 30)


def test_retry_of_failed_item_sends_it_again(
    zcrm_emulator: SiteEmulator, state: MirrorState, capsys: pytest.CaptureFixture[str]
) -> None:
    Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", bad_item=0, code="INVALID_DATA")
    attempt(state)
    assert OutboxItem.objects.get().state == State.FAILED
    assert "to be sent again: 1" in run_outbox(capsys, "--retry", "all")
    attempt(state)
    assert OutboxItem.objects.get().state == State.DONE
    assert len(zcrm_emulator.records("Leads")) == 1


def test_retry_of_conflict_sends_local_value(
    zcrm_emulator: SiteEmulator, state: MirrorState, capsys: pytest.CaptureFixture[str]
) -> None:
    lead = pull_lead(zcrm_emulator, state.connection, Last_Name="Before")
    change_in_zoho(zcrm_emulator, lead, Last_Name="Zoho")
    lead.name = "Here"
    lead.save()
    attempt(state)
    clash = OutboxItem.objects.get()
    assert clash.state == State.CONFLICT
    run_outbox(capsys, "--retry", str(clash.pk))
    attempt(state)
    assert zcrm_emulator.records("Leads")[0]["Last_Name"] == "Here"
    assert OutboxItem.objects.get().state == State.DONE


def test_outbox_with_many_items_lists_some_with_the_problems_first(
    connection: Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zcrm_outbox, "MAX_SHOWN", 3)
    monkeypatch.setattr(zcrm_outbox, "MAX_WITHOUT_PROBLEM", 1)
    new = [item(connection).pk for _ in range(3)]
    failed = [item(connection, state=State.FAILED).pk for _ in range(2)]
    lines = run_outbox(capsys).splitlines()[1:]
    shown = [line.split(":")[0].strip() for line in lines[:3]]
    assert shown == [str(pk) for pk in (*failed, new[0])]
    assert lines[3:] == ["  and 2 more"]
    report = json.loads(run_outbox(capsys, "--json"))
    assert [item["id"] for item in report["items"]] == [*failed, new[0]]
    assert len(run_outbox(capsys, "--failed").splitlines()) == 3


def test_deleted_row_finishes_its_failed_creation(
    zcrm_emulator: SiteEmulator, state: MirrorState
) -> None:
    lead = Lead.objects.create(name="Fox", email="no address")
    attempt(state)
    assert OutboxItem.objects.get().state == State.FAILED
    lead.delete()
    attempt(state)
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()
    assert zcrm_emulator.records("Leads") == []


def test_discard_of_open_items_stops_them(
    connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    with no_push():
        lead = Lead.objects.create(name="Fox", zoho_id="7", zoho_modified_time=timezone.now())
    waiting = item(connection, object_id=str(lead.pk), error="Limits.")
    sending = item(connection, state=State.SENDING)
    clash = item(connection, state=State.CONFLICT)
    refused = item(connection, state=State.FAILED)
    ids = [str(item.pk) for item in (waiting, sending, clash, refused)]
    assert run_outbox(capsys, "--discard", *ids) == "discarded: 3\n"
    states = [OutboxItem.objects.get(pk=pk).state for pk in ids]
    assert states == [State.DISCARDED, State.SENDING, State.DISCARDED, State.DISCARDED]
    status = zcrm.mirror(Lead).status()
    assert (status.conflicts, status.failed_items) == (0, 0)
    waiting.refresh_from_db()
    assert waiting.error == "Discarded by a user. Limits."
    lead.refresh_from_db()
    assert lead.zoho_modified_time is None
