"""A response is lost, or a record is visible late: no record and no row exists twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.exceptions import ServerFault
from django_zcrm.mirror.models import ModuleMetadata, OutboxItem
from django_zcrm.mirror.push import outbox, sending
from django_zcrm.mirror.signals import record_synced
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Ahead, Clock
from tests.mirror.hearing import hear
from tests.mirror.metadata import without_field
from tests.mirror.pushing import (
    Send,
    calls,
    change_in_zoho,
    create_in_doubt,
    pull,
    pull_lead,
    push_changes,
)
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


@pytest.mark.parametrize("match", ["email", "reference", "nothing"])
@pytest.mark.parametrize("drop", ["before", "after"])
def test_creation_with_lost_response_makes_no_duplicate(
    zcrm_emulator: SiteEmulator, send: Send, declare: Any, match: str, drop: str
) -> None:
    if match == "reference":  # a field that the model does not have
        declare(Lead, match_on="External_Reference")
    for number in range(3):
        email = f"fox{number}@example.com" if match == "email" else None
        Lead.objects.create(name=f"Fox {number}", email=email)
    operation = "records.create" if match == "nothing" else "records.upsert"
    zcrm_emulator.fail_next(operation, drop=drop)
    assert send().in_doubt == 3
    assert {item.state for item in OutboxItem.objects.all()} == {State.IN_DOUBT}
    send()
    records = zcrm_emulator.records("Leads")
    assert sorted(record["Last_Name"] for record in records) == ["Fox 0", "Fox 1", "Fox 2"]
    for record in records:
        assert Lead.objects.get(name=record["Last_Name"]).zoho_id == record["id"]
    assert {item.state for item in OutboxItem.objects.all()} == {State.DONE}


def test_equal_rows_in_doubt_get_one_record_each(zcrm_emulator: SiteEmulator, send: Send) -> None:
    for _ in range(3):
        Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", drop="after")
    send()
    send()
    assert len(zcrm_emulator.records("Leads")) == 3
    assert Lead.objects.exclude(zoho_id=None).count() == 3


def test_request_of_a_killed_worker_is_not_counted_as_an_attempt(
    connection: Connection, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    Lead.objects.create(name="Fox")

    def kill(*args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "send", kill)
        with pytest.raises(KeyboardInterrupt):
            send()
    item = OutboxItem.objects.get()
    assert (item.state, item.attempts) == (State.SENDING, 1)
    push_changes(connection)
    item.refresh_from_db()
    assert (item.state, item.attempts) == (State.IN_DOUBT, 0)


def test_record_at_which_zoho_always_fails_delays_no_other(
    zcrm_emulator: SiteEmulator, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = sending._call

    def fail(mirror: Any, operation: str, items: Any) -> Any:
        if any(item.changed["Last_Name"] == "Bad" for item in items):
            raise ServerFault("INTERNAL_ERROR", "failed", status=500)
        return call(mirror, operation, items)

    monkeypatch.setattr(sending, "_call", fail)
    for name in ("Fox", "Bad", "Lynx"):
        Lead.objects.create(name=name)
    assert send().in_doubt == 3
    send()
    assert {record["Last_Name"] for record in zcrm_emulator.records("Leads")} == {"Fox", "Lynx"}
    assert OutboxItem.objects.get(state=State.IN_DOUBT).changed["Last_Name"] == "Bad"


def test_changes_after_a_refusal_share_a_request_again(
    zcrm_emulator: SiteEmulator, send: Send
) -> None:
    for name in ("Fox", "Lynx"):
        Lead.objects.create(name=name)
    zcrm_emulator.fail_next("records.create", code="NO_PERMISSION")
    assert send().later == 2
    before = calls(zcrm_emulator, "POST")
    assert send().done == 2
    assert calls(zcrm_emulator, "POST") == before + 1


def test_lost_response_of_an_update_or_deletion_repeats_nothing(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead, other = (pull_lead(zcrm_emulator, connection, Last_Name=name) for name in ("Fox", "Lynx"))
    lead.name = "Wolf"
    lead.save()
    zcrm_emulator.fail_next("records.update", drop="after")
    assert send().in_doubt == 1
    assert send().done == 1
    assert calls(zcrm_emulator, "PUT") == 1
    other.delete()
    zcrm_emulator.fail_next("records.delete", drop="after")
    assert send().in_doubt == 1
    assert send().done == 1
    assert [record["Last_Name"] for record in zcrm_emulator.records("Leads")] == ["Wolf"]


@pytest.mark.parametrize("email", ["fox@example.com", None], ids=["matched", "unmatched"])
def test_records_that_zoho_shows_late(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, email: str | None
) -> None:
    zcrm_emulator.org.row_lag = 30
    lead = create_in_doubt(zcrm_emulator, connection, name="Fox", email=email)
    zcrm_emulator.advance(seconds=0 if email else 60)  # one that is matched need not wait
    send()
    lead.name = "Wolf"
    lead.save()
    send()
    assert [record["Last_Name"] for record in zcrm_emulator.records("Leads")] == ["Wolf"]
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()


@pytest.mark.parametrize("email", ["fox@example.com", None], ids=["matched", "unmatched"])
def test_row_deleted_while_its_creation_is_in_doubt_does_not_come_back(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    django_capture_on_commit_callbacks: Any,
    email: str | None,
) -> None:
    lead = create_in_doubt(zcrm_emulator, connection, name="Fox", email=email)
    lead.delete()
    # Signals are sent after the commit.
    commit = django_capture_on_commit_callbacks(execute=True)
    with hear(record_synced, Lead) as heard, commit:
        pull(zcrm_emulator, connection)
        assert not Lead.objects.exists()
        send()
        send()
        pull(zcrm_emulator, connection)
    assert not heard
    assert not zcrm_emulator.records("Leads")
    assert not Lead.objects.exists()
    assert {item.state for item in OutboxItem.objects.all()} == {State.DONE}


@pytest.mark.parametrize("is_here", [True, False], ids=["read before", "read later"])
def test_row_deleted_after_a_lost_request_leaves_a_record_of_others_alone(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, is_here: bool
) -> None:
    email = "fox@example.com"
    create_in_doubt(zcrm_emulator, connection, "before", name="Fox", email=email).delete()
    zcrm_emulator.create("Leads", Last_Name="Lynx", Company="Acme", Email=email)
    if is_here:
        pull(zcrm_emulator, connection)
    send()
    send()
    pull(zcrm_emulator, connection)
    assert [record["Last_Name"] for record in zcrm_emulator.records("Leads")] == ["Lynx"]
    assert [row.name for row in Lead.objects.all()] == ["Lynx"]
    assert {item.state for item in OutboxItem.objects.all()} == {State.DONE}


def save(lead: Lead, **values: Any) -> None:
    for name, value in values.items():
        setattr(lead, name, value)
    lead.save(update_fields=[*values])


def set_back(seconds: int) -> None:
    """As if the worker that sent the changes had a clock that is behind by so many seconds."""
    OutboxItem.objects.update(sent_at=timezone.now() - timedelta(seconds=seconds))


@pytest.mark.parametrize("behind", [-50, 0, 50])
def test_row_deleted_after_a_request_by_another_clock_does_not_come_back(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, behind: int
) -> None:
    lead = create_in_doubt(zcrm_emulator, connection, name="Fox", email="fox@example.com")
    set_back(behind)
    lead.delete()
    for _ in range(2):
        send()
    pull(zcrm_emulator, connection)
    assert not zcrm_emulator.records("Leads")
    assert not Lead.objects.exists()


def test_row_deleted_after_a_request_by_a_clock_ahead_does_not_come_back(
    zcrm_emulator: SiteEmulator, send: Send, ahead: Ahead, clock: Clock
) -> None:
    """By the time of the check, the clock is no longer seen to have been ahead."""
    lead = Lead.objects.create(name="Fox", email="fox@example.com")
    zcrm_emulator.fail_next("records.upsert", drop="after")
    with ahead(hours=1):
        assert send().in_doubt == 1
    clock.forward(hours=1, minutes=2)
    lead.delete()
    for _ in range(2):
        send()
    assert not zcrm_emulator.records("Leads")


def test_record_that_others_created_instead_of_a_lost_request_is_a_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    email = "fox@example.com"
    create_in_doubt(zcrm_emulator, connection, "before", name="Fox", company="Acme", email=email)
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Zoho", Email=email)
    for _ in range(2):
        send()
    pull(zcrm_emulator, connection)
    assert [record["Company"] for record in zcrm_emulator.records("Leads")] == ["Zoho"]
    assert [row.company for row in Lead.objects.all()] == ["Zoho"]
    item = OutboxItem.objects.get()
    assert item.state == State.CONFLICT
    assert item.conflict == {
        "Company": {"base": None, "local": "Acme", "zoho": "Zoho", "kept": "zoho"}
    }


@pytest.mark.parametrize("operation", ["update", "create"])
def test_row_of_a_change_in_doubt_gets_other_values_that_zoho_changed(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, operation: str
) -> None:
    if operation == "update":
        lead = pull_lead(zcrm_emulator, connection)
        lead.email = "fox@example.com"
        lead.save()
    else:
        lead = Lead.objects.create(name="Fox", email="fox@example.com")
    name = "records.update" if operation == "update" else "records.upsert"
    zcrm_emulator.fail_next(name, drop="after")
    send()
    (record,) = zcrm_emulator.records("Leads")
    zcrm_emulator.client().records.update_one("Leads", record["id"], {"Annual_Revenue": 7})
    send()
    lead.refresh_from_db()
    assert lead.revenue == 7
    assert OutboxItem.objects.get().state == State.DONE


def test_row_of_a_change_in_doubt_that_is_set_back_gets_other_values_that_zoho_changed(
    zcrm_emulator: SiteEmulator, connection: Connection, clock: Clock, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    zcrm_emulator.fail_next("records.update", drop="before")
    save(lead, name="Lynx")
    assert send().in_doubt == 1
    save(lead, company="Brook")
    clock.forward(seconds=5)
    change_in_zoho(zcrm_emulator, lead, Company="Creek")
    pull(zcrm_emulator, connection)
    save(lead, name="Fox")
    save(lead, company="Acme")
    for _ in range(2):
        clock.forward(minutes=5)
        send()
    lead.refresh_from_db()
    assert (lead.name, lead.company) == ("Fox", "Creek")
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()


def test_creation_in_doubt_is_not_taken_for_a_restored_record_of_another_row(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    former = pull_lead(zcrm_emulator, connection, Email="fox@example.com")
    zcrm_emulator.client().records.delete_one("Leads", str(former.zoho_id))
    Lead.objects.update(zoho_state="deleted")
    lead = create_in_doubt(zcrm_emulator, connection, name="Lynx", email="fox@example.com")
    table = zcrm_emulator.org.records.table("Leads")
    table.restore(table.deleted[str(former.zoho_id)].record or {})
    lead.email = "lynx@example.com"
    lead.save()
    send()
    lead.refresh_from_db()
    records = {record["id"]: record["Email"] for record in zcrm_emulator.records("Leads")}
    assert records == {former.zoho_id: "fox@example.com", lead.zoho_id: "lynx@example.com"}


def test_change_in_doubt_of_a_field_that_was_removed_fails(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    lead.source = "Web"
    lead.save()
    zcrm_emulator.fail_next("records.update", drop="before")
    send()
    without_field(zcrm_emulator, monkeypatch, "Leads", "Lead_Source")
    ModuleMetadata.objects.all().delete()
    for _ in range(2):
        send()
    assert OutboxItem.objects.get().state == State.FAILED


def test_creation_in_doubt_is_found_although_a_field_was_removed(
    zcrm_emulator: SiteEmulator, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = Lead.objects.create(name="Fox", source="Web")
    zcrm_emulator.fail_next("records.create", drop="after")
    send()
    without_field(zcrm_emulator, monkeypatch, "Leads", "Lead_Source")
    ModuleMetadata.objects.all().delete()
    send()
    lead.refresh_from_db()
    assert [record["id"] for record in zcrm_emulator.records("Leads")] == [lead.zoho_id]
