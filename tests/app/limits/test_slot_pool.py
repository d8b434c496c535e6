"""Slots are handed out in order, never too many, and come back whatever happens."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from django_zcrm.limits.slot_pool import Slot, SlotCounts, SlotPool, count_unreserved
from django_zcrm.zoho.limits.costs import COMPOSITE, ONE, SEND_MAIL, Cost
from tests.app.limits.servers import LONG, until


def pool(slots: int = 2, heavy: int = 10, batch: int | None = None) -> SlotPool:
    new = SlotPool(0.4)
    new.capacity = SlotCounts(slots, min(heavy, slots), slots if batch is None else batch)
    return new


def take_slot(from_pool: SlotPool, *, batch: bool = False, max_wait: float = 0.0) -> Slot:
    slot = from_pool.take(ONE, batch, max_wait)
    assert slot is not None
    return slot


def test_pool_never_hands_out_more_than_its_capacity() -> None:
    limited = pool(2)
    first, _ = take_slot(limited), take_slot(limited)
    assert limited.take(ONE, False, 0.01) is None
    first.release()
    first.release()
    assert limited.in_use.slots == 1
    take_slot(limited)
    assert limited.take(ONE, False, 0.01) is None
    assert (limited.in_use, limited.waiting) == (SlotCounts(2, 0, 0), 0)


def test_first_come_first_served() -> None:
    limited, served = pool(1), []
    held = take_slot(limited)

    def call(number: int) -> None:
        slot = take_slot(limited, max_wait=LONG)
        served.append(number)
        slot.release()

    threads = []
    for number in range(20):
        threads.append(threading.Thread(target=call, args=(number,)))
        threads[-1].start()
        until(lambda: limited.waiting == len(threads))
    held.release()
    for thread in threads:
        thread.join()
    assert served == list(range(20))


def test_heavy_calls_at_their_limit_do_not_delay_others() -> None:
    limited = pool(4, heavy=1)
    heavy = limited.take(SEND_MAIL, False, 0)
    assert heavy is not None
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(limited.take, SEND_MAIL, False, LONG)
        until(lambda: limited.waiting == 1)
        take_slot(limited, max_wait=LONG)
        heavy.release()
        assert waiting.result() is not None


def test_call_for_several_slots_is_not_overtaken_forever() -> None:
    limited = pool(5)
    held = [take_slot(limited) for _ in range(5)]
    with ThreadPoolExecutor() as threads:
        composite = threads.submit(limited.take, COMPOSITE, False, LONG)
        until(lambda: limited.waiting == 1)
        later = threads.submit(limited.take, ONE, False, LONG)
        until(lambda: limited.waiting == 2)
        for slot in held[:4]:
            slot.release()
        assert not later.done()
        held[4].release()
        whole = composite.result()
        assert whole is not None
        assert whole.size == 5
        whole.release()
        assert later.result() is not None


def test_call_for_more_slots_than_exist_takes_all() -> None:
    slot = pool(2).take(COMPOSITE, False, 0)
    assert slot is not None
    assert slot.size == 2


def test_batch_calls_leave_the_reserve() -> None:
    assert [count_unreserved(slots, 0.4) for slots in (0, 1, 2, 5, 20, 25)] == [0, 1, 1, 3, 12, 15]
    limited = pool(20, batch=count_unreserved(20, 0.4))
    for _ in range(12):
        take_slot(limited, batch=True)
    assert limited.take(ONE, True, 0) is None
    for _ in range(8):
        take_slot(limited)


def test_pages_come_before_batches_and_batches_still_get_a_tenth() -> None:
    limited, served = pool(1), []
    held = take_slot(limited)

    def call(batch: bool) -> None:
        slot = take_slot(limited, batch=batch, max_wait=LONG)
        served.append(batch)
        slot.release()

    with ThreadPoolExecutor(80) as threads:
        for number in range(80):
            threads.submit(call, number < 40)
            until(lambda: limited.waiting == number + 1)  # noqa: B023
        held.release()
    assert 4 <= served[:40].count(True) <= 6


def test_larger_capacity_wakes_waiting_calls() -> None:
    limited = pool(1)
    take_slot(limited)
    with ThreadPoolExecutor() as threads:
        waiting = [threads.submit(limited.take, ONE, False, LONG) for _ in range(3)]
        until(lambda: limited.waiting == 3)
        assert limited.wants() == SlotCounts(4, 0, 0)
        limited.capacity = SlotCounts(4, 4, 4)
        assert all(future.result() for future in waiting)


@pytest.mark.slow
def test_threads_and_coroutines_share_one_pool() -> None:
    limited, at_once, most = pool(3), 0, 0
    lock = threading.Lock()

    def enter() -> None:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)

    def leave(slot: Slot) -> None:
        nonlocal at_once
        with lock:
            at_once -= 1
        slot.release()

    def blocking() -> None:
        for _ in range(30):
            slot = take_slot(limited, max_wait=LONG)
            enter()
            time.sleep(0.001)
            leave(slot)

    async def awaiting() -> None:
        for _ in range(30):
            slot = await limited.atake(ONE, False, LONG)
            assert slot is not None
            enter()
            await asyncio.sleep(0.001)
            leave(slot)

    async def many() -> None:
        await asyncio.gather(*(awaiting() for _ in range(10)))

    with ThreadPoolExecutor() as threads:
        futures = [threads.submit(blocking) for _ in range(5)]
        asyncio.run(many())
        for future in futures:
            future.result()
    assert most == 3
    assert limited.in_use == SlotCounts()


def test_cancelled_coroutine_loses_no_slot() -> None:
    limited = pool(1)

    async def cancel_some() -> None:
        held = await limited.atake(ONE, False, LONG)
        tasks = [asyncio.create_task(limited.atake(ONE, False, LONG)) for _ in range(4)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        assert held is not None
        held.release()  # to the first, which is cancelled before it runs again
        tasks[0].cancel()
        slot = await asyncio.wait_for(tasks[2], LONG)
        assert slot is not None
        slot.release()
        last = await asyncio.wait_for(tasks[3], LONG)
        assert last is not None
        last.release()

    asyncio.run(cancel_some())
    assert (limited.in_use, limited.waiting) == (SlotCounts(), 0)


def test_waiter_of_closed_loop_does_not_delay_others() -> None:
    limited = pool(1)
    held = take_slot(limited)
    loop = asyncio.new_event_loop()
    task = loop.create_task(limited.atake(ONE, False, LONG))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    held.release()
    take_slot(limited, max_wait=LONG)
    task._log_destroy_pending = False  # type: ignore[attr-defined]


@pytest.mark.slow
def test_slots_come_back_from_the_garbage_collector_while_the_lock_is_held() -> None:
    limited = pool(1)
    slot = take_slot(limited)

    class Abandoned:
        def __del__(self) -> None:
            slot.release()

    abandoned: list[object] = [Abandoned()]
    abandoned.append(abandoned)
    del abandoned
    with limited._lock:
        gc.collect()
        assert limited._slots == 1
    assert limited.in_use == SlotCounts()


def test_wait_ends_after_max_wait() -> None:
    limited = pool(1)
    take_slot(limited)
    started = time.monotonic()
    assert limited.take(ONE, False, 0.05) is None
    assert 0.05 <= time.monotonic() - started < LONG


@pytest.mark.parametrize("slots", [1, 3, 7])
def test_many_threads_never_hold_more_than_the_capacity(slots: int) -> None:
    limited = pool(slots, heavy=max(slots // 2, 1), batch=count_unreserved(slots, 0.4))
    counts = {"slots": 0, "heavy": 0, "batch": 0}
    most = dict(counts)
    lock = threading.Lock()

    def book(names: list[str], change: int) -> None:
        with lock:
            for name in names:
                counts[name] += change
                most[name] = max(most[name], counts[name])

    def calls(seed: int) -> None:
        for number in range(50):
            heavy, batch = (seed + number) % 3 == 0, seed % 2 == 0
            slot = limited.take(SEND_MAIL if heavy else ONE, batch, LONG)
            assert slot is not None
            names = ["slots"] + ["heavy"] * heavy + ["batch"] * batch
            book(names, 1)
            book(names, -1)
            slot.release()

    with ThreadPoolExecutor(16) as threads:
        for future in [threads.submit(calls, seed) for seed in range(16)]:
            future.result()
    assert most["slots"] <= slots
    assert most["heavy"] <= max(slots // 2, 1)
    assert most["batch"] <= count_unreserved(slots, 0.4)
    assert limited.in_use == SlotCounts()


def serve(waits: list[tuple[str, Cost, bool]]) -> str:
    """Let calls wait in this order while there is one slot; return the order of their callers."""
    own, served = pool(1), ""
    slot: Slot | None = take_slot(own)
    waiting = [(caller, own._queue(cost, batch, caller, int)) for caller, cost, batch in waits]
    while waiting and slot:
        slot.release()
        [(caller, waiter)] = [entry for entry in waiting if entry[1].slot]
        waiting.remove((caller, waiter))
        served, slot = served + caller, waiter.slot
    return served


@pytest.mark.parametrize("is_batch", [False, True])
def test_callers_are_served_in_turn(is_batch: bool) -> None:
    waits = [("a", ONE, is_batch)] * 4 + [("b", ONE, is_batch)] * 2 + [("c", SEND_MAIL, is_batch)]
    assert serve(waits) == "abcabaa"


def test_caller_that_never_stops_waits_as_long_as_another() -> None:
    """One with 20 threads that call again at once, another with two, a third with one."""
    own = pool(1)
    current: Slot | None = take_slot(own)
    served: Counter[str] = Counter()
    waiting = []

    def queue(caller: str) -> None:
        waiting.append((caller, own._queue(ONE, False, caller, int)))

    for caller in ["a"] * 20 + ["b"] * 2 + ["c"]:
        queue(caller)
    for _ in range(300):
        assert current
        current.release()
        [(caller, waiter)] = [entry for entry in waiting if entry[1].slot is not None]
        waiting.remove((caller, waiter))
        served[caller] += 1
        current = waiter.slot
        queue(caller)
    assert set(served.values()) == {100}


def test_caller_after_timeouts_is_not_delayed() -> None:
    own = pool(1)
    slot = take_slot(own)
    for _ in range(10):
        assert own.take(ONE, False, 0.0, "a") is None
    first = own._queue(ONE, False, "a", int)
    second = own._queue(ONE, False, "b", int)
    slot.release()
    assert first.slot
    first.slot.release()
    assert second.slot


def test_callers_without_waiting_calls_are_forgotten() -> None:
    own = pool(1)
    slot = take_slot(own)
    for number in range(5000):
        assert own.take(ONE, False, 0.0, str(number)) is None
    slot.release()
    assert len(own._rounds[False]._next) <= 1002
    assert not any(own._queues.values())
