"""Creations without a response are sent again, and overwrite no value of Zoho unseen."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror.models import OutboxItem
from django_zcrm.mirror.outbox.operations import retry
from django_zcrm.mirror.push import outbox
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.pushing import (
    Send,
    calls,
    create_in_doubt,
    pull,
    pull_lead,
    push_changes,
    values_in_zoho,
)
from tests.mirror.shop.models import Lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("merge")]

State = OutboxItem.State
EMAIL = "fox@example.com"
ACME = {"name": "Fox", "company": "Acme", "email": EMAIL}


def change(zoho: SiteEmulator, **values: object) -> None:
    """Change the only lead in Zoho."""
    [record] = zoho.records("Leads")
    zoho.client().records.update_one("Leads", record["id"], values)


def delete(zoho: SiteEmulator) -> None:
    """Delete all leads in Zoho."""
    ids = [record["id"] for record in zoho.records("Leads")]
    zoho.client().records.delete("Leads", ids)


def restore(zoho: SiteEmulator) -> None:
    """Restore all deleted leads in Zoho."""
    table = zoho.org.records.table("Leads")
    for entry in [*table.deleted.values()]:
        table.restore(entry.record or {})


def check_only(send: Send) -> None:
    """Let a push check the creation in doubt, which is an hour old, and not send it again."""
    OutboxItem.objects.update(created_at=timezone.now() - timedelta(hours=1))
    send()
    assert OutboxItem.objects.earliest("pk").state == State.NEW


def refuse_next(zoho: SiteEmulator, send: Send) -> None:
    """Let Zoho refuse the next attempt for a reason that has nothing to do with the record."""
    zoho.fail_next("records.upsert", code="NO_PERMISSION")
    send()
    assert OutboxItem.objects.latest("pk").state == State.NEW


@pytest.fixture
def lead(zcrm_emulator: SiteEmulator, connection: Connection, send: Send) -> Lead:
    """A lead that is to be created again, after Zoho's users changed and deleted its record."""
    lead = create_in_doubt(zcrm_emulator, connection, **ACME)
    change(zcrm_emulator, Company="Zoho")
    delete(zcrm_emulator)
    check_only(send)
    return lead


@pytest.mark.parametrize("is_polled", [True, False], ids=["polled", "not polled"])
@pytest.mark.parametrize("is_refused", [True, False], ids=["refused before", "sent once"])
@pytest.mark.parametrize("is_edited", [True, False], ids=["edited", "as saved"])
def test_change_of_a_restored_record_is_in_conflict(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    lead: Lead,
    is_polled: bool,
    is_refused: bool,
    is_edited: bool,
) -> None:
    if is_edited:
        lead.source = "Web"
        lead.save()
    if is_refused:
        refuse_next(zcrm_emulator, send)
    restore(zcrm_emulator)
    if is_polled:
        pull(zcrm_emulator, connection)
    for _ in range(2):
        send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["Zoho"]
    assert values_in_zoho(zcrm_emulator, "Lead_Source") == ["Web" if is_edited else None]
    lead.refresh_from_db()
    assert lead.company == "Zoho"
    [item] = OutboxItem.objects.filter(state=State.CONFLICT)
    assert item.conflict == {
        "Company": {"base": None, "local": "Acme", "zoho": "Zoho", "kept": "zoho"}
    }
    assert not OutboxItem.objects.open().exists()


def test_creation_whose_record_is_not_restored_is_sent_again(
    zcrm_emulator: SiteEmulator, send: Send, lead: Lead
) -> None:
    refuse_next(zcrm_emulator, send)
    assert send().done == 1
    assert values_in_zoho(zcrm_emulator, "Company") == ["Acme"]
    assert OutboxItem.objects.get().state == State.DONE


@pytest.mark.parametrize("is_polled", [True, False], ids=["polled", "not polled"])
def test_restored_record_without_match_value_is_no_second_record(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, is_polled: bool
) -> None:
    lead = create_in_doubt(zcrm_emulator, connection, name="Fox")
    delete(zcrm_emulator)
    check_only(send)
    restore(zcrm_emulator)
    if is_polled:
        pull(zcrm_emulator, connection)
    assert send().done == 1
    [record] = zcrm_emulator.records("Leads")
    lead = Lead.objects.get()
    assert lead.zoho_id == record["id"]
    assert calls(zcrm_emulator, "POST", "/v8/Leads") == 1


