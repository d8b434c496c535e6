"""All stores do the same: memory, the database of this run, Redis; and what limiters do to them."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from django_zcrm.limits import sharing, slot_leases
from django_zcrm.limits.sharing import SharedLimiter
from django_zcrm.limits.stores import Store
from django_zcrm.zoho.http.messages import ZohoResponse
from django_zcrm.zoho.limits.costs import ONE
from django_zcrm.zoho.limits.limiter import SlotClaim
from tests.app.limits.limiters import hold
from tests.app.limits.servers import LONG, until

pytestmark = pytest.mark.slow


def test_write_with_outdated_version_replaces_nothing(store: Store, key: str) -> None:
    first = store.read(key)
    assert (first.version, first.state) == (0, "")
    assert store.write(key, 0, "one")
    assert not store.write(key, 0, "other")
    assert store.read(key)[:2] == (1, "one")
    assert store.write(key, 1, "ü" * 4000)
    assert store.read(key).state == "ü" * 4000


def test_time_is_in_seconds(store: Store, key: str) -> None:
    before = store.read(key).now
    time.sleep(0.05)
    assert 0.04 < store.read(key).now - before < LONG
    assert abs(before - time.time()) < 60


def test_many_writers_lose_nothing(store: Store, key: str) -> None:
    store.read(key)

    def add(number: int) -> None:
        try:
            for _ in range(5):
                while True:
                    stored = store.read(key)
                    if store.write(key, stored.version, stored.state + "x"):
                        break
        finally:
            store.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(4)))
    assert store.read(key).state == "x" * 20


def test_calls_in_steady_state_do_not_use_the_store(
    process: Callable[..., SharedLimiter], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even when all of them have to wait: only the clock triggers its use."""
    monkeypatch.setattr(sharing, "REBALANCE_SECONDS", 0.5)
    limiter = process()
    reads = calls = 0
    hold(limiter, 1)[0].release()
    read = store.read

    def counting(key: str) -> object:
        nonlocal reads
        reads += 1
        return read(key)

    monkeypatch.setattr(store, "read", counting)

    def call(number: int) -> None:
        nonlocal calls
        while calls < 5000:
            slot = limiter.claim(SlotClaim(ONE))
            time.sleep(0.001)
            slot.release(ZohoResponse(200))
            calls += 1

    started = time.monotonic()
    with ThreadPoolExecutor(20) as threads:
        list(threads.map(call, range(20)))
    by_the_clock = 2 * (time.monotonic() - started) / sharing.REBALANCE_SECONDS
    assert reads <= 20 + by_the_clock  # the former while threads start


class Broken:
    """A store whose server goes away."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.is_away = False

    def read(self, key: str) -> object:
        if self.is_away:
            raise OSError("away")
        return self.store.read(key)

    def write(self, key: str, version: int, state: str) -> bool:
        if self.is_away:
            raise OSError("away")
        return self.store.write(key, version, state)

    def close(self) -> None:
        self.store.close()


def test_limiter_without_store_continues_with_share(
    process: Callable[..., SharedLimiter],
    store: Store,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sharing, "FAILOVER_SECONDS", 0.2)
    monkeypatch.setattr(sharing, "STORE_RETRY_SECONDS", 0.05)
    first, second = process(), process()
    broken = Broken(store)
    for limiter in (first, second):
        limiter._leases.store = broken  # type: ignore[assignment]
        for slot in hold(limiter, 3):
            slot.release()
    until(lambda: first.known_processes == second.known_processes == 2)
    broken.is_away = True
    until(lambda: first.pool.capacity.slots == second.pool.capacity.slots == 5)
    hold(first, 5)
    hold(second, 5)
    assert first.pool.take(ONE, False, 0.3) is None
    warnings = [record for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 2  # one for each process
    assert "continues with 5 calls" in warnings[0].getMessage()
    broken.is_away = False
    until(lambda: first._failed_since is None and second._failed_since is None)


def test_calls_with_store_that_never_worked_continue(
    process: Callable[..., SharedLimiter], store: Store
) -> None:
    limiter = process("Enterprise")
    broken = Broken(store)
    broken.is_away = True
    limiter._leases.store = broken  # type: ignore[assignment]
    assert len(hold(limiter, 5)) == 5
    assert limiter.pool.take(ONE, False, 0.1) is None


def test_unchanged_state_is_not_written(
    process: Callable[..., SharedLimiter], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "REBALANCE_SECONDS", 0.5)
    limiter = process()
    slots = hold(limiter, 4)
    until(lambda: limiter.pool.capacity.slots == 4)
    time.sleep(1.2)
    written, write = 0, store.write

    def counting(*args: object) -> bool:
        nonlocal written
        written += 1
        return write(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "write", counting)
    started = time.monotonic()
    for _ in range(60):
        slots.pop().release()
        time.sleep(0.01)
        slots += hold(limiter, 1)
    # How many are in use, for people.
    assert written <= 1 + (time.monotonic() - started) / slot_leases.REPORT_SECONDS
