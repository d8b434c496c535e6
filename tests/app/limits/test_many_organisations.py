"""Limits and usage of thousands of organisations: few statements, little memory, nothing kept."""

from __future__ import annotations

import gc
import threading
import time
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_zcrm.limits import credit_rows, registry, shares, sharing
from django_zcrm.limits.credit_counter import BUCKET, CreditCounter
from django_zcrm.limits.limiter import OrganisationLimiter
from django_zcrm.limits.rebalance_thread import RebalanceThread, SlotSharing
from django_zcrm.limits.registry import limiter_for
from django_zcrm.limits.sharing import SharedLimiter
from django_zcrm.limits.stores import Store, Stored
from django_zcrm.limits.stores.memory import MemoryStore
from django_zcrm.models import ApiUsage, Connection, CreditUse
from django_zcrm.monitoring import usage
from django_zcrm.zoho.calls.observer import Attempt
from django_zcrm.zoho.http.messages import ZohoResponse
from django_zcrm.zoho.limits.budget import priority
from django_zcrm.zoho.limits.costs import ONE
from django_zcrm.zoho.limits.limiter import SlotClaim
from django_zcrm.zoho.limits.options import LimitOptions

MOST_BYTES = 10_000
"""Of an organisation in a process."""


def make_connections(count: int) -> list[Connection]:
    rows = [
        Connection(user_identifier=f"user{n}", organisation_id=str(n + 1), edition="Standard")
        for n in range(count)
    ]
    Connection.objects.bulk_create(rows)
    return list(Connection.objects.order_by("pk"))


class CountingStore:
    """A store that records its calls."""

    def __init__(self, store: Store) -> None:
        self.store, self.calls = store, list[str]()

    def read(self, key: str) -> Stored:
        self.calls.append("read")
        return self.store.read(key)

    def write(self, key: str, version: int, state: str) -> bool:
        self.calls.append("write")
        return self.store.write(key, version, state)

    def read_all(self, keys: list[str]) -> dict[str, Stored]:
        self.calls.append("read_all")
        return self.store.read_all(keys)

    def close(self) -> None:
        self.store.close()


class DirectThread:
    """In place of the thread: a limiter's rebalance happens when it is requested."""

    def schedule(self, limiter: Any) -> None:
        limiter.rebalance()


@pytest.fixture
def limiter(store: Store, key: str) -> SharedLimiter:
    counting = CountingStore(store)
    limiter = SharedLimiter(LimitOptions(), "Standard", CreditCounter(), counting, key)
    limiter.rebalance_thread = DirectThread()  # type: ignore[assignment]
    return limiter


def get_calls(limiter: SharedLimiter) -> list[str]:
    store: Any = limiter._leases.store
    return store.calls  # type: ignore[no-any-return]


@pytest.mark.slow
def test_poll_of_an_idle_organisation_takes_four_calls_of_the_store(
    limiter: SharedLimiter, key: str
) -> None:
    with priority("batch"):
        for _ in range(3):
            limiter.claim(SlotClaim(ONE)).release(ZohoResponse(200))
    assert limiter.rebalance() is not None
    assert get_calls(limiter) == ["read", "write"]
    assert limiter.rebalance() is None
    assert get_calls(limiter) == ["read", "write"] * 2
    stored = limiter._leases.store.read(key).state
    assert limiter._leases.name not in stored


def test_refused_batch_call_is_reported_at_once(limiter: SharedLimiter) -> None:
    """Otherwise the next poll, an hour later, would slow down all calls."""
    refusal = ZohoResponse(429, content=b'{"code":"TOO_MANY_REQUESTS"}')
    with priority("batch"):
        slot = limiter.claim(SlotClaim(ONE))
    limiter.rebalance_thread = Mock()  # the thread comes after the call has ended
    slot.release(refusal)
    limiter.rebalance()
    assert limiter.limit == 5


