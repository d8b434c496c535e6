"""Times that a worker with a clock ahead stored delay nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.exceptions import Limited, TransportError
from django_zcrm.leases import is_free
from django_zcrm.mirror import run_due
from django_zcrm.mirror.health import is_silent
from django_zcrm.mirror.leased_mirror import lease_mirror
from django_zcrm.mirror.leases import WorkLease
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import Channel, MirrorState, OutboxItem
from django_zcrm.mirror.models.mirror_state import LEASE_SECONDS
from django_zcrm.mirror.notifications.channels import find_due_channels
from django_zcrm.mirror.planning import schedule
from django_zcrm.mirror.pull import files
from django_zcrm.mirror.pull.steps import is_reconciliation_due
from django_zcrm.mirror.push import outbox
from django_zcrm.mirror.push.merging import merge
from django_zcrm.mirror.runners.claims import claim_mirrors
from django_zcrm.mirror.runners.holds import hold_after_failure
from django_zcrm.mirror.runners.upkeep import correct_clocks
from django_zcrm.mirror.runners.wakeups import collect_wakeups
from django_zcrm.models import Connection
from django_zcrm.moments import is_reached
from django_zcrm.testing import SiteEmulator
from django_zcrm.tokens.lease import TokenLease
from tests.cases import check_each
from tests.mirror.clock import Ahead, Clock
from tests.mirror.fleet import find_due_states
from tests.mirror.pulling import do_due_work
from tests.mirror.pushing import Send
from tests.mirror.shop.models import Lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("connection")]

State = OutboxItem.State


@check_each(
    ("seconds", "longest", "expected"),
    [(-1, 300, True), (1, 300, False), (300, 300, False), (3_600, 300, True), (9, 5, False)],
)
def test_moment_is_reached_when_past_or_beyond_its_longest_wait(
    seconds: float, longest: float, expected: bool
) -> None:
    assert is_reached(timezone.now() + timedelta(seconds=seconds), longest) is expected


def test_changes_made_while_the_clock_was_ahead_are_sent_at_once(
    zcrm_emulator: SiteEmulator, ahead: Ahead
) -> None:
    zcrm.mirror(Lead).sync()
    with ahead():
        Lead.objects.create(name="Fox")
    run_due()
    assert len(zcrm_emulator.records("Leads")) == 1
    assert OutboxItem.objects.get().created_at <= timezone.now()


def test_change_saved_by_a_clock_ahead_during_a_push_is_sent_at_once(
    zcrm_emulator: SiteEmulator, ahead: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    zcrm.mirror(Lead).sync()
    rounds: list[int] = []

    def interrupted(mirror: Any, rows: Any) -> Any:
        if not rounds:
            with ahead():
                Lead.objects.create(name="Lynx")
            OutboxItem.objects.filter(created_at__gt=timezone.now()).update(due=F("created_at"))
        rounds.append(len(rows))
        return merge(mirror, rows)

    monkeypatch.setattr(outbox, "merge", interrupted)
    Lead.objects.create(name="Fox")
    run_due()
    assert rounds == [1, 1]
    assert len(zcrm_emulator.records("Leads")) == 2


def test_changes_put_off_while_the_clock_was_ahead_are_sent_at_once(
    zcrm_emulator: SiteEmulator, ahead: Ahead
) -> None:
    zcrm.mirror(Lead).sync()
    Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", code="NO_PERMISSION")
    with ahead():
        run_due()
    assert OutboxItem.objects.get().due > timezone.now() + timedelta(hours=1)
    run_due()
    assert len(zcrm_emulator.records("Leads")) == 1


def test_creation_in_doubt_from_a_clock_ahead_is_found(
    zcrm_emulator: SiteEmulator, clock: Clock, ahead: Ahead
) -> None:
    """Its stored time is an hour too late to find the record that Zoho made."""
    zcrm.mirror(Lead).sync()
    zcrm_emulator.fail_next("records.create", drop="after")
    with ahead():
        Lead.objects.create(name="Fox")
        run_due()
    assert OutboxItem.objects.get().state == State.IN_DOUBT
    MirrorState.objects.update(failures=0)
    run_due()
    assert OutboxItem.objects.get().state == State.IN_DOUBT  # the request may still be under way
    clock.forward(minutes=10)
    run_due()
    assert OutboxItem.objects.get().state == State.DONE
    assert len(zcrm_emulator.records("Leads")) == 1
    assert Lead.objects.get().zoho_id


def test_creation_that_a_clock_ahead_sent_is_found_after_that_time(
    zcrm_emulator: SiteEmulator, clock: Clock, ahead: Ahead, send: Send
) -> None:
    Lead.objects.create(name="Fox")
    zcrm_emulator.fail_next("records.create", drop="after")
    with ahead():
        send()
    clock.forward(hours=2)
    send()
    assert OutboxItem.objects.get().state == State.DONE
    assert len(zcrm_emulator.records("Leads")) == 1


@pytest.mark.parametrize("hours", [0, 2])
def test_record_changed_after_a_request_of_a_clock_ahead_is_a_conflict(
    zcrm_emulator: SiteEmulator, clock: Clock, ahead: Ahead, send: Send, hours: int
) -> None:
    zcrm_emulator.fail_next("records.upsert", drop="after")
    with ahead():
        Lead.objects.create(name="Fox", company="Acme", email="fox@example.com")
        send()
    (record,) = zcrm_emulator.records("Leads")
    zcrm_emulator.client().records.update_one("Leads", record["id"], {"Company": "Zoho"})
    clock.forward(hours=hours, minutes=5)
    for _ in range(2):
        send()
    assert zcrm_emulator.records("Leads")[0]["Company"] == "Zoho"
    assert OutboxItem.objects.get().conflict["Company"]["zoho"] == "Zoho"


def test_row_deleted_after_an_export_by_a_clock_ahead_does_not_come_back(
    zcrm_emulator: SiteEmulator, ahead: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    zcrm_emulator.create("Leads", Last_Name="Fox")
    do_due_work()
    monkeypatch.setattr(files, "MAX_DIRECT", 0)
    MirrorState.objects.filter(module="Leads").request_initial_sync()
    with ahead():
        run_due()
    (job,) = zcrm_emulator.org.bulk.jobs
    zcrm_emulator.client().bulk_read.get(job)  # Zoho writes the file
    Lead.objects.get().delete()
    correct_clocks()
    run_due()
    assert not zcrm_emulator.records("Leads")
    assert not Lead.objects.exists()


def test_initial_sync_after_a_push_by_a_clock_ahead_reads_what_zoho_changed(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    ahead: Ahead,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = zcrm_emulator.create("Leads", Last_Name="Fox", Company="Acme")
    mirror = Mirror(Lead, connection)
    mirror.sync()
    clock.forward(minutes=10)
    zcrm_emulator.client().records.update_one("Leads", record["id"], {"Company": "Zoho"})
    lead = Lead.objects.get()
    lead.name = "Owl"
    lead.save()
    with ahead():
        assert send().done == 1
    clock.forward(minutes=10)

    monkeypatch.setattr(files, "MAX_DIRECT", 0)
    mirror.restart_initial_sync()

    lead.refresh_from_db()
    assert zcrm_emulator.requests_to("POST", "/crm/bulk/*/read")
    assert (lead.name, lead.company) == ("Owl", "Zoho")
    assert lead.zoho_modified_time is not None


def test_record_created_by_a_clock_ahead_and_deleted_before_the_initial_sync_is_missed(
    zcrm_emulator: SiteEmulator, clock: Clock, ahead: Ahead, send: Send
) -> None:
    lead = Lead.objects.create(name="Fox")
    with ahead():
        assert send().done == 1
    lead.refresh_from_db()
    zcrm_emulator.client().records.delete_one("Leads", lead.zoho_id or "")
    clock.forward(minutes=10)

    zcrm.mirror(Lead).sync()
    zcrm.mirror(Lead).reconcile()

    lead.refresh_from_db()
    assert lead.zoho_state == "unreachable"


def test_poll_after_a_clock_ahead_is_due_at_once(ahead: Ahead) -> None:
    with ahead():
        zcrm.mirror(Lead).sync()
    assert not find_due_states()
    correct_clocks()
    assert [state.module for state in find_due_states()] == ["Leads"]
    run_due()
    state = MirrorState.objects.get(module="Leads")
    assert timedelta() < state.due - timezone.now() <= timedelta(seconds=300)
    assert not find_due_states()


def test_blocked_mirror_after_a_clock_ahead_is_due_at_once(
    zcrm_emulator: SiteEmulator, ahead: Ahead
) -> None:
    do_due_work()
    zcrm_emulator.fail_next(path="/crm/*", code="OAUTH_SCOPE_MISMATCH", times=None)
    with ahead():
        run_due()
    state = MirrorState.objects.get(module="Leads")
    assert (state.phase, state in find_due_states()) == (MirrorState.Phase.BLOCKED, False)
    correct_clocks()
    assert state in find_due_states()
    run_due()
    assert not find_due_states()


@pytest.fixture
def resting(in_step: Channel) -> Lead:
    """A lead whose mirror is polled once an hour, because its channel reports changes."""
    later = timezone.now() + timedelta(minutes=50)
    MirrorState.objects.update(poll_interval=3600, stretched_by="idle", due=later)
    return Lead.objects.earliest("pk")


@pytest.mark.parametrize("saves_first", [True, False])
def test_change_of_a_connection_held_by_a_clock_ahead_is_sent(
    resting: Lead, ahead: Ahead, saves_first: bool
) -> None:
    def save() -> None:
        resting.name = "Changed"
        resting.save()
        collect_wakeups()

    if saves_first:
        save()
    with ahead():
        state = MirrorState.objects.earliest("pk")
        hold_after_failure(state, TransportError("refused"), 0.1)
    correct_clocks()
    if not saves_first:
        save()
    run_due()
    assert not OutboxItem.objects.open().exists()
    assert not MirrorState.objects.exclude(held_until=None).exists()


def test_change_claimed_by_a_killed_worker_with_a_clock_ahead_is_sent(
    resting: Lead, ahead: Ahead
) -> None:
    resting.name = "Changed"
    resting.save()
    collect_wakeups()
    with ahead():
        assert claim_mirrors(1)
    correct_clocks()
    run_due()
    assert not OutboxItem.objects.open().exists()


def test_worker_lease_of_a_clock_ahead_is_free(ahead: Ahead) -> None:
    do_due_work()
    state = MirrorState.objects.get(module="Leads")
    with ahead():
        assert WorkLease(state).take()
    assert MirrorState.objects.filter(is_free(LEASE_SECONDS), pk=state.pk).exists()
    assert not zcrm.mirror(Lead).status().worked_on
    MirrorState.objects.update(last_run_at=None, due=timezone.now() - timedelta(days=1))
    assert is_silent()
    mirror = lease_mirror(state)
    assert mirror is not None
    assert lease_mirror(state) is None
    mirror.lease.release()


def test_token_lease_of_a_clock_ahead_is_free(
    zcrm_emulator: SiteEmulator, connection: Connection, ahead: Ahead
) -> None:
    zcrm_emulator.expire_access_tokens()
    connection.refresh_from_db()
    with ahead():
        assert TokenLease(connection).take()
    Connection.objects.update(expires_at=timezone.now())
    zcrm.modules.list()
    connection.refresh_from_db()
    assert connection.lease_until is None


def test_throttle_recorded_by_a_clock_ahead_is_over(connection: Connection) -> None:
    now = timezone.now()
    soon, later = now + timedelta(seconds=500), now + timedelta(hours=1)
    minted = [int(later.timestamp())] * 9
    connection.throttled_until, connection.recent_mints = soon, minted
    assert 490 < connection.throttled_for <= 500
    connection.throttled_until = later
    assert connection.throttled_for == 0
    assert connection.mints_within_window(now) == []
    values = {"expires_at": now, "expires_in": 60, "recent_mints": minted}
    Connection.objects.update(throttled_until=soon, **values)
    with pytest.raises(Limited):
        zcrm.modules.list()
    Connection.objects.update(throttled_until=later, **values)
    assert zcrm.modules.list()


def test_channel_with_a_renewal_in_the_far_future_is_due(notified: None) -> None:
    do_due_work()
    assert not find_due_channels()
    Channel.objects.update(renew_at=timezone.now() + timedelta(days=30))
    correct_clocks()
    assert find_due_channels()
    Channel.objects.update(renew_at=timezone.now() + timedelta(hours=1))
    correct_clocks()
    assert not find_due_channels()
    Channel.objects.update(failures=1)
    correct_clocks()
    assert find_due_channels()


def test_period_that_began_in_the_future_is_over() -> None:
    zcrm.mirror(Lead).sync()
    now = timezone.now()
    later = now + timedelta(days=300)
    assert schedule.find_due_fields({"Score": 60}, {"Score": later.isoformat()}, now) == ("Score",)
    MirrorState.objects.filter(module="Leads").update(reconciled_at=later)
    mirror = lease_mirror(MirrorState.objects.get(module="Leads"))
    assert mirror is not None
    assert is_reconciliation_due(mirror)


def test_refresh_by_a_clock_ahead_keeps_newer_values(
    zcrm_emulator: SiteEmulator, monkeypatch: pytest.MonkeyPatch, ahead: Ahead, declare: Any
) -> None:
    (lead,) = zcrm_emulator.create("Leads", 1, Last_Name="Lead", Company="Old")
    mirror = zcrm.mirror(Lead)
    mirror.sync()
    monkeypatch.setattr(files, "MAX_DIRECT", 0)
    declare(Lead, refresh={"Company": "daily"})
    zcrm_emulator.org.bulk.seconds = 30
    with ahead():
        mirror.sync()
    zcrm_emulator.advance(minutes=1)
    zcrm_emulator.client().records.update_one("Leads", lead["id"], {"Company": "New"})
    mirror.sync()
    assert len(zcrm_emulator.requests_to("GET", "/crm/bulk/*/result")) == 1
    assert Lead.objects.get().company == "New"
