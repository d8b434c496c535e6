"""The cost of a poll without news, what a poll reads, and the time of the next poll."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.exceptions import ConfigurationError
from django_zcrm.mirror import MirrorPolicy, run_due
from django_zcrm.mirror.apply import SyncResult
from django_zcrm.mirror.leased_mirror import LeasedMirror
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import Channel, MirrorState, Notice, OutboxItem
from django_zcrm.mirror.notifications.notices import read_notices
from django_zcrm.mirror.policies import policy_of
from django_zcrm.mirror.runners import due
from django_zcrm.mirror.runners.due import attempt
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Clock
from tests.mirror.pulling import disable_leads, poll, set_policy
from tests.mirror.shop.models import Lead

pytestmark = pytest.mark.django_db(transaction=True)

DELETED = "/crm/*/Leads/deleted"


def test_poll_without_news_costs_little_and_advances_state(
    zcrm_emulator: SiteEmulator, idle: Mirror, clock: Clock
) -> None:
    before = idle.state
    clock.forward(minutes=20)
    with zcrm.budget(credits=100) as spent, CaptureQueriesContext(database) as queries:
        poll()
    assert len(zcrm_emulator.requests) == 1
    assert spent.credits == 1
    assert len(queries) - 2 <= 8  # without the two of this test
    after = idle.state
    assert before.synced_until is not None
    assert after.synced_until is not None
    assert after.synced_until - before.synced_until > timedelta(minutes=19)
    assert after.last_run_at is not None
    assert after.last_run_at > (before.last_run_at or after.last_run_at)
    assert (after.lease_owner, after.lease_until) == ("", None)


@pytest.mark.parametrize("commits", [False, True])
def test_poll_during_which_initial_sync_was_requested_keeps_request(
    idle: Mirror, monkeypatch: pytest.MonkeyPatch, commits: bool
) -> None:
    def request_initial_sync(mirror: LeasedMirror) -> SyncResult:
        assert mirror.noted_columns, "columns that only the release stores"
        MirrorState.objects.all().request_initial_sync()
        with mirror.commit() if commits else nullcontext():
            return read_notices(mirror)

    monkeypatch.setattr(due, "read_notices", request_initial_sync)
    poll()
    state = idle.state
    assert (state.phase, state.synced_until) == ("initial", None)
    assert state.due <= timezone.now()


def test_deletions_are_read_now_and_then(
    zcrm_emulator: SiteEmulator, idle: Mirror, clock: Clock
) -> None:
    lead = Lead.objects.order_by("pk")[0]
    zcrm_emulator.client().records.delete("Leads", [str(lead.zoho_id)])
    zcrm_emulator.forget_requests()
    MirrorState.objects.update(deletions_due=timezone.now() + timedelta(hours=2))
    for _ in range(3):
        clock.forward(minutes=30)
        poll()
    assert not zcrm_emulator.requests_to("GET", DELETED)
    clock.forward(minutes=31)
    poll()
    assert len(zcrm_emulator.requests_to("GET", DELETED)) == 1
    lead.refresh_from_db()
    assert lead.zoho_state == "deleted"
    assert idle.state.deletions_due > timezone.now() + timedelta(minutes=55)


@pytest.mark.usefixtures("idle")
def test_comparison_begins_with_deletions(zcrm_emulator: SiteEmulator) -> None:
    later = timezone.now() + timedelta(hours=20)
    MirrorState.objects.update(deletions_due=later, reconciled_at=None)
    poll()
    assert len(zcrm_emulator.requests_to("GET", DELETED)) == 1


def test_notice_of_deletion_makes_deletions_due(
    zcrm_emulator: SiteEmulator, in_step: Channel
) -> None:
    lead = Lead.objects.order_by("pk")[0]
    zcrm_emulator.client().records.delete("Leads", [str(lead.zoho_id)])
    Notice.objects.create(
        channel=in_step, module="Leads", operation="delete", ids=[lead.zoho_id], digest="1"
    )
    state = MirrorState.objects.filter(module="Leads")
    state.update(deletions_due=timezone.now() + timedelta(hours=2))
    attempt(state.select_related("connection").get())
    lead.refresh_from_db()
    assert lead.zoho_state == "deleted"
    assert state.get().deletions_due <= timezone.now()


def test_initial_sync_after_a_change_of_the_table_is_followed_by_a_read_of_deletions(
    zcrm_emulator: SiteEmulator, in_step: Channel
) -> None:
    lead = Lead.objects.order_by("pk")[0]
    zcrm_emulator.client().records.delete("Leads", [str(lead.zoho_id)])
    state, now = MirrorState.objects.filter(module="Leads"), timezone.now()
    # As if the module had no model until now.
    state.update(fields={}, due=now, deletions_due=now + timedelta(minutes=30))
    attempt(state.select_related("connection").get())
    lead.refresh_from_db()
    assert lead.zoho_state == "deleted"


def test_interval_doubles_while_idle_and_returns_after_change(
    zcrm_emulator: SiteEmulator, idle: Mirror, clock: Clock
) -> None:
    MirrorState.objects.update(poll_interval=60)
    seen = []
    for _ in range(6):
        clock.forward(seconds=idle.state.poll_interval)
        poll()
        seen.append((idle.status().poll_interval, idle.status().stretched_by))
    assert seen == [(seconds, "idle") for seconds in (120, 240, 480, 900, 900, 900)]
    zcrm_emulator.create("Leads", Last_Name="New")
    clock.forward(seconds=900)
    poll()
    assert (idle.status().poll_interval, idle.status().stretched_by) == (60, "")
    assert idle.state.due <= timezone.now() + timedelta(seconds=60)


def test_interval_stays_shortest_while_changes_are_recent(
    zcrm_emulator: SiteEmulator, idle: Mirror, clock: Clock
) -> None:
    zcrm_emulator.create("Leads", Last_Name="New")
    poll()
    seen = []
    for _ in range(11):
        clock.forward(seconds=idle.state.poll_interval)
        poll()
        seen.append(idle.state.poll_interval)
    assert seen == [60] * 9 + [120, 240]


def test_idle_mirror_with_healthy_channel_is_polled_hourly(in_step: Channel, clock: Clock) -> None:
    mirror = Mirror(Lead, in_step.connection)
    MirrorState.objects.update(poll_interval=900)
    for expected in (1800, 3600, 3600):
        clock.forward(hours=1)
        poll()
        assert mirror.status().poll_interval == expected
    Channel.objects.update(failures=1)
    poll()
    assert mirror.status().poll_interval == 900


@pytest.mark.parametrize(("failures", "interval"), [(0, 3600), (1, 60)])
def test_news_by_notice_leaves_mirror_idle_while_its_channel_is_healthy(
    zcrm_emulator: SiteEmulator, in_step: Channel, failures: int, interval: int
) -> None:
    Channel.objects.update(failures=failures)
    lead = Lead.objects.order_by("pk")[0]
    zcrm_emulator.client().records.update_one("Leads", str(lead.zoho_id), {"Company": "Brook"})
    Notice.objects.all().delete()
    Notice.objects.create(
        channel=in_step, module="Leads", operation="update", ids=[lead.zoho_id], digest="1"
    )
    state = MirrorState.objects.filter(module="Leads")
    later = timezone.now() + timedelta(minutes=50)
    state.update(poll_interval=3600, changed_at=None, due=later)
    attempt(state.select_related("connection").get())
    lead.refresh_from_db()
    assert lead.company == "Brook"
    assert state.get().poll_interval == interval
    assert (state.get().due == later) is (interval == 3600)


def test_local_change_makes_idle_mirror_active(idle: Mirror) -> None:
    later = timezone.now() + timedelta(minutes=14)
    MirrorState.objects.update(poll_interval=900, due=later)
    lead = Lead.objects.order_by("pk")[0]
    lead.company = "Brook"
    lead.save()
    attempt(idle.state)
    state = idle.state
    assert state.poll_interval == 60
    assert state.due <= timezone.now() + timedelta(seconds=60)


def poll_every_ten_minutes(connection: Connection, module: str) -> MirrorPolicy:
    return MirrorPolicy(poll_interval=600)


@pytest.mark.parametrize(
    ("policy", "calls", "seconds"), [(disable_leads, 0, 3600), (poll_every_ten_minutes, 1, 600)]
)
def test_policy_overrides_settings(
    settings: Any, zcrm_emulator: SiteEmulator, idle: Mirror, policy: Any, calls: int, seconds: int
) -> None:
    set_policy(settings, policy)
    MirrorState.objects.update(poll_interval=0)
    poll()
    assert len(zcrm_emulator.requests) == calls
    assert (idle.state.is_enabled, idle.state.poll_interval) == (calls > 0, seconds)


def test_disabled_mirror_with_a_local_change_is_worked_on_once(settings: Any, idle: Mirror) -> None:
    set_policy(settings, disable_leads)
    MirrorState.objects.update(due=timezone.now() + timedelta(minutes=5))
    lead = Lead.objects.order_by("pk")[0]
    lead.company = "Brook"
    lead.save()
    MirrorState.objects.exclude(module="Leads").delete()
    while run_due(1):  # also adds the mirrors of the other modules, and may poll one of them first
        pass
    assert idle.state.urgent_at is None
    assert OutboxItem.objects.open().count() == 1


def poll_at_once(connection: Connection, module: str) -> MirrorPolicy:
    return MirrorPolicy(max_poll_interval=-1)


def test_policy_with_an_invalid_interval_raises(settings: Any, connection: Connection) -> None:
    set_policy(settings, poll_at_once)
    with pytest.raises(ConfigurationError, match=r"max_poll_interval -1 for Leads: use seconds"):
        policy_of(connection, "Leads")
