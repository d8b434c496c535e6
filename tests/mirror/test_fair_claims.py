"""Organisations whose work is always urgent do not keep workers from others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm.mirror import run_due
from django_zcrm.mirror.models import MirrorState
from django_zcrm.mirror.runners import due, queued
from django_zcrm.mirror.runners.claims import claim_mirrors
from django_zcrm.mirror.runners.poll import RunResult
from django_zcrm.mirror.runners.pool import WorkerPool
from django_zcrm.mirror.runners.watch import Watcher
from tests.mirror.fleet import MODULES, add_tenants

pytestmark = pytest.mark.django_db


class OneThread(WorkerPool):
    """A pool with one thread, whose work is done at once."""

    def __init__(self) -> None:
        super().__init__(1, lambda *run: None)
        self.claimed: list[int] = []

    def work(self, claim: Any) -> None:
        state, lease = claim
        self.claimed.append(state.connection_id)
        lease.release(due=timezone.now() + timedelta(minutes=5), urgent_at=None)

    def run(self, task: Any) -> None:
        """Renew no channels."""


def test_organisations_whose_work_is_always_urgent_keep_no_other_from_being_polled() -> None:
    hostile, other = add_tenants(2)
    pool = OneThread()
    watcher = Watcher(pool)
    MirrorState.objects.filter(connection=other).update(due=timezone.now())
    for _ in range(20):
        # A notification comes with every poll.
        MirrorState.objects.filter(connection=hostile).update(urgent_at=timezone.now())
        assert watcher.start_due_work()
    assert pool.claimed.count(other.pk) == len(MODULES)
    assert pool.claimed.count(hostile.pk) > 10


def test_runs_with_a_limit_keep_no_organisation_from_being_polled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hostile, other = add_tenants(2)
    claimed: list[int] = []

    def do(claim: Any) -> RunResult:
        claimed.append(claim[0].connection_id)
        claim[1].release(due=timezone.now() + timedelta(minutes=5), urgent_at=None)
        return RunResult()

    monkeypatch.setattr(due, "work", do)
    MirrorState.objects.filter(connection=other).update(due=timezone.now())
    for _ in range(200):
        MirrorState.objects.filter(connection=hostile).update(urgent_at=timezone.now())
        run_due(limit=1)
    assert claimed.count(other.pk) == len(MODULES)


def test_mirrors_that_are_due_again_at_once_keep_no_other_from_being_claimed() -> None:
    add_tenants(5)
    states = MirrorState.objects.filter(module="Leads")
    states.update(due=timezone.now() - timedelta(minutes=1))
    claimed = set()
    for _ in range(60):
        ((state, lease),) = claim_mirrors(1)
        claimed.add(state.pk)
        lease.release(due=timezone.now())
    assert claimed == set(states.values_list("pk", flat=True))


def test_search_for_messages_leaves_room_for_routine_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    other, *hostile = add_tenants(5)
    monkeypatch.setattr(queued, "MAX_MESSAGES", 8)
    monkeypatch.setattr(queued, "MAX_URGENT", 6)
    MirrorState.objects.filter(connection=other).update(due=timezone.now())
    MirrorState.objects.filter(connection__in=hostile).update(urgent_at=timezone.now())
    found = queued.find_due_mirrors()
    assert len(found) == 8
    assert [connection for connection, _ in found].count(other.pk) == 2
