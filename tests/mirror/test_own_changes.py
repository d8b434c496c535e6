"""Changes of this site do not conflict with each other, and reconnecting loses none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from django_zcrm.exceptions import ServerFault
from django_zcrm.mirror.models import OutboxItem
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Ahead
from tests.mirror.pushing import (
    Send,
    change_in_zoho,
    leave_waiting_after_conflict,
    pull,
    pull_lead,
    push_changes,
    values_in_zoho,
)
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

State = OutboxItem.State


def states() -> list[str]:
    return list(OutboxItem.objects.order_by("pk").values_list("state", flat=True))


def save(lead: Lead, company: str) -> None:
    lead.company = company
    lead.save()


def company_of(zoho: SiteEmulator, lead: Lead) -> object:
    record = zoho.record("Leads", str(lead.zoho_id))
    assert record is not None
    return record["Company"]


def test_requests_that_read_the_same_row_are_sent_one_after_the_other(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    requests = [Lead.objects.get() for _ in range(3)]
    for number, request in enumerate(requests):
        save(request, f"Brook {number}")
        assert send().conflicts == 0
        assert company_of(zcrm_emulator, lead) == f"Brook {number}"
    assert states() == [State.DONE] * 3


def test_request_that_read_a_value_which_was_merged_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save(Lead.objects.get(), "Brook")
    stale = Lead.objects.get()
    save(Lead.objects.get(), "Creek")
    assert send().done == 1
    save(stale, "Delta")
    assert send().conflicts == 0
    assert company_of(zcrm_emulator, lead) == "Delta"


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
    save(Lead.objects.get(), "Creek")
    assert send().conflicts == 0
    assert company_of(zcrm_emulator, lead) == "Creek"


def test_deletion_by_a_query_set_read_before_another_save_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    pull_lead(zcrm_emulator, connection, Company="Acme")
    rows = Lead.objects.all()
    stale = rows.get()
    save(Lead.objects.get(), "Brook")
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
    save(Lead.objects.get(), "Brook")
    send()
    change_in_zoho(zcrm_emulator, lead, Company="Acme")
    save(Lead.objects.get(), "Creek")
    assert send().conflicts == 1
    assert company_of(zcrm_emulator, lead) == "Acme"


@pytest.fixture
def requests(zcrm_emulator: SiteEmulator, connection: Connection) -> tuple[Lead, Lead]:
    """Two requests that read a lead before and after Zoho changed its company."""
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    pull(zcrm_emulator, connection)
    return lead, Lead.objects.get()


@pytest.mark.parametrize("company", ["Creek", "Acme"])
def test_last_save_of_several_counts_if_one_of_their_users_read_zohos_value(
    zcrm_emulator: SiteEmulator, requests: tuple[Lead, Lead], send: Send, company: str
) -> None:
    stale, fresh = requests
    save(stale, "Brook")
    save(fresh, company)
    assert send().conflicts == 0
    assert company_of(zcrm_emulator, fresh) == company


@pytest.mark.parametrize("company", ["Brook", "Acme"])
def test_save_of_an_older_instance_counts_after_one_whose_user_read_zohos_value(
    zcrm_emulator: SiteEmulator, requests: tuple[Lead, Lead], send: Send, company: str
) -> None:
    stale, fresh = requests
    save(fresh, "Creek")
    save(stale, "Brook")
    save(stale, company)
    assert send().conflicts == 0
    assert company_of(zcrm_emulator, fresh) == company


def test_unsent_value_that_the_database_stores_in_another_form_is_in_no_conflict(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    field = Lead._meta.get_field("company")
    monkeypatch.setattr(field, "get_prep_value", lambda value: str(value).strip())
    save(lead, "Brook ")
    save(Lead.objects.get(), "Creek")
    assert send().conflicts == 0
    assert company_of(zcrm_emulator, lead) == "Creek"


def test_change_of_an_unsent_value_whose_user_read_that_of_zoho_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, requests: tuple[Lead, Lead], send: Send
) -> None:
    stale, fresh = requests
    save(stale, "Brook")
    save(fresh, "Creek")
    last = Lead.objects.get(pk=fresh.pk)
    save(Lead.objects.get(), "Estuary")
    zcrm_emulator.fail_next("coql.query", status=500, times=None)
    with pytest.raises(ServerFault):
        send()
    zcrm_emulator.stop_failing()
    save(last, "Delta")
    OutboxItem.objects.update(due=timezone.now())
    assert send().conflicts == 0
    assert company_of(zcrm_emulator, fresh) == "Delta"


def test_value_that_none_of_several_requests_read_is_a_conflict(
    zcrm_emulator: SiteEmulator, requests: tuple[Lead, Lead], send: Send
) -> None:
    stale, fresh = requests
    save(stale, "Brook")
    save(fresh, "Creek")
    change_in_zoho(zcrm_emulator, fresh, Company="Other")
    assert send().conflicts == 1
    assert company_of(zcrm_emulator, fresh) == "Other"


def test_former_value_that_others_restored_after_both_sides_agreed_is_a_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send
) -> None:
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save(lead, "Brook")
    lead.name = "Lynx"
    lead.save()
    change_in_zoho(zcrm_emulator, lead, Company="Brook", Last_Name="Lynx")
    send()
    pull(zcrm_emulator, connection)
    reader = Lead.objects.get()
    change_in_zoho(zcrm_emulator, lead, Company="Acme")
    save(reader, "Creek")
    assert send().conflicts == 1
    assert company_of(zcrm_emulator, lead) == "Acme"


def test_row_that_was_deleted_after_a_request_that_read_zohos_value_is_deleted(
    zcrm_emulator: SiteEmulator, requests: tuple[Lead, Lead], send: Send
) -> None:
    stale, fresh = requests
    save(stale, "Brook")
    save(fresh, "Creek")
    fresh.delete()
    assert send().conflicts == 0
    assert not zcrm_emulator.records("Leads")


@pytest.mark.parametrize("code", ["INVALID_DATA", "NO_PERMISSION"])
@pytest.mark.parametrize("company", ["Delta", "Brook", "Acme"])
def test_former_value_that_others_restored_is_a_conflict_if_the_rest_was_not_sent(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    merge: None,
    code: str,
    company: str,
) -> None:
    """Zoho won the company, both sides agreed on it, or it was taken back."""
    lead = pull_lead(zcrm_emulator, connection, Company="Acme")
    save(lead, "Brook")
    lead.company, lead.name = company, "Lynx"
    lead.save()
    if company != "Acme":
        change_in_zoho(zcrm_emulator, lead, Company="Brook")
    status = 400 if code == "INVALID_DATA" else 403
    zcrm_emulator.fail_next("records.update", status=status, code=code)
    send()
    if company == "Acme":
        change_in_zoho(zcrm_emulator, lead, Company="Brook")
    pull(zcrm_emulator, connection)
    reader = Lead.objects.get()
    assert reader.company == "Brook"
    change_in_zoho(zcrm_emulator, lead, Company="Acme")
    save(reader, "Creek")
    OutboxItem.objects.open().update(due=timezone.now())
    assert send().conflicts == 1
    assert company_of(zcrm_emulator, lead) == "Acme"


def test_value_that_others_restored_after_a_discarded_conflict_is_a_conflict(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    policy: Callable[[str], None],
) -> None:
    policy("local_wins")
    lead = pull_lead(zcrm_emulator, connection)
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    save(lead, "Brook")
    assert send().conflicts == 1
    assert OutboxItem.objects.discard() == 1
    policy("zoho_wins")
    reader = Lead.objects.get()
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    save(reader, "Creek")
    assert send().conflicts == 1
    assert company_of(zcrm_emulator, lead) == "Zoho"


def test_request_that_read_the_value_before_a_discarded_conflict_is_in_no_conflict(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    send: Send,
    policy: Callable[[str], None],
) -> None:
    policy("local_wins")
    lead = pull_lead(zcrm_emulator, connection)
    save(lead, "Delta")
    send()
    stale = Lead.objects.get()
    change_in_zoho(zcrm_emulator, lead, Company="Zoho")
    save(lead, "Brook")
    assert send().conflicts == 1
    assert OutboxItem.objects.discard() == 1
    save(stale, "Creek")
    assert send().conflicts == 0
    assert company_of(zcrm_emulator, lead) == "Creek"


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
    save(lead, "Brook")
    zcrm_emulator.fail_next("records.update", drop=drop)
    assert send().in_doubt == 1
    for company in ("Creek", "Delta"):
        save(lead, company)
    change_in_zoho(zcrm_emulator, lead, Company="Creek")
    for _ in range(2):
        send()
    assert company_of(zcrm_emulator, lead) == "Creek"
    assert State.CONFLICT in states()


def test_edit_of_a_value_that_zoho_won_before_the_rest_was_sent_is_in_no_conflict(
    zcrm_emulator: SiteEmulator, connection: Connection, send: Send, merge: None
) -> None:
    lead = leave_waiting_after_conflict(zcrm_emulator, connection, send)
    assert lead.company == "Zoho"
    save(lead, "Creek")
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
    save(lead, "Local")
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
    assert company_of(zcrm_emulator, held) == "Zoho"


def test_change_held_back_by_reconnecting_is_sent_when_it_is_retried(
    zcrm_emulator: SiteEmulator, held: Lead, send: Send
) -> None:
    assert OutboxItem.objects.retry() == 1
    assert send().done == 1
    assert company_of(zcrm_emulator, held) == "Local"
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
    save(lead, "Brook")
    assert send().done == 1
    state = zcrm_emulator.emulator.dump()
    lead.refresh_from_db()
    save(lead, "Creek")
    zcrm_emulator.emulator.load(state)
    assert send().done == 1
    assert company_of(zcrm_emulator, lead) == "Creek"
    assert states() == [State.DONE, State.DONE]
