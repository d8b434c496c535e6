"""Processes share the slots of an organisation through any store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from django_zcrm.limits import shares, sharing
from django_zcrm.limits.credit_counter import CreditCounter
from django_zcrm.limits.rebalance_thread import RebalanceThread, SlotSharing
from django_zcrm.limits.sharing import SharedLimiter
from django_zcrm.limits.slot_pool import Slot, SlotCounts
from django_zcrm.limits.stores import Store
from django_zcrm.limits.stores.memory import MemoryStore
from django_zcrm.zoho.limits import adaptive_limit
from django_zcrm.zoho.limits.costs import ONE, SEND_MAIL
from django_zcrm.zoho.limits.options import LimitOptions
from tests.app.limits.limiters import hold
from tests.app.limits.servers import LONG, until

pytestmark = pytest.mark.slow


def test_process_gets_the_slots_that_its_calls_need(process: Callable[..., SharedLimiter]) -> None:
    limiter = process()
    slots = hold(limiter, 10)
    assert limiter.pool.take(ONE, False, 0.2) is None
    assert limiter.in_use().slots == 10
    slots[0].release()
    assert limiter.pool.take(ONE, False, LONG)


def test_two_processes_share_equally_within_the_limit(
    process: Callable[..., SharedLimiter], store: Store, key: str
) -> None:
    first, second = process(), process()
    most = at_once = 0
    lock, served = threading.Lock(), {first: 0, second: 0}
    have_both_begun = False

    def call(limiter: SharedLimiter) -> None:
        nonlocal most, at_once, have_both_begun
        while sum(served.values()) < 800:  # some 0.8 s, longer on a machine that is busy
            slot = limiter.pool.take(ONE, False, LONG)
            assert slot
            with lock:
                at_once += 1
                most = max(most, at_once)
                served[limiter] += 1
                if not have_both_begun and min(served.values()) >= 10:
                    have_both_begun = True
                    served.update(dict.fromkeys(served, 0))
            time.sleep(0.01)
            with lock:
                at_once -= 1
            slot.release()

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(call, [first, second] * 8))
    assert most == 10
    assert min(served.values()) > 0.3 * sum(served.values())


class NoThread(RebalanceThread):
    """Leaves it to the test when the store is used."""

    def schedule(self, limiter: SlotSharing) -> None:
        """Do nothing."""


def test_slots_taken_during_rebalance_are_not_shared(
    process: Callable[..., SharedLimiter], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = process(), process()
    first.rebalance_thread = second.rebalance_thread = NoThread()
    taken: list[Slot] = []
    write = store.write

    def ask(threads: ThreadPoolExecutor, limiter: SharedLimiter) -> list[Future[Slot | None]]:
        futures = [threads.submit(limiter.pool.take, ONE, False, LONG) for _ in range(10)]
        until(lambda: limiter.pool.waiting == 10)
        limiter.rebalance()
        return futures

    def slow(*args: Any) -> bool:
        while slot := first.pool.take(ONE, False, 0.0):
            taken.append(slot)
        return write(*args)

    with ThreadPoolExecutor(20) as threads:
        for had in ask(threads, first):
            had.result().release()  # type: ignore[union-attr]
        waiting = ask(threads, second)
        with monkeypatch.context() as patch:
            patch.setattr(store, "write", slow)
            first.rebalance()
        second.rebalance()
        together = first.pool.in_use.slots + second.pool.in_use.slots
        for slot in taken:
            slot.release()
        first.release_all()
        second.rebalance()
        assert all(future.result() for future in waiting)
    assert together == 10


def test_process_with_small_need_leaves_the_rest(process: Callable[..., SharedLimiter]) -> None:
    first, second = process(), process()
    held = hold(first, 2)
    assert len(hold(second, 8)) == 8
    assert second.pool.take(ONE, False, 0.1) is None
    for slot in held:
        slot.release()
    assert second.pool.take(ONE, False, LONG)


def test_heavy_calls_of_all_processes_share_one_limit(
    process: Callable[..., SharedLimiter],
) -> None:
    first, second = process("Enterprise"), process("Enterprise")
    for _ in range(6):
        assert first.pool.take(SEND_MAIL, False, LONG)
    for _ in range(4):
        assert second.pool.take(SEND_MAIL, False, LONG)
    assert second.pool.take(SEND_MAIL, False, 0.2) is None
    assert second.pool.take(ONE, False, LONG)


def test_batches_leave_the_reserve_of_all_processes(
    process: Callable[..., SharedLimiter],
) -> None:
    first, second = process(), process()
    held = [first.pool.take(ONE, True, LONG) for _ in range(4)]
    held += [second.pool.take(ONE, True, LONG) for _ in range(2)]
    assert all(held)
    assert second.pool.take(ONE, True, 0.2) is None
    assert first.pool.take(ONE, True, 0.2) is None
    assert len(hold(second, 4)) == 4


def test_slots_of_killed_process_return(
    process: Callable[..., SharedLimiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares, "LEASE_SECONDS", 2.0)
    monkeypatch.setattr(shares, "RENEW_SECONDS", 1.0)
    killed, other = process(), process()
    hold(killed, 10)
    monkeypatch.setattr(killed, "rebalance", lambda: None)
    assert other.pool.take(ONE, False, 0.1) is None
    assert len(hold(other, 10)) == 10


def test_refusal_of_one_process_slows_all(
    process: Callable[..., SharedLimiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adaptive_limit, "FIRST_STEP", LONG)  # so that it does not rise again
    first, second = process("Enterprise"), process("Enterprise")
    hold(first, 1)
    [slot] = hold(second, 1)
    first.slow_down()
    until(lambda: first.limit == 10)
    slot.release()
    until(lambda: second.limit == 10)


class DirectThread:
    """In place of the thread: a limiter's rebalance happens when it is requested."""

    def schedule(self, limiter: SlotSharing) -> None:
        limiter.rebalance()


def test_refusals_shortly_after_another_lower_the_limit_once() -> None:
    now = 1_000_000.0
    limiter = SharedLimiter(
        LimitOptions(), "Enterprise", CreditCounter(), MemoryStore(lambda: now), "key"
    )
    limiter.rebalance_thread = DirectThread()  # type: ignore[assignment]
    hold(limiter, 1)
    limiter.slow_down()
    now += 0.4
    limiter.slow_down()
    assert limiter.limit == 10
    now += 0.7
    limiter.rebalance()
    assert limiter.limit == 11


def test_refusal_during_a_write_lowers_the_limit_with_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore()
    limiter = SharedLimiter(LimitOptions(), "Enterprise", CreditCounter(), store, "key")
    limiter.rebalance_thread = DirectThread()  # type: ignore[assignment]
    write = store.write

    def write_during_refusal(*args: Any) -> bool:
        limiter._leases.has_refusal = True
        return write(*args)

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", write_during_refusal)
        hold(limiter, 1)
    limiter.rebalance()
    assert limiter.limit == 10


def test_idle_process_releases_slots_and_ends_its_thread(
    process: Callable[..., SharedLimiter],
    store: Store,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sharing, "IDLE_SECONDS", 0.2)
    limiter = process()
    for slot in hold(limiter, 3):
        slot.release()
    until(lambda: limiter.rebalance_thread._thread is None)
    assert shares.load(store.read(key).state).processes == {}
    assert limiter.pool.capacity == SlotCounts()
    assert hold(limiter, 3)


def test_call_without_thread_rebalances_itself(
    process: Callable[..., SharedLimiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As while the interpreter ends."""
    limiter = process()

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread at interpreter shutdown")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert hold(limiter, 1)
