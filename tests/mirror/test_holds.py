"""Workers do not wait for an organisation whose calls fail, or are slow or limited."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.exceptions import Limited, TransportError
from django_zcrm.limits.registry import limiter_for
from django_zcrm.mirror import run_due
from django_zcrm.mirror.apply import SyncResult
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.options import mirrored_models
from django_zcrm.mirror.pull import delta
from django_zcrm.mirror.runners import due, holds
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.mirror.runners.poll import is_poll_of_due
from django_zcrm.mirror.runners.share import pull_within_share
from django_zcrm.mirror.runners.upkeep import correct_clocks
from django_zcrm.mirror.tenants import wake_mirrors_of
from django_zcrm.mirror.wake import wake
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.zoho.limits.costs import ONE
from tests.mirror.clock import Clock
from tests.mirror.pulling import disable_leads, set_policy
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db

ALL = len(mirrored_models())


def assert_due_soon_after(moment: datetime) -> None:
    """Check that all mirrors are due within a second after a moment, each at another time."""
    due = set(MirrorState.objects.values_list("due", flat=True))
    assert len(due) == ALL
    assert moment <= min(due) < max(due) < moment + timedelta(seconds=1)


def test_outage_holds_all_mirrors_of_the_connection(
    zcrm_emulator: SiteEmulator, live: Connection
) -> None:
    zcrm_emulator.fail_next(path="/crm/*", drop="before", times=None)
    begun = timezone.now()
    assert run_due() == 1
    assert len(zcrm_emulator.requests) == 1, "no retry while a worker waits"
    assert sorted(MirrorState.objects.values_list("failures", flat=True)) == [0, 0, 1]
    for state in MirrorState.objects.all():
        assert state.held_until is not None
        assert begun + timedelta(seconds=5) <= state.held_until <= state.due
    held = MirrorState.objects.filter(failures=0).earliest("pk")
    wake(live.pk, held.module)
    assert run_due() == 0
    held.refresh_from_db()
    assert held.urgent_at == held.held_until


def test_end_of_an_outage_makes_held_mirrors_due(
    zcrm_emulator: SiteEmulator, live: Connection
) -> None:
    zcrm_emulator.fail_next(path="/crm/*", drop="before")
    run_due()
    MirrorState.objects.filter(failures=1).update(due=timezone.now())
    assert run_due() == 1
    assert not MirrorState.objects.exclude(held_until=None).exists()
    assert run_due() == ALL - 1


def test_disabled_mirror_does_not_end_a_hold(live: Connection, settings: Any) -> None:
    set_policy(settings, disable_leads)
    MirrorState.objects.update(held_until=timezone.now() + timedelta(minutes=5))
    attempt(MirrorState.objects.select_related("connection").get(module="Leads"))
    assert not MirrorState.objects.filter(held_until=None).exists()


@pytest.mark.parametrize(
    "fault", [{"drop": "before"}, {"code": "TOO_MANY_REQUESTS", "status": 429}], ids=str
)
def test_waits_grow_with_the_holds_of_the_connection_in_a_row(
    zcrm_emulator: SiteEmulator, live: Connection, fault: dict[str, Any]
) -> None:
    def wait() -> float:
        MirrorState.objects.update(due=timezone.now())
        run_due()
        first = MirrorState.objects.exclude(held_until=None).first()
        assert first is not None
        assert first.held_until is not None
        return float((first.held_until - timezone.now()).total_seconds())

    zcrm_emulator.fail_next(path="/crm/*", times=None, **fault)
    waits = [wait() for _ in range(6)]
    assert waits == sorted(waits)
    assert waits[-1] > 30
    zcrm_emulator.stop_failing()
    MirrorState.objects.update(due=timezone.now())
    assert run_due()
    assert set(MirrorState.objects.values_list("holds", flat=True)) == {0}


def test_limited_call_is_made_again_when_zoho_allows_and_is_no_failure(
    zcrm_emulator: SiteEmulator, live: Connection
) -> None:
    zcrm_emulator.fail_next(path="/crm/*", code="TOO_MANY_REQUESTS", status=429, times=None)
    begun = timezone.now()
    assert run_due() == 1
    assert len(zcrm_emulator.requests) == 1
    assert not MirrorState.objects.filter(failures__gt=0).exists()
    for state in MirrorState.objects.all():
        assert begun + timedelta(seconds=1) <= state.due <= timezone.now() + timedelta(seconds=90)
        assert state.held_until is not None


def test_hold_after_a_limit_lasts_until_the_time_that_zoho_named(live: Connection) -> None:
    error = Limited("TOO_MANY_REQUESTS", "too many")
    error.retry_after = 90.0
    state = MirrorState.objects.select_related("connection").earliest("pk")
    begun = timezone.now()
    until = holds.hold_after_failure(state, error, duration=0.1)
    assert begun + timedelta(seconds=90) <= until <= timezone.now() + timedelta(seconds=113)
    assert set(MirrorState.objects.values_list("held_until", flat=True)) == {until}
    assert_due_soon_after(until)


def test_second_failure_does_not_shorten_a_hold(live: Connection) -> None:
    first, second, third = MirrorState.objects.select_related("connection")
    until = holds.hold_after_failure(first, TransportError("timeout"), duration=60.0)
    holds.hold_after_failure(second, TransportError("refused"), duration=0.1)
    assert set(MirrorState.objects.values_list("held_until", "holds")) == {(until, 1)}
    holds.end_hold(third)
    assert MirrorState.objects.filter(due__lte=timezone.now()).count() == ALL


def test_hold_is_not_taken_for_the_time_of_a_wrong_clock(live: Connection) -> None:
    error = Limited("TOO_MANY_REQUESTS", "too many")
    error.retry_after = 7200.0
    MirrorState.objects.update(urgent_at=timezone.now())
    state = MirrorState.objects.select_related("connection").earliest("pk")
    until = holds.hold_after_failure(state, error, duration=0.1)
    assert until <= timezone.now() + timedelta(seconds=holds.MAX_REST)
    correct_clocks()
    assert set(MirrorState.objects.values_list("urgent_at", flat=True)) == {until}
    assert_due_soon_after(until)
    state.refresh_from_db()
    assert not is_poll_of_due(state)


def test_mirrors_of_a_disconnected_connection_are_not_due_until_the_next_grant(
    live: Connection,
) -> None:
    past = timezone.now() - timedelta(minutes=5)
    MirrorState.objects.update(due=past, urgent_at=past)
    holds.postpone_disconnected()
    assert set(MirrorState.objects.values_list("due", "urgent_at")) == {(past, past)}
    Connection.objects.update(state=Connection.State.CONSENT_WITHDRAWN)
    holds.postpone_disconnected()
    correct_clocks()
    for state in MirrorState.objects.all():
        assert state.due > timezone.now()
        assert state.urgent_at is None
    wake_mirrors_of(live)
    holds.postpone_disconnected()
    now = timezone.now()
    assert MirrorState.objects.filter(due__lte=now, urgent_at__lte=now).count() == ALL


def test_worker_does_not_wait_for_a_slot_and_a_person_does(
    zcrm_emulator: SiteEmulator, live: Connection
) -> None:
    limiter = limiter_for(live)
    assert limiter is not None
    pool = limiter.pool
    taken = [pool.take(ONE, is_batch=True, max_wait=0) for _ in range(pool.capacity.batch)]
    begun = time.monotonic()
    assert run_due() == 1
    assert time.monotonic() - begun < limiter.options.max_wait
    assert not zcrm_emulator.requests
    state = MirrorState.objects.exclude(last_error="").get()
    assert state.failures == 0
    for slot in taken:
        assert slot is not None
        slot.release()
    zcrm.mirror(Lead).sync()
    assert MirrorState.objects.filter(held_until=None).count() == ALL


def test_slow_connection_rests_except_for_urgent_work(
    live: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr(holds, "REST", 100_000)
    assert run_due() == 1
    assert not MirrorState.objects.filter(due__lte=timezone.now()).exists()
    assert not MirrorState.objects.exclude(held_until=None).exists()
    wake(live.pk, "Leads")
    assert run_due() == 1


@pytest.fixture
def polls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The number of polls by module."""
    numbers: Counter[str] = Counter(dict.fromkeys(mirrored_models(), 0))

    def count(mirror: Any) -> Any:
        numbers[mirror.state.module] += 1
        return pull_within_share(mirror)

    monkeypatch.setattr(due, "pull_within_share", count)
    return numbers


