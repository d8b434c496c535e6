"""Changes of this site do not conflict with each other, and reconnecting loses none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from django_zcrm.mirror.models import OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Ahead
from tests.mirror.pushing import (
    Send,
    change_in_zoho,
    company_in_zoho,
    leave_waiting_after_conflict,
    pull,
    pull_lead,
    push_changes,
    save_company,
    values_in_zoho,
)
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


def states() -> list[str]:
    return list(OutboxItem.objects.order_by("pk").values_list("state", flat=True))


def test_requests_that_read_the_same_row_are_sent_one_after_the_other(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    requests = [Lead.objects.get() for _ in range(3)]
    for number, request in enumerate(requests):
        save_company(request, f"Brook {number}")
        assert send().conflicts == 0
        assert company_in_zoho(zcrm_emulator, lead) == f"Brook {number}"
    assert states() == [State.DONE] * 3


def test_request_that_read_a_value_which_was_merged_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save_company(Lead.objects.get(), "Brook")
    stale = Lead.objects.get()
    save_company(Lead.objects.get(), "Creek")
    assert send().done == 1
    save_company(stale, "Delta")
    assert send().conflicts == 0
    assert company_in_zoho(zcrm_emulator, lead) == "Delta"


def test_request_that_read_a_value_which_was_refused_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    request = Lead.objects.get()
    request.company, request.revenue = "Brook", 7
    request.save()
    zcrm_emulator.fail_next("records.update", status=400, code="INVALID_DATA")
    send()
    assert states() == [State.FAILED]
    save_company(Lead.objects.get(), "Creek")
    assert send().conflicts == 0
    assert company_in_zoho(zcrm_emulator, lead) == "Creek"


def test_deletion_by_a_query_set_read_before_another_save_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    pull_lead(zcrm_emulator, connection, Company="Acme")
    rows = Lead.objects.all()
    stale = rows.get()
    save_company(Lead.objects.get(), "Brook")
    send()
    OutboxItem.objects.create(
        connection=connection,
        organisation_id=stale.zoho_organisation,
        module="Leads",
        object_id=str(stale.pk),
        zoho_id=str(stale.zoho_id),
        operation="delete",
        base={"Company": stale.company},
    )
    assert send().conflicts == 0
    assert not zcrm_emulator.records("Leads")


def test_former_value_that_others_restored_is_a_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save_company(Lead.objects.get(), "Brook")
    send()
    change_in_zoho(zcrm_emulator, lead, Company="Acme")
    save_company(Lead.objects.get(), "Creek")
    assert send().conflicts == 1
    assert company_in_zoho(zcrm_emulator, lead) == "Acme"


def test_former_value_that_others_restored_keeps_a_record_from_being_deleted(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Brook")
    send()
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    pull(zcrm_emulator, connection)
    save_company(Lead.objects.get(), "Delta")
    change_in_zoho(zcrm_emulator, lead, Company="Brook")
    pull(zcrm_emulator, connection)
    Lead.objects.get().delete()
    assert send().conflicts == 1
    assert values_in_zoho(zcrm_emulator, "Company") == ["Brook"]


def test_edit_of_the_field_that_a_discarded_change_had_not_in_conflict_is_in_none(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, merge: None
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    lead.name = "Lynx"
    save_company(lead, "Brook")
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    zcrm_emulator.fail_next("records.update", drop="before")
    assert send().in_doubt == 1
    assert OutboxItem.objects.discard() == 1
    reader = Lead.objects.get()
    reader.name = "Wolf"
    reader.save()
    assert send().conflicts == 0
    assert values_in_zoho(zcrm_emulator, "Last_Name") == ["Wolf"]


def test_value_that_others_restored_after_a_discarded_conflict_is_a_conflict(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    policy: Callable[[str], None],
) -> None:
    policy("local_wins")
    lead = pull_lead(zcrm_emulator, connection)
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    save_company(lead, "Brook")
    assert send().conflicts == 1
    assert OutboxItem.objects.discard() == 1
    policy("zoho_wins")
    reader = Lead.objects.get()
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    save_company(reader, "Creek")
    assert send().conflicts == 1
    assert company_in_zoho(zcrm_emulator, lead) == "Zoho"


def test_request_that_read_the_value_before_a_discarded_conflict_is_in_no_conflict(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    policy: Callable[[str], None],
) -> None:
    policy("local_wins")
    lead = pull_lead(zcrm_emulator, connection)
    save_company(lead, "Delta")
    send()
    stale = Lead.objects.get()
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    save_company(lead, "Brook")
    assert send().conflicts == 1
    assert OutboxItem.objects.discard() == 1
    save_company(stale, "Creek")
    assert send().conflicts == 0
    assert company_in_zoho(zcrm_emulator, lead) == "Creek"


def test_edit_after_a_request_without_response_by_a_slow_clock_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, merge: None, ahead: Ahead
) -> None:
    lead = Lead.objects.create(connection=connection, name="Fox", email="a@b.test")
    lead.email = "b@b.test"
    lead.save()
    zcrm_emulator.fail_next("records.upsert", drop="after")
    OutboxItem.objects.update(due=timezone.now() - timedelta(minutes=1))
    with ahead(seconds=-10):
        assert push_changes(connection).in_doubt == 1
    pull(zcrm_emulator, connection)
    lead.refresh_from_db()
    change_in_zoho(zcrm_emulator, lead, Last_Name="Wolf")
    lead.email = "c@b.test"
    lead.save()
    send()
    assert values_in_zoho(zcrm_emulator, "Email") == ["c@b.test"]
    assert values_in_zoho(zcrm_emulator, "Last_Name") == ["Wolf"]


@pytest.mark.parametrize("drop", ["before", "after"])
def test_value_that_was_saved_after_a_lost_request_and_never_sent_is_a_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, drop: str
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save_company(lead, "Brook")
    zcrm_emulator.fail_next("records.update", drop=drop)
    assert send().in_doubt == 1
    for company in ("Creek", "Delta"):
        save_company(lead, company)
    change_in_zoho(zcrm_emulator, lead, Company="Creek")
    for _ in range(2):
        send()
    assert company_in_zoho(zcrm_emulator, lead) == "Creek"
    assert State.CONFLICT in states()


def test_edit_of_a_value_that_zoho_won_before_the_rest_was_sent_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, merge: None
) -> None:
    lead = leave_waiting_after_conflict(zcrm_emulator, connection, send)
    assert lead.company == "Zoho"
    save_company(lead, "Creek")
    send()
    record = zcrm_emulator.record("Leads", str(lead.zoho_id))
    assert record is not None
    assert (record["Last_Name"], record["Company"]) == ("Lynx", "Creek")
    item = OutboxItem.objects.latest("pk")
    assert (item.conflict["Company"]["local"], item.conflict["Company"]["kept"]) == (
        "Creek",
        "local",
    )


@pytest.fixture
def held(zcrm_emulator: SiteEmulator, connection: Connection, send: Send) -> Lead:
    """A lead that was changed here, and in Zoho to something else, before a reconnection."""
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save_company(lead, "Local")
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    zcrm_emulator.connect()
    assert send().conflicts == 1
    return lead


def test_reconnecting_discards_no_local_change(
    zcrm_emulator: SiteEmulator, connection: Connection, held: Lead
) -> None:
    item = OutboxItem.objects.get()
    assert item.state == State.CONFLICT
    assert item.conflict["Company"]["kept"] == "held"
    assert "connected again" in item.error
    for _ in range(2):
        zcrm_emulator.advance(seconds=60)
        change_in_zoho(zcrm_emulator, held, Last_Name="Wolf")
        pull(zcrm_emulator, connection)
        held.refresh_from_db()
        assert (held.name, held.company) == ("Wolf", "Local")
    assert company_in_zoho(zcrm_emulator, held) == "Zoho"


def test_change_held_back_by_reconnecting_is_sent_when_it_is_retried(
    zcrm_emulator: SiteEmulator, held: Lead, send: Send
) -> None:
    assert OutboxItem.objects.retry() == 1
    assert send().done == 1
    assert company_in_zoho(zcrm_emulator, held) == "Local"
    held.refresh_from_db()
    assert held.company == "Local"


def test_row_takes_zohos_value_when_a_change_held_back_is_discarded(
    zcrm_emulator: SiteEmulator, connection: Connection, held: Lead
) -> None:
    assert OutboxItem.objects.discard() == 1
    pull(zcrm_emulator, connection)
    held.refresh_from_db()
    assert held.company == "Zoho"


def test_change_made_while_the_emulator_is_stopped_is_sent_when_it_has_its_state_again(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save_company(lead, "Brook")
    assert send().done == 1
    state = zcrm_emulator.emulator.dump()
    lead.refresh_from_db()
    save_company(lead, "Creek")
    zcrm_emulator.emulator.load(state)
    assert send().done == 1
    assert company_in_zoho(zcrm_emulator, lead) == "Creek"
    assert states() == [State.DONE, State.DONE]