def test_restored_records_of_equal_creations_go_to_one_row_each(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 2)
    for _ in range(3):
        Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", drop="after", times=2)
    assert send().in_doubt == 3
    delete(zcrm_emulator)
    check_only(send)
    restore(zcrm_emulator)
    first = OutboxItem.objects.earliest("pk").pk
    OutboxItem.objects.filter(pk=first).update(due=timezone.now())
    assert push_changes(connection).done == 1  # of two more creations, which are not due yet
    assert send().done == 2
    assert len(zcrm_emulator.records("Leads")) == 3
    assert Lead.objects.exclude(zoho_id=None).count() == 3


@pytest.mark.parametrize("email", [EMAIL, None], ids=["matched", "unmatched"])
@pytest.mark.parametrize("is_polled", [True, False], ids=["polled", "not polled"])
def test_row_deleted_before_its_creation_is_sent_again_deletes_no_record_of_others(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    email: str | None,
    is_polled: bool,
) -> None:
    lead = create_in_doubt(zcrm_emulator, connection, "before", name="Fox", email=email)
    check_only(send)
    lead.delete()
    zcrm_emulator.create("Leads", Last_Name="Fox", Email=email)
    if is_polled:
        pull(zcrm_emulator, connection)
    for _ in range(2):
        send()
    assert len(zcrm_emulator.records("Leads")) == 1
    assert not OutboxItem.objects.open().exists()


def test_creation_is_found_by_its_values_after_match_on_was_removed(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, declare: Any
) -> None:
    create_in_doubt(zcrm_emulator, connection, **ACME)
    declare(Lead, match_on="")
    assert send().done == 1
    assert calls(zcrm_emulator, "POST", "/v8/Leads") == 1


def test_creation_with_several_candidates_that_a_person_retries_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    create_in_doubt(zcrm_emulator, connection, "before", name="Fox")
    for _ in range(2):
        zcrm_emulator.create("Leads", Last_Name="Fox")
    assert send().failed == 1
    assert "cannot be known" in OutboxItem.objects.get().error
    retry(OutboxItem.objects.all())
    assert send().done == 1
    assert len(zcrm_emulator.records("Leads")) == 3


@pytest.mark.parametrize("is_deleted", [True, False], ids=["deleted", "saved"])
def test_row_changed_after_its_creation_had_several_candidates_is_not_searched_for(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, is_deleted: bool
) -> None:
    lead = create_in_doubt(zcrm_emulator, connection, "before", name="Fox")
    for _ in range(2):
        zcrm_emulator.create("Leads", Last_Name="Fox")
    assert send().failed == 1
    searches = calls(zcrm_emulator, "POST", "/coql")
    lead.company = "Acme"
    lead.save()
    if is_deleted:
        lead.delete()
    send()
    assert ("Acme" in values_in_zoho(zcrm_emulator, "Company")) is not is_deleted
    assert calls(zcrm_emulator, "POST", "/coql") == searches
    assert not OutboxItem.objects.exclude(state=State.DONE).exists()