@pytest.mark.usefixtures("live")
def test_slow_module_keeps_no_other_module_from_being_polled(
    zcrm_emulator: SiteEmulator, clock: Clock, polls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr(holds, "rest_after", lambda duration: 70.0)
    for _ in range(30):
        zcrm_emulator.create("Accounts", Account_Name="New")
        clock.forward(seconds=90)
        run_due()
    assert min(polls.values()) >= 1, polls


def test_module_whose_calls_time_out_keeps_no_other_module_from_being_polled(
    live: Connection, clock: Clock, polls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def time_out(mirror: Any) -> Any:
        if mirror.state.module == "Accounts":
            raise TransportError("timeout")
        return SyncResult()

    monkeypatch.setattr(due, "read_notices", time_out)
    for _ in range(30):
        clock.forward(seconds=60)
        run_due()
    assert min(polls.values()) >= 3, polls


@pytest.mark.parametrize("module", ["Accounts", "Contacts"])
def test_sync_requested_during_a_slow_poll_is_due_at_once(
    live: Connection, monkeypatch: pytest.MonkeyPatch, module: str
) -> None:
    monkeypatch.setattr(holds, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr(holds, "REST", 100_000)
    others = MirrorState.objects.exclude(module="Accounts")
    others.update(due=timezone.now() + timedelta(minutes=1))
    requested = MirrorState.objects.filter(module=module)

    def request(mirror: Any) -> Any:
        applied = pull_within_share(mirror)
        requested.request_sync()
        return applied

    monkeypatch.setattr(due, "pull_within_share", request)
    assert run_due(1) == 1
    now = timezone.now()
    assert requested.get().due <= now
    assert not MirrorState.objects.exclude(module=module).filter(due__lte=now).exists()


def test_requested_comparison_does_not_rest(live: Connection) -> None:
    state = MirrorState.objects.select_related("connection").earliest("pk")
    requested = MirrorState.objects.filter(module="Leads")
    requested.request_reconcile()
    later = timezone.now() + timedelta(seconds=10)
    MirrorState.objects.update(due=later)  # the comparison waits for Zoho's file
    holds.rest(state, 60.0)
    assert list(MirrorState.objects.filter(due=later)) == [requested.get()]


def test_slow_initial_sync_does_not_rest(
    zcrm_emulator: SiteEmulator, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr(holds, "REST", 100_000)
    assert run_due() == ALL
    assert not MirrorState.objects.filter(synced_until=None).exists()


def test_poll_that_is_out_of_time_keeps_its_place(
    zcrm_emulator: SiteEmulator, live: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delta, "PAGE", 2)
    monkeypatch.setattr(delta, "FIRST_PAGE", 2)
    monkeypatch.setattr(due, "POLL_SECONDS", -1.0)
    MirrorState.objects.exclude(module="Leads").delete()
    zcrm_emulator.create("Leads", 6, Last_Name="Fox")
    zcrm_emulator.advance(minutes=10)

    counts = []
    before = MirrorState.objects.get().poll_credits
    with zcrm.budget(credits=100) as spent:
        while run_due():
            counts.append(Lead.objects.count())
    assert counts[0] == 2
    assert counts == sorted(counts)
    assert counts[-1] == 6
    state = MirrorState.objects.get()
    assert state.cursor_time is None
    assert state.poll_credits - before == spent.credits
