"""Rare conditions of the push: equal creations, rows saved again, fields that are removed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror.apply import apply
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import ModuleMetadata, OutboxItem, OutboxQuerySet
from django_zcrm.mirror.push import claiming, missing_fields
from django_zcrm.mirror.targets import target_of
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Ahead, Clock
from tests.mirror.metadata import without_field
from tests.mirror.pushing import (
    Send,
    change_in_zoho,
    create_in_doubt,
    leave_waiting_after_conflict,
    pull,
    pull_lead,
    push_changes,
    values_in_zoho,
)
from tests.mirror.shop.models import Account, Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State

EMAIL = "new@example.com"


def test_creation_in_doubt_whose_record_is_another_rows_fails(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Email="old@example.com")
    create_in_doubt(zcrm_emulator, connection, "before", name="New", email=EMAIL)
    change_in_zoho(zcrm_emulator, lead, Email=EMAIL)
    assert send().failed == 1
    error = f"Zoho treated it as record {lead.zoho_id}, which is row {lead.pk} here."
    assert OutboxItem.objects.get().error == error


def test_value_of_conflict_function_that_is_no_json_does_not_stop_other_changes(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, policy: Any
) -> None:
    policy(lambda field, base, local, zoho: date(2026, 1, 1))
    leads = [pull_lead(zcrm_emulator, connection, Last_Name=name) for name in ("Fox", "Wolf")]
    for lead in leads:
        lead.company = "Local"
        lead.save()
    change_in_zoho(zcrm_emulator, leads[0], Company="Zoho")
    result = send()
    assert (result.done, result.later) == (1, 1)


@pytest.mark.parametrize("is_polled", [False, True], ids=["checked", "polled"])
def test_creation_in_doubt_does_not_take_the_record_of_one_with_more_values(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, is_polled: bool
) -> None:
    values = {"name": "Fox", "company": "Acme"}
    drop = "after" if is_polled else "before"
    less = create_in_doubt(zcrm_emulator, connection, drop, **values)
    more = create_in_doubt(zcrm_emulator, connection, **values, source="Web")
    if is_polled:  # only this one is read, since it was changed in Zoho in the meantime
        records = zcrm_emulator.records("Leads")
        apply(target_of("Leads"), connection, [r for r in records if r["Lead_Source"] == "Web"])
    for _ in range(3):
        send()
    sources = {record["id"]: record["Lead_Source"] for record in zcrm_emulator.records("Leads")}
    less.refresh_from_db()
    more.refresh_from_db()
    assert sources == {less.zoho_id: None, more.zoho_id: "Web"}


def test_row_created_again_while_the_deletion_is_in_doubt_keeps_its_record(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Email="fox@example.com")
    lead.delete()
    zcrm_emulator.fail_next("records.delete", drop="before")
    assert send().in_doubt == 1
    new = Lead.objects.create(
        connection=connection, name="Fox", company="Acme", email="fox@example.com"
    )
    push_changes(connection)
    for _ in range(2):
        send()
    new.refresh_from_db()
    assert [record["id"] for record in zcrm_emulator.records("Leads")] == [new.zoho_id]


def test_row_that_took_a_record_over_gets_its_other_values(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    former = pull_lead(zcrm_emulator, connection, Email=EMAIL, Company="Acme")
    former.email = "invalid"  # Zoho refuses it, so its record keeps the other one
    former.save()
    assert send().failed == 1
    Lead.objects.create(connection=connection, name="New", email=EMAIL)
    former.delete()
    zcrm_emulator.fail_next("records.delete", drop="before")
    push_changes(connection)
    pull(zcrm_emulator, connection)
    row = Lead.objects.get()
    assert (row.name, row.company) == ("New", "Acme")


def test_record_is_that_of_the_creation_that_was_sent(
    zcrm_emulator: SiteEmulator, connection: Connection
) -> None:
    first = create_in_doubt(zcrm_emulator, connection, name="First", email=EMAIL)
    Lead.objects.create(connection=connection, name="Second", email=EMAIL)
    pull(zcrm_emulator, connection)
    first.refresh_from_db()
    assert first.zoho_id == zcrm_emulator.records("Leads")[0]["id"]


def test_creation_waits_for_one_in_doubt_with_the_same_match_value(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    first = create_in_doubt(zcrm_emulator, connection, name="First", email=EMAIL)
    Lead.objects.create(connection=connection, name="Second", email=EMAIL)
    assert push_changes(connection).later == 1
    result = send()
    assert (result.done, result.failed) == (1, 1)
    assert values_in_zoho(zcrm_emulator, "Last_Name") == ["First"]
    first.refresh_from_db()
    assert first.zoho_id == zcrm_emulator.records("Leads")[0]["id"]


def test_record_that_a_creation_in_doubt_has_taken_over_is_not_deleted(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    former = pull_lead(zcrm_emulator, connection, Email="new@example.com")
    former.email = "invalid"  # Zoho refuses it, so its record keeps the other one
    former.save()
    assert send().failed == 1
    create_in_doubt(zcrm_emulator, connection, "before", name="New", email=EMAIL)
    former.delete()
    send()
    send()
    assert values_in_zoho(zcrm_emulator, "id") == [Lead.objects.get().zoho_id]
    (item,) = OutboxItem.objects.filter(state=State.CONFLICT)
    assert item.conflict["Last_Name"]["local"] == "New"


def test_creation_whose_match_value_was_corrected_leaves_the_other_record_alone(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(connection=connection, name="Wolf", email="a@example.com")
    lead.email = "b@example.com"
    lead.save()
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme", Email="a@example.com")
    pull(zcrm_emulator, connection)
    send()
    assert sorted(values_in_zoho(zcrm_emulator, "Last_Name")) == ["Fox", "Wolf"]


def test_lookup_set_again_while_its_creation_is_in_doubt_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    other = Account.objects.create(connection=connection, name="Other")
    send("Accounts")
    first = Account.objects.create(connection=connection, name="A")
    first.parent = first
    first.save()
    zcrm_emulator.fail_next("records.create", drop="after")
    assert send("Accounts").in_doubt == 1
    first.parent = other
    first.save()
    for _ in range(3):
        send("Accounts")
    first.refresh_from_db()
    record = zcrm_emulator.record("Accounts", first.zoho_id or "")
    assert record is not None
    assert record["Parent_Account"]["name"] == "Other"


def test_zero_of_a_missing_field_is_kept(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = Mirror(Account, connection)
    mirror.sync()
    without_field(zcrm_emulator, monkeypatch, "Accounts", "Employees")
    ModuleMetadata.objects.update(read_at=None)
    Account.objects.create(connection=connection, name="Fox", employees=0)
    mirror.sync()
    assert OutboxItem.objects.get(state=State.FAILED).changed == {"Employees": 0}


def test_change_discarded_before_its_missing_fields_are_split_stays_discarded(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    lead = Lead.objects.get()
    lead.source = "Web"
    lead.save()
    fail = missing_fields.fail_missing_fields

    def fail_later(leased: Any) -> int:
        commit = leased.commit

        def discard_before() -> Any:
            OutboxItem.objects.filter(state=State.NEW).discard()
            return commit()

        monkeypatch.setattr(leased, "commit", discard_before)
        return fail(leased)

    monkeypatch.setattr(claiming, "fail_missing_fields", fail_later)
    without_field(zcrm_emulator, monkeypatch, "Leads", "Lead_Source")
    ModuleMetadata.objects.update(read_at=None)
    mirror.sync()
    assert OutboxItem.objects.get().state == State.DISCARDED


def test_row_deleted_while_its_creation_ends_is_deleted_in_zoho(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lead = Lead.objects.create(connection=connection, name="Wolf")
    former, steps = OutboxQuerySet.open, [send]

    def open_later(self: OutboxQuerySet) -> OutboxQuerySet:
        if steps:  # READ COMMITTED: a worker commits between two queries of the deletion
            steps.pop()()
        return former(self)

    with monkeypatch.context() as patch:
        patch.setattr(OutboxQuerySet, "open", open_later)
        lead.delete()
    assert not steps
    send()
    assert zcrm_emulator.records("Leads") == []


@pytest.mark.parametrize("is_moved", [False, True], ids=["merged", "moved and back"])
def test_change_made_before_reconnecting_is_held(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    request: pytest.FixtureRequest,
    is_moved: bool,
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    lead.company = "Local"
    lead.save()
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    if is_moved:
        request.getfixturevalue("other").connect()
    zcrm_emulator.connect()
    connection.refresh_from_db()
    if not is_moved:
        lead.source = "Web"
        lead.save()
    assert send().conflicts == 1
    lead.refresh_from_db()
    assert lead.company == "Local"


def test_row_deleted_and_saved_again_while_it_is_created_is_created_again(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(connection=connection, name="Fox", company="Acme")
    stale = Lead.objects.get()
    zcrm_emulator.fail_next("records.create", drop="after")
    assert send().in_doubt == 1
    lead.delete()
    stale.company = "Brook"
    stale.save()
    for _ in range(3):
        send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["Brook"]


def test_row_saved_again_after_its_deletion_is_created_with_changes_of_older_pages(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(connection=connection, name="Fox", company="Acme")
    unsent = Lead.objects.get()
    send()
    sent = Lead.objects.get()
    lead.delete()
    unsent.save()
    sent.company = "Brook"
    sent.save()
    for _ in range(3):
        send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["Brook"]
    assert values_in_zoho(zcrm_emulator, "id") == [Lead.objects.get().zoho_id]
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()


def test_deletion_with_an_instance_from_before_the_record_was_restored_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    pull_lead(zcrm_emulator, connection)
    Lead.objects.update(zoho_state="deleted")
    stale = Lead.objects.get()
    pull(zcrm_emulator, connection)
    stale.delete()
    send()
    assert zcrm_emulator.records("Leads") == []


def test_creation_in_doubt_leaves_records_to_those_with_more_values_that_are_checked_later(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    values = {"name": "Fox", "company": "Acme"}
    create_in_doubt(zcrm_emulator, connection, "before", **values)
    for _ in range(2):
        create_in_doubt(zcrm_emulator, connection, **values, source="Web")
    first, second, _ = OutboxItem.objects.order_by("pk")
    OutboxItem.objects.filter(pk__in=(first.pk, second.pk)).update(due=timezone.now())
    push_changes(connection)
    for _ in range(2):
        send()
    sources = values_in_zoho(zcrm_emulator, "Lead_Source")
    assert sorted(source or "" for source in sources) == ["", "Web", "Web"]
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()


def test_record_that_was_restored_after_its_deletion_failed_is_in_the_next_export(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, clock: Clock
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    Lead.objects.update(zoho_modified_time=None)  # as after a conflict that the record lost
    zcrm_emulator.client().records.delete_one("Leads", str(lead.zoho_id))
    Lead.objects.get().delete()
    assert send().done == 1
    clock.forward(seconds=5)
    table = zcrm_emulator.org.records.table("Leads")
    table.restore(table.deleted[str(lead.zoho_id)].record or {})
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    records = zcrm_emulator.records("Leads")
    apply(target_of("Leads"), connection, records, timezone.now())
    assert Lead.objects.get().company == "Zoho"


def test_record_that_a_slow_clock_found_deleted_is_not_in_an_export_before(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, ahead: Ahead
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    Lead.objects.update(zoho_modified_time=None)
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    records, read_at = zcrm_emulator.records("Leads"), timezone.now()
    zcrm_emulator.client().records.delete_one("Leads", str(lead.zoho_id))
    Lead.objects.get().delete()
    with ahead(seconds=-30):
        assert send().done == 1
    apply(target_of("Leads"), connection, records, read_at)
    assert not Lead.objects.exists()


def test_row_deleted_here_and_in_zoho_after_a_conflict_is_not_in_an_export_before(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, merge: None
) -> None:
    lead = leave_waiting_after_conflict(zcrm_emulator, connection, send)
    records, read_at = zcrm_emulator.records("Leads"), timezone.now()
    zcrm_emulator.client().records.delete_one("Leads", str(lead.zoho_id))
    lead.delete()
    assert send().done == 1
    apply(target_of("Leads"), connection, records, read_at)
    assert not Lead.objects.exists()


def test_value_that_lost_to_a_function_is_in_conflict_although_the_row_is_deleted(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, policy: Any
) -> None:
    policy(lambda field, base, local, zoho: local)
    lead = pull_lead(zcrm_emulator, connection)
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    lead.company = "Brook"
    lead.save()
    zcrm_emulator.fail_next("records.update", code="NO_PERMISSION")
    send()
    Lead.objects.get().delete()
    zcrm_emulator.client().records.delete_one("Leads", str(lead.zoho_id))
    assert send().conflicts == 1
    [item] = OutboxItem.objects.filter(state=State.CONFLICT)
    assert (item.operation, item.conflict["Company"]["zoho"]) == ("delete", "Zoho")