def test_row_whose_match_value_was_corrected_is_sent(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    """The creation failed because its record is that of another row."""
    pull_lead(zcrm_emulator, connection, Email="before@example.com")
    change(zcrm_emulator, Email=EMAIL)  # not read yet
    lead = Lead.objects.create(**ACME)
    assert send().failed == 1
    lead.email = "lynx@example.com"
    lead.save()
    assert send().done == 1
    assert sorted(values_in_zoho(zcrm_emulator, "Email")) == [EMAIL, "lynx@example.com"]


def test_row_saved_again_although_another_row_has_its_record_fails_once(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, lead: Lead
) -> None:
    zcrm_emulator.fail_next("records.upsert", code="INVALID_DATA")
    assert send().failed == 1
    pull_lead(zcrm_emulator, connection, Email=EMAIL)
    lead.source = "Web"
    lead.save()
    assert send().failed == 1
    assert values_in_zoho(zcrm_emulator, "Lead_Source") == [None]
    assert OutboxItem.objects.exclude(state=State.DONE).get().state == State.FAILED


def test_row_saved_again_after_its_creation_failed_does_not_replace_its_restored_record(
    zcrm_emulator: SiteEmulator, send: Send, lead: Lead
) -> None:
    zcrm_emulator.fail_next("records.upsert", code="INVALID_DATA")
    assert send().failed == 1
    restore(zcrm_emulator)
    lead.source = "Web"
    lead.save()
    for _ in range(2):
        send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["Zoho"]
    assert values_in_zoho(zcrm_emulator, "Lead_Source") == ["Web"]
    assert OutboxItem.objects.get(state=State.CONFLICT).conflict.keys() == {"Company"}
    assert not OutboxItem.objects.filter(state=State.FAILED).exists()


def test_creation_that_zoho_refused_replaces_values_as_before(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    """Zoho did not create the record, so the creation may change one with its match value."""
    Lead.objects.create(**ACME)
    refuse_next(zcrm_emulator, send)
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Zoho", Email=EMAIL)
    pull(zcrm_emulator, connection)
    assert send().done == 1
    assert values_in_zoho(zcrm_emulator, "Company") == ["Acme"]


@pytest.mark.parametrize("operation", ["create", "update"])
@pytest.mark.parametrize("is_refused", [True, False], ids=["refused before", "sent once"])
def test_edit_made_in_doubt_does_not_lose_to_the_value_in_doubt(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    operation: str,
    is_refused: bool,
) -> None:
    """Zoho's users have changed another field, so it is unknown whether Zoho has the change."""
    if operation == "create":
        lead = create_in_doubt(zcrm_emulator, connection, **ACME, source="Web")
    else:
        lead = pull_lead(zcrm_emulator, connection, Company="Before", Lead_Source="Before")
        lead.company, lead.source = "Acme", "Web"
        lead.save()
        zcrm_emulator.fail_next("records.update", drop="after")
        assert send().in_doubt == 1
    change(zcrm_emulator, Lead_Source="Fair")
    for value in ("Later", "Latest"):
        lead.company = value
        lead.save(update_fields=["company"])
        if is_refused:
            zcrm_emulator.fail_next("records.update", code="NO_PERMISSION")
        send()
    send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["Latest"]
    assert values_in_zoho(zcrm_emulator, "Lead_Source") == ["Fair"]
    [item] = OutboxItem.objects.filter(state=State.CONFLICT)
    assert item.conflict["Lead_Source"].items() >= {"local": "Web", "zoho": "Fair"}.items()
    assert item.conflict.keys() == {"Lead_Source"}


def test_value_that_the_lost_request_did_not_have_is_in_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    """It was replaced by a later one before the request, so Zoho's users wrote it."""
    lead = pull_lead(zcrm_emulator, connection, Company="Open")
    for value in ("Working", "Closed"):
        lead.company = value
        lead.save()
    zcrm_emulator.fail_next("records.update", drop="before")
    assert send().in_doubt == 1
    change(zcrm_emulator, Company="Working")
    send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["Working"]
    assert OutboxItem.objects.filter(state=State.CONFLICT).exists()


def test_value_that_zoho_has_again_is_in_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox", revenue=5)
    assert send().done == 1
    change(zcrm_emulator, Annual_Revenue=None)
    pull(zcrm_emulator, connection)
    lead.refresh_from_db()
    lead.revenue = Decimal(9)
    lead.save()
    zcrm_emulator.fail_next("records.update", drop="before")
    assert send().in_doubt == 1
    change(zcrm_emulator, Annual_Revenue=5)
    send()
    assert values_in_zoho(zcrm_emulator, "Annual_Revenue") == [5]
    assert OutboxItem.objects.filter(state=State.CONFLICT).exists()


def test_creation_that_a_person_discarded_and_sends_again_replaces_nothing_unseen(
    zcrm_emulator: SiteEmulator, send: Send, lead: Lead
) -> None:
    assert OutboxItem.objects.discard() == 1
    restore(zcrm_emulator)
    assert OutboxItem.objects.retry() == 1
    for _ in range(2):
        send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["Zoho"]
    assert OutboxItem.objects.get().state == State.CONFLICT


def test_record_of_the_match_value_that_was_corrected_since_is_updated(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    """The request that got no response cannot have created it."""
    lead = create_in_doubt(
        zcrm_emulator, connection, "before", **{**ACME, "email": "typo@x.example"}
    )
    zcrm_emulator.create("Leads", Last_Name="Fox", Company="Zoho", Email=EMAIL)
    lead.email = EMAIL
    lead.save()
    send()
    assert values_in_zoho(zcrm_emulator, "Company") == ["Acme"]


def test_equal_record_that_was_created_long_after_the_lost_request_is_not_its_own(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    create_in_doubt(zcrm_emulator, connection, "before", name="Fox")
    past = timezone.now() - timedelta(days=20)
    OutboxItem.objects.update(created_at=past, sent_at=past)
    send()
    assert OutboxItem.objects.get().state == State.NEW
    zcrm_emulator.create("Leads", Last_Name="Fox")
    assert send().done == 1
    assert len(zcrm_emulator.records("Leads")) == 2
