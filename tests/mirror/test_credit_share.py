"""Polls use no more than their share of the credits, except those that a person requested."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.exceptions import BudgetExceeded
from django_zcrm.mirror import run_due
from django_zcrm.mirror.leased_mirror import lease_mirror
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.pull import files
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.mirror.runners.intervals import plan_next_poll
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Clock
from tests.mirror.pulling import poll
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.usefixtures("idle")
def test_mirrors_without_credits_are_polled_at_different_times_after_midnight(
    settings: Any, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening = datetime(2027, 3, 1, 20, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: evening)
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {"CREDIT_SHARE": 0.01}}
    mirror = lease_mirror(Mirror(Lead, connection).state)
    assert mirror is not None
    mirror.credits = 500
    waits = {plan_next_poll(mirror, is_active=True)["poll_interval"] for _ in range(20)}
    mirror.lease.release()
    left = 4 * 3600
    assert len(waits) > 15
    assert all(left <= wait <= left + 3600 for wait in waits)


@pytest.mark.usefixtures("idle")
def test_polls_keep_credit_share(settings: Any, connection: Connection, clock: Clock) -> None:
    Connection.objects.update(edition="Free")
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {"CREDIT_SHARE": 0.01}}  # 50 credits a day
    mirror = Mirror(Lead, connection)
    end = timezone.now() + timedelta(days=1)
    used = 0
    while timezone.now() < end:
        MirrorState.objects.update(poll_interval=0)  # as after a change each time
        with zcrm.budget(credits=10_000) as spent:
            poll()
        used += spent.credits
        clock.forward(seconds=max(mirror.state.poll_interval, 60))
    assert mirror.status().stretched_by == "credits"
    assert used <= 100  # the shares of two calendar days


def share_all_but(credits: int, settings: Any) -> None:
    """Let a poll of Leads find so many credits of the share, after others have used the rest."""
    Connection.objects.update(edition="Free")
    settings.ZCRM = {**settings.ZCRM, "MIRROR": {"CREDIT_SHARE": 0.01, "MAX_WORKERS": 1}}
    today = timezone.now().astimezone(UTC).date()
    MirrorState.objects.get_or_create(connection=Connection.objects.get(), module="Contacts")
    MirrorState.objects.update(poll_credits=0, poll_credits_day=today)
    MirrorState.objects.filter(module="Contacts").update(poll_credits=50 - credits)


@pytest.mark.parametrize(("credits", "requests"), [(0, 0), (1, 1), (2, 1), (3, 2)])
def test_poll_whose_deletions_are_due_makes_only_calls_within_the_share(
    settings: Any, zcrm_emulator: SiteEmulator, idle: Mirror, credits: int, requests: int
) -> None:
    share_all_but(credits, settings)
    MirrorState.objects.update(deletions_due=timezone.now() - timedelta(minutes=1))
    poll()
    assert len(zcrm_emulator.requests) == requests  # of 1 credit for changes, 2 for deletions
    assert idle.state.poll_credits <= credits
    assert (idle.state.failures, idle.state.last_error) == (0, "")


def test_second_page_without_credits_is_left_to_a_later_poll(
    settings: Any, zcrm_emulator: SiteEmulator, idle: Mirror
) -> None:
    zcrm_emulator.create("Leads", 300, Last_Name=lambda number: f"More {number}")
    share_all_but(3, settings)
    poll()
    assert (Lead.objects.count(), idle.state.poll_credits) == (203, 1)
    assert idle.status().stretched_by == "credits"
    share_all_but(50, settings)
    poll()
    assert Lead.objects.count() == 303


def test_requested_poll_may_use_more_than_the_share(
    settings: Any, zcrm_emulator: SiteEmulator, idle: Mirror
) -> None:
    share_all_but(0, settings)
    MirrorState.objects.filter(module="Leads").request_sync()
    run_due()
    assert zcrm_emulator.requests_to("GET", "/crm/*/Leads/deleted")


def test_requested_comparison_whose_file_takes_time_ends_without_credits(
    settings: Any, idle: Mirror, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_all_but(0, settings)
    monkeypatch.setattr(files, "MAX_DIRECT", 0)
    states = MirrorState.objects.filter(module="Leads")
    states.request_reconcile()
    for _ in range(3):
        run_due()
        clock.forward(minutes=1)
    assert states.get().reconciled_at is not None
    assert not states.get().is_requested


def test_budget_of_the_caller_ends_a_poll_with_an_error(
    zcrm_emulator: SiteEmulator, idle: Mirror
) -> None:
    MirrorState.objects.update(due=timezone.now())
    with zcrm.budget(credits=0):
        result = attempt(idle.state)
    assert isinstance(result.error, BudgetExceeded)
    assert zcrm_emulator.requests == []


def test_expensive_poll_does_not_postpone_the_next_one(idle: Mirror) -> None:
    Connection.objects.update(edition="Free")
    mirror = lease_mirror(idle.state)
    assert mirror is not None
    mirror.credits = 200  # with a comparison of all ids
    columns = plan_next_poll(mirror, is_active=True)
    mirror.lease.release()
    assert columns["poll_credits"] >= 200
    assert columns["poll_interval"] < 600
