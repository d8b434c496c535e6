"""Workers whose clocks differ pull the same records."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.mirror.apply import SyncResult
from django_zcrm.mirror.leased_mirror import lease_mirror
from django_zcrm.mirror.mirror import Mirror
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.pull import files
from django_zcrm.mirror.runners.poll import Poll
from django_zcrm.mirror.runners.wakeups import collect_wakeups
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from tests.mirror.clock import Ahead, Clock
from tests.mirror.pulling import finish_refresh, pull_only
from tests.mirror.shop.models import Account, Lead

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("is_initial", [False, True], ids=["refresh", "initial sync"])
def test_added_field_is_filled_in_rows_that_a_clock_ahead_synced(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    declare: Any,
    ahead: Ahead,
    is_initial: bool,
) -> None:
    monkeypatch.setattr(files, "MAX_DIRECT", 0)
    declare(Account, fields={"name": "Account_Name"}, push=["name"])
    zcrm_emulator.create("Accounts", Account_Name="Acme", Industry="Manufacturing")
    clock.forward(minutes=20)  # so that polls after the initial sync do not read the record
    mirror = Mirror(Account, connection)
    with ahead(hours=1) if is_initial else ahead(seconds=20):
        finish_refresh(mirror)
    declare(Account, fields={"name": "Account_Name", "industry": "Industry"})
    if is_initial:
        MirrorState.objects.all().request_initial_sync()
    finish_refresh(mirror)
    if is_initial:
        mirror.reconcile()
    assert MirrorState.objects.get().fields == {"name": "Account_Name", "industry": "Industry"}
    assert Account.objects.get().industry == "Manufacturing"


def test_request_is_kept_if_a_clock_ahead_collects_it_during_a_poll(
    connection: Connection, ahead: Ahead
) -> None:
    zcrm.mirror(Lead).sync()
    MirrorState.objects.filter(module="Leads").update(urgent_at=timezone.now())
    mirror = lease_mirror(MirrorState.objects.get(module="Leads"))
    assert mirror is not None
    poll = Poll(mirror)
    Lead.objects.create(name="Fox")  # saved while the worker polls
    with ahead():
        collect_wakeups()
    poll.end(applied=SyncResult())
    assert MirrorState.objects.get(module="Leads").urgent_at is not None


def test_request_to_the_mirror_of_a_dead_worker_keeps_its_place(connection: Connection) -> None:
    zcrm.mirror(Lead).sync()
    since = timezone.now() - timedelta(hours=1)
    dead = {"lease_owner": "dead", "lease_until": since - timedelta(minutes=1)}
    MirrorState.objects.filter(module="Leads").update(urgent_at=since, **dead)
    Lead.objects.create(connection=connection, name="Fox")
    collect_wakeups()
    assert MirrorState.objects.get(module="Leads").urgent_at == since


def test_comparison_begun_by_a_clock_ahead_does_not_miss_new_records(
    zcrm_emulator: SiteEmulator,
    connection: Connection,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    ahead: Ahead,
) -> None:
    monkeypatch.setattr(files, "MAX_DIRECT", 0)
    zcrm_emulator.create("Leads", Last_Name="Old")
    mirror = Mirror(Lead, connection)
    while mirror.state.is_in_initial_sync:
        mirror.sync()
    clock.forward(minutes=20)
    MirrorState.objects.update(reconciled_at=None)
    zcrm_emulator.org.bulk.seconds = 60
    with ahead():
        pull_only(connection, "Leads")  # plans and creates the job
    assert MirrorState.objects.get().reconciliation["windows"][0]["job"]
    clock.forward(minutes=2)
    zcrm_emulator.client().bulk_read.get(
        MirrorState.objects.get().reconciliation["windows"][0]["job"]
    )  # now the file is written
    zcrm_emulator.create("Leads", 30, Last_Name=lambda n: f"New {n}")
    clock.forward(minutes=2)
    pull_only(connection, "Leads")
    state = MirrorState.objects.get()
    assert not state.reconciliation
    assert Lead.objects.count() == 31
    assert state.blocked == "", state.last_error
