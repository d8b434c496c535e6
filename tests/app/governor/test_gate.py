"""Slots are handed out in order, never too many, and come back whatever happens."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from django_zcrm.governor.gate import Gate, Slot, SlotCounts, unreserved
from django_zcrm.zoho.costs import COMPOSITE, ONE, SEND_MAIL

LONG = 10.0


def gate(slots: int = 2, heavy: int = 10, batch: int | None = None) -> Gate:
    new = Gate(0.4)
    new.capacity = SlotCounts(slots, min(heavy, slots), slots if batch is None else batch)
    return new


def taken(from_gate: Gate, *, batch: bool = False, patience: float = 0.0) -> Slot:
    slot = from_gate.take(ONE, batch, patience)
    assert slot is not None
    return slot


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.001)


def test_no_more_are_given_than_there_are() -> None:
    limited = gate(2)
    first, _ = taken(limited), taken(limited)
    assert limited.take(ONE, False, 0.01) is None
    first.release()
    first.release()
    assert limited.in_use.slots == 1
    taken(limited)
    assert limited.take(ONE, False, 0.01) is None
    assert (limited.in_use, limited.waiting) == (SlotCounts(2, 0, 0), 0)


def test_first_come_first_served() -> None:
    limited, served = gate(1), []
    held = taken(limited)

    def call(number: int) -> None:
        slot = taken(limited, patience=LONG)
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


def test_heavy_calls_have_a_limit_of_their_own_and_hold_up_no_others() -> None:
    limited = gate(4, heavy=1)
    heavy = limited.take(SEND_MAIL, False, 0)
    assert heavy is not None
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(limited.take, SEND_MAIL, False, LONG)
        until(lambda: limited.waiting == 1)
        taken(limited, patience=LONG)
        heavy.release()
        assert waiting.result() is not None


def test_a_call_of_several_slots_is_not_overtaken_for_ever() -> None:
    limited = gate(5)
    held = [taken(limited) for _ in range(5)]
    with ThreadPoolExecutor() as pool:
        composite = pool.submit(limited.take, COMPOSITE, False, LONG)
        until(lambda: limited.waiting == 1)
        later = pool.submit(limited.take, ONE, False, LONG)
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


def test_what_needs_more_than_there_is_takes_all() -> None:
    slot = gate(2).take(COMPOSITE, False, 0)
    assert slot is not None
    assert slot.size == 2


def test_batch_calls_leave_the_reserve() -> None:
    assert [unreserved(slots, 0.4) for slots in (0, 1, 2, 5, 20, 25)] == [0, 1, 1, 3, 12, 15]
    limited = gate(20, batch=unreserved(20, 0.4))
    for _ in range(12):
        taken(limited, batch=True)
    assert limited.take(ONE, True, 0) is None
    for _ in range(8):
        taken(limited)


def test_pages_come_before_batches_and_batches_still_get_a_tenth() -> None:
    limited, served = gate(1), []
    held = taken(limited)

    def call(batch: bool) -> None:
        slot = taken(limited, batch=batch, patience=LONG)
        served.append(batch)
        slot.release()

    with ThreadPoolExecutor(80) as pool:
        for number in range(80):
            pool.submit(call, number < 40)
            until(lambda: limited.waiting == number + 1)  # noqa: B023
        held.release()
    assert 4 <= served[:40].count(True) <= 6


def test_more_capacity_wakes_who_waits() -> None:
    limited = gate(1)
    taken(limited)
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(limited.take, ONE, False, LONG) for _ in range(3)]
        until(lambda: limited.waiting == 3)
        assert limited.wants() == SlotCounts(4, 0, 0)
        limited.capacity = SlotCounts(4, 4, 4)
        assert all(future.result() for future in waiting)


@pytest.mark.slow
def test_threads_and_coroutines_share() -> None:
    limited, at_once, most = gate(3), 0, 0
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
            slot = taken(limited, patience=LONG)
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

    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(blocking) for _ in range(5)]
        asyncio.run(many())
        for future in futures:
            future.result()
    assert most == 3
    assert limited.in_use == SlotCounts()


def test_a_cancelled_coroutine_loses_no_slot() -> None:
    limited = gate(1)

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


def test_who_waits_in_a_loop_that_ends_keeps_nobody_up() -> None:
    limited = gate(1)
    held = taken(limited)
    loop = asyncio.new_event_loop()
    task = loop.create_task(limited.atake(ONE, False, LONG))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    held.release()
    taken(limited, patience=LONG)
    task._log_destroy_pending = False  # type: ignore[attr-defined]


@pytest.mark.slow
def test_slots_come_back_from_the_garbage_collector_while_the_lock_is_held() -> None:
    limited = gate(1)
    slot = taken(limited)

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


def test_patience_ends_in_time() -> None:
    limited = gate(1)
    taken(limited)
    started = time.monotonic()
    assert limited.take(ONE, False, 0.05) is None
    assert 0.05 <= time.monotonic() - started < LONG


@pytest.mark.parametrize("slots", [1, 3, 7])
def test_many_threads_never_hold_more_than_there_are(slots: int) -> None:
    limited = gate(slots, heavy=max(slots // 2, 1), batch=unreserved(slots, 0.4))
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

    with ThreadPoolExecutor(16) as pool:
        for future in [pool.submit(calls, seed) for seed in range(16)]:
            future.result()
    assert most["slots"] <= slots
    assert most["heavy"] <= max(slots // 2, 1)
    assert most["batch"] <= unreserved(slots, 0.4)
    assert limited.in_use == SlotCounts()