def test_quick_batch_calls_renew_their_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if none runs whenever the thread comes."""
    now = 1_000_000.0
    store = MemoryStore(lambda: now)
    limiter = SharedLimiter(LimitOptions(), "Standard", CreditCounter(), store, "key")
    limiter.rebalance_thread = DirectThread()  # type: ignore[assignment]
    monkeypatch.setattr(sharing, "time", Mock(monotonic=lambda: now))
    with priority("batch"):
        for _ in range(80):
            limiter.claim(SlotClaim(ONE)).release(ZohoResponse(200))
            now += sharing.REBALANCE_SECONDS
            limiter.rebalance()
    [lease] = shares.load(store.read("key").state).processes.values()
    assert lease.until > now


@pytest.mark.slow
def test_interactive_call_keeps_the_exchange_with_the_store(limiter: SharedLimiter) -> None:
    limiter.claim(SlotClaim(ONE)).release(ZohoResponse(200))
    limiter.rebalance()
    limiter.rebalance()
    assert get_calls(limiter).count("read") == 3


@pytest.mark.django_db
def test_counts_of_many_organisations_take_a_few_statements() -> None:
    def count(connections: list[Connection]) -> int:
        for connection in connections:
            limiter = limiter_for(connection)
            assert limiter is not None
            limiter.counter.count(3, 0.25, 900)
            for operation in ("GET /a", "GET /b"):
                attempt = Attempt(operation, "GET", "abc", 1, 200, 7.0, 900)
                usage.counter.count(connection.pk, attempt)
        with CaptureQueriesContext(database) as queries:
            usage.counter.flush()
        return len(queries)

    usage.counter._prune_at = time.monotonic() + 3600
    connections = make_connections(60)
    # Two transactions with the counts, the sums of all processes, and one with the last use.
    assert count(connections[:1]) <= 11
    assert count(connections) <= 14
    assert sorted(CreditUse.objects.values_list("credits", flat=True)) == [3] * 59 + [6]
    assert set(CreditUse.objects.values_list("remaining", flat=True)) == {900}
    sums = ApiUsage.objects.order_by("connection", "operation").values_list("calls", "total_ms")
    assert list(sums) == [(2, 14)] * 2 + [(1, 7)] * 118
    assert not Connection.objects.filter(last_used_at=None).exists()


@pytest.mark.django_db
def test_limiters_that_no_client_uses_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "RECENT", 10)
    connections = make_connections(50)
    used = limiter_for(connections[0])
    unwritten = limiter_for(connections[1])
    assert unwritten is not None
    unwritten.counter.count(5, 0.0, None)
    del unwritten
    for connection in connections:
        limiter_for(connection)
    gc.collect()
    assert limiter_for(connections[0]) is used
    assert len(registry._limiters) <= 12
    assert registry.organisation_key(connections[1]) in registry.credit_counters()
    credit_rows.flush()
    assert CreditUse.objects.get().credits == 5
    gc.collect()
    assert len(registry._credit_counters) <= 12


class FixedSharing:
    """In place of a limiter: its rebalance returns fixed seconds."""

    def __init__(self, *pauses: float | None) -> None:
        self.pauses = iter(pauses)
        self.is_released = False

    def rebalance(self) -> float | None:
        return next(self.pauses)

    def release_all(self) -> None:
        self.is_released = True

    def close(self) -> None:
        pass


@pytest.fixture
def rebalance_thread() -> Iterator[RebalanceThread]:
    thread = RebalanceThread()
    yield thread
    thread.stop()


def test_thread_that_never_ends_keeps_no_idle_limiter(rebalance_thread: RebalanceThread) -> None:
    rebalance_thread.schedule(FixedSharing(*[0.01] * 1000))
    idle = FixedSharing(None)
    kept = weakref.ref(idle)
    rebalance_thread.schedule(idle)
    del idle
    ends = time.monotonic() + 5
    while kept() is not None and time.monotonic() < ends:
        time.sleep(0.01)
    assert kept() is None


def test_thread_that_ends_releases_no_slots_of_the_next_thread(
    rebalance_thread: RebalanceThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter = FixedSharing(None, 60.0)
    find_due, ended = rebalance_thread._next, threading.Event()

    def find_due_then_call() -> list[SlotSharing] | None:
        due = find_due()
        if due is None and not ended.is_set():
            ended.set()
            rebalance_thread.schedule(limiter)
        return due

    monkeypatch.setattr(rebalance_thread, "_next", find_due_then_call)
    rebalance_thread.schedule(limiter)
    first = rebalance_thread._thread
    assert first is not None
    first.join(5)
    assert ended.is_set()
    assert not limiter.is_released


@pytest.mark.django_db
def test_limiters_are_forgotten_without_track_usage(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ZCRM = {**settings.ZCRM, "TRACK_USAGE": False}
    monkeypatch.setattr(registry, "RECENT", 1)
    connections = make_connections(2)
    limiter = limiter_for(connections[0])
    assert limiter is not None
    limiter.counter.count(5, 0.0, None)
    del limiter
    limiter_for(connections[1])
    gc.collect()
    assert len(registry.credit_counters()) == 1


@pytest.mark.django_db
def test_organisation_with_a_day_of_counts_takes_little_memory() -> None:
    now, hour = time.time(), 0
    first, *connections = make_connections(51)
    limiters = list[OrganisationLimiter]()

    def clock() -> float:
        return now - hour * BUCKET

    def count_a_day(connection: Connection) -> None:
        nonlocal hour
        limiter = limiter_for(connection)
        assert limiter is not None
        limiter.counter._clock = clock
        for hour in range(24, -1, -1):
            limiter.counter.count(1_000 + hour, 0.1, 50_000 - hour)
        limiters.append(limiter)

    count_a_day(first)  # imports, and what all of them share
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for connection in connections:
            count_a_day(connection)
        each = (tracemalloc.get_traced_memory()[0] - before) / len(connections)
    finally:
        tracemalloc.stop()
    assert limiters[-1].counter.credits_spent() >= 24_000
    assert each <= MOST_BYTES


@pytest.mark.django_db
@pytest.mark.parametrize("model", [CreditUse, ApiUsage])
def test_old_rows_of_all_organisations_are_deleted_in_slices(
    model: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    prune: Callable[[], int] = credit_rows.prune if model is CreditUse else usage._prune
    monkeypatch.setattr(credit_rows, "PRUNED_ROWS", 4)
    monkeypatch.setattr(usage, "PRUNED_ROWS", 4)
    [connection] = make_connections(1)
    now = timezone.now()
    for days in (0, 1, *range(100, 106)):
        at = now - timedelta(days=days)
        if model is CreditUse:
            CreditUse.objects.create(organisation=f"gone {days}", starts_at=at)
        else:
            ApiUsage.objects.create(connection=connection, day=at.date(), operation="x")
    assert [prune(), prune(), prune()] == [4, 2, 0]
    assert model.objects.count() == 2
