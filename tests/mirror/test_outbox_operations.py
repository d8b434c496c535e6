"""What people do with the outbox: look, send again, give up."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.mirror import no_push
from django_zcrm.mirror.models import MirrorState, OutboxItem
from django_zcrm.mirror.runners.due import run
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
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
    given = {"operation": "update", "object_id": "1", "zoho_id": "7", **values}
    return OutboxItem.objects.create(connection=connection, module="Leads", **given)


def said(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """What the command prints."""
    call_command("zcrm_outbox", *args)
    return capsys.readouterr().out


def test_the_outbox_is_shown(connection: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys) == "The outbox is empty.\n"
    item(connection)
    dead = item(connection, state=State.DEAD, error="MANDATORY_NOT_FOUND: no")
    both = {"base": 1, "local": 2, "zoho": 3, "kept": "zoho"}
    clash = item(connection, state=State.CONFLICT, conflict={"Email": both})
    out = said(capsys)
    assert "new: 1, conflict: 1, given up: 1" in out
    assert f"{dead.pk}: update Leads 1: given up MANDATORY_NOT_FOUND: no" in out
    assert f"{clash.pk}: update Leads 1: conflict (Email)" in out
    assert str(clash.pk) not in said(capsys, "--dead").partition("\n")[2].split(":")[0]
    shown = json.loads(said(capsys, "--json"))
    assert shown["counts"]["dead"] == 1
    assert [item["id"] for item in shown["items"]] == [dead.pk, clash.pk]
    assert said(capsys, "--identifier", connection.user_identifier).startswith("new: 1")


def test_unknown_items_are_named(connection: Connection) -> None:
    known = item(connection)
    with pytest.raises(CommandError, match=r"no item 99999, x in the outbox"):
        call_command("zcrm_outbox", "--retry", str(known.pk), "99999", "x")


def test_what_was_refused_is_sent_again(
    zcrm_emulator: SiteEmulator, state: MirrorState, capsys: pytest.CaptureFixture[str]
) -> None:
    Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", bad_item=0, code="INVALID_DATA")
    run(state)
    assert OutboxItem.objects.get().state == State.DEAD
    assert "to be sent again: 1" in said(capsys, "--retry", "all")
    run(state)
    assert OutboxItem.objects.get().state == State.DONE
    assert len(zcrm_emulator.records("Leads")) == 1


def test_what_lost_is_sent_after_all(
    zcrm_emulator: SiteEmulator, state: MirrorState, capsys: pytest.CaptureFixture[str]
) -> None:
    record = zcrm_emulator.create("Leads", Last_Name="Zoho", Company="Acme")
    with no_push():
        Lead.objects.create(
            connection=state.connection, zoho_id=record["id"], name="Before", company="Acme"
        )
    lead = Lead.objects.get()
    lead.name = "Here"
    lead.save()
    run(state)
    clash = OutboxItem.objects.get()
    assert clash.state == State.CONFLICT
    said(capsys, "--retry", str(clash.pk))
    run(state)
    assert zcrm_emulator.records("Leads")[0]["Last_Name"] == "Here"
    assert OutboxItem.objects.get().state == State.DONE


def test_what_waits_is_shown_with_its_reason(
    connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    item(connection, error="Waits for Accounts 29.", waits_for="Accounts 29")
    item(connection, changed={"Last_Name": "Fresh"})
    lines = said(capsys).splitlines()
    assert lines[0] == "new: 2"
    assert len(lines) == 2
    assert lines[1].endswith("new Waits for Accounts 29.")


def test_a_row_that_is_deleted_takes_its_refused_creation_along(
    zcrm_emulator: SiteEmulator, state: MirrorState
) -> None:
    lead = Lead.objects.create(name="Fox", email="no address")
    run(state)
    assert OutboxItem.objects.get().state == State.DEAD
    lead.delete()
    run(state)
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()
    assert zcrm_emulator.records("Leads") == []


def test_what_a_later_change_wrote_is_not_sent_again(connection: Connection) -> None:
    old = item(connection, state=State.DEAD, changed={"Last_Name": "Old", "Company": "Old"})
    item(connection, state=State.DONE, changed={"Last_Name": "New"})
    assert OutboxItem.objects.filter(pk=old.pk).retry() == 1
    old.refresh_from_db()
    assert (old.state, old.changed) == (State.NEW, {"Company": "Old"})


def test_giving_up(connection: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    with no_push():
        lead = Lead.objects.create(name="Fox", zoho_id="7", zoho_modified_time=timezone.now())
    waiting = item(connection, object_id=str(lead.pk), error="Limits.")
    sending = item(connection, state=State.SENDING)
    clash = item(connection, state=State.CONFLICT)
    refused = item(connection, state=State.DEAD)
    ids = [str(item.pk) for item in (waiting, sending, clash, refused)]
    assert said(capsys, "--give-up", *ids) == "dropped: 3\n"
    states = [OutboxItem.objects.get(pk=pk).state for pk in ids]
    assert states == [State.DROPPED, State.SENDING, State.DROPPED, State.DROPPED]
    status = zcrm.mirror(Lead).status()
    assert (status.conflicts, status.dead_letters) == (0, 0)
    waiting.refresh_from_db()
    assert waiting.error == "Dropped by hand. Limits."
    lead.refresh_from_db()
    assert lead.zoho_modified_time is None
