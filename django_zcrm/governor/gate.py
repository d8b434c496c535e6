"""Hands out slots to this process's threads and coroutines, to interactive calls before others.

Other processes are not considered here: the governor sets the capacity.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ..zoho.costs import Cost

BATCH_TURN = 8
"""While both kinds wait, one in so many slots goes to a batch call: more than a tenth."""


@dataclass(frozen=True, slots=True)
class SlotCounts:
    """Numbers of slots: all of them, those for heavy calls, and those for batch calls."""

    slots: int = 0
    heavy: int = 0
    batch: int = 0


class Slot:
    """Slots that are held for one call: `size` of them. `waited` is in seconds."""

    __slots__ = ("gate", "is_batch", "is_heavy", "is_held", "size", "waited")

    def __init__(self, gate: Gate, size: int, is_heavy: bool, is_batch: bool) -> None:
        self.gate = gate
        self.size = size
        self.is_heavy = is_heavy
        self.is_batch = is_batch
        self.is_held = True
        self.waited = 0.0

    def release(self) -> None:
        """Release them; a second time changes nothing."""
        self.gate.release(self)


class _Waiter:
    """A call that waits for slots."""

    __slots__ = ("cost", "is_batch", "number", "slot", "wake")

    def __init__(self, cost: Cost, is_batch: bool, number: int, wake: Callable[[], object]) -> None:
        self.cost = cost
        self.is_batch = is_batch
        self.number = number
        self.wake = wake
        self.slot: Slot | None = None


class Gate:
    """The slots of this process. Thread-safe; threads and event loops can wait at once.

    `reserved` is the share of them that batch calls leave to the others. `on_wait` is called, in
    the caller's thread, when a call has to wait.
    """

    def __init__(self, reserved: float, on_wait: Callable[[], object] | None = None) -> None:
        self._reserved = reserved
        self.on_wait = on_wait
        self.reset()

    def reset(self) -> None:
        """Start over with a new lock and no slots, whoever holds the old ones."""
        self._lock = threading.Lock()
        self._queues: dict[tuple[bool, bool], deque[_Waiter]] = {
            (is_batch, is_heavy): deque()
            for is_batch in (False, True)
            for is_heavy in (False, True)
        }
        # Slots come back from finalizers, too, which run while this very thread holds the lock.
        self._returned: deque[Slot] = deque()
        self._capacity = SlotCounts()
        self._slots = self._heavy = self._batch = self._batch_heavy = 0
        self._numbers = self._turns = 0
        self._peak = [0, 0, 0]
        self.waiting = 0

    @property
    def capacity(self) -> SlotCounts:
        """How many slots this process has."""
        return self._capacity

    @capacity.setter
    def capacity(self, capacity: SlotCounts) -> None:
        with self._lock:
            self._capacity = capacity
            woken = self._hand_out()
        self._wake(woken)

    @property
    def in_use(self) -> SlotCounts:
        """The slots that calls hold."""
        self._take_back()
        return SlotCounts(self._slots, self._heavy, self._batch)

    def wants(self) -> SlotCounts:
        """Return the slots that calls of this process hold or wait for."""
        with self._lock:
            slots, heavy, batch = self._slots, self._heavy, self._batch
            for (is_batch, is_heavy), queue in self._queues.items():
                asked = sum(waiter.cost.slots for waiter in queue)
                slots += asked
                heavy += len(queue) if is_heavy else 0
                batch += asked if is_batch else 0
        self._take_back()
        return SlotCounts(slots, heavy, batch)

    def take_peak(self) -> SlotCounts:
        """Return the maximum of `wants()` since the last call of this method."""
        with self._lock:
            slots, heavy, batch = self._peak
            self._peak = [self._slots, self._heavy, self._batch]
        wants = self.wants()  # which also takes slots that came back meanwhile
        return SlotCounts(max(slots, wants.slots), max(heavy, wants.heavy), max(batch, wants.batch))

    def take(self, cost: Cost, is_batch: bool, patience: float) -> Slot | None:
        """Wait at most `patience` seconds for a call's slots, and return them; None if it took
        longer.
        """
        if (slot := self._take_now(cost, is_batch)) is not None:
            return slot
        is_woken = threading.Event()
        waiter = self._queue(cost, is_batch, is_woken.set)
        started = time.monotonic()
        try:
            is_woken.wait(patience)
        except BaseException:
            self._withdraw(waiter, keep=False)
            raise
        return self._withdraw(waiter, time.monotonic() - started)

    async def atake(self, cost: Cost, is_batch: bool, patience: float) -> Slot | None:
        """Async version of `take`."""
        if (slot := self._take_now(cost, is_batch)) is not None:
            return slot
        loop = asyncio.get_running_loop()
        is_woken = asyncio.Event()
        waiter = self._queue(cost, is_batch, lambda: loop.call_soon_threadsafe(is_woken.set))
        started = time.monotonic()
        try:
            async with asyncio.timeout(patience):
                await is_woken.wait()
        except TimeoutError:
            pass
        except BaseException:
            self._withdraw(waiter, keep=False)
            raise
        return self._withdraw(waiter, time.monotonic() - started)

    def release(self, slot: Slot) -> None:
        """Release a call's slots; never blocks."""
        self._returned.append(slot)
        self._take_back()

    def _take_now(self, cost: Cost, is_batch: bool) -> Slot | None:
        with self._lock:
            if self.waiting or not self._fits(cost, is_batch):
                return None
            return self._give(cost, is_batch)

    def _take_back(self) -> None:
        """Process released slots, unless another thread holds the lock: that one will do it."""
        while self._returned and self._lock.acquire(blocking=False):
            try:
                woken = self._hand_out()
            finally:
                self._lock.release()
            self._wake(woken)

    def _queue(self, cost: Cost, is_batch: bool, wake: Callable[[], object]) -> _Waiter:
        with self._lock:
            self._numbers += 1
            waiter = _Waiter(cost, is_batch, self._numbers, wake)
            self._queues[is_batch, cost.heavy].append(waiter)
            self.waiting += 1
            woken = self._hand_out()
        self._wake(woken)
        if self.on_wait is not None and waiter.slot is None:
            self.on_wait()
        return waiter

    def _withdraw(self, waiter: _Waiter, waited: float = 0.0, *, keep: bool = True) -> Slot | None:
        """End a wait; return the slots if they were given in time, and are to be kept."""
        with self._lock:
            if waiter.slot is None:
                self._queues[waiter.is_batch, waiter.cost.heavy].remove(waiter)
                self.waiting -= 1
            woken = self._hand_out()
        self._wake(woken)
        if waiter.slot is not None and not keep:
            waiter.slot.release()
            return None
        if waiter.slot is not None:
            waiter.slot.waited = waited
        return waiter.slot

    def _wake(self, woken: list[_Waiter]) -> None:
        for waiter in woken:
            try:
                waiter.wake()
            except RuntimeError:  # its event loop was closed meanwhile
                if waiter.slot is not None:
                    waiter.slot.release()
        if self._returned:
            self._take_back()

    # What follows is called with the lock held.

    def _hand_out(self) -> list[_Waiter]:
        """Give free slots to waiting calls; return those to wake."""
        while self._returned:
            self._book(self._returned.popleft())
        woken = []
        while self.waiting and (waiter := self._next()) is not None:
            self._queues[waiter.is_batch, waiter.cost.heavy].popleft()
            self.waiting -= 1
            waiter.slot = self._give(waiter.cost, waiter.is_batch)
            woken.append(waiter)
        return woken

    def _next(self) -> _Waiter | None:
        """Return the call that is next: an interactive one, or each eighth time a batch call."""
        interactive, batch = self._first(is_batch=False), self._first(is_batch=True)
        if interactive is None or batch is None:
            return interactive or batch
        self._turns += 1
        return interactive if self._turns % BATCH_TURN else batch

    def _first(self, *, is_batch: bool) -> _Waiter | None:
        heads = [
            queue[0]
            for is_heavy in (False, True)
            if (queue := self._queues[is_batch, is_heavy])
            and not (is_heavy and not self._fits_heavy(is_batch))
        ]
        # A call that needs several slots is not overtaken by those that need one.
        first = min(heads, key=lambda waiter: waiter.number, default=None)
        return first if first and self._fits(first.cost, is_batch) else None

    def _fits(self, cost: Cost, is_batch: bool) -> bool:
        capacity = self._capacity
        size = self._size(cost)
        if self._slots + size > capacity.slots or not capacity.slots:
            return False
        if is_batch and self._batch + min(size, capacity.batch or size) > capacity.batch:
            return False
        return not cost.heavy or self._fits_heavy(is_batch)

    def _fits_heavy(self, is_batch: bool) -> bool:
        heavy = self._capacity.heavy
        if is_batch and self._batch_heavy >= unreserved(heavy, self._reserved):
            return False
        return self._heavy < heavy

    def _size(self, cost: Cost) -> int:
        # What needs more than there is takes all: it must be able to run.
        return min(cost.slots, self._capacity.slots)

    def _give(self, cost: Cost, is_batch: bool) -> Slot:
        slot = Slot(self, self._size(cost), cost.heavy, is_batch)
        self._slots += slot.size
        peak = self._peak
        if self._slots > peak[0]:
            peak[0] = self._slots
        if cost.heavy:
            self._heavy += 1
            peak[1] = max(peak[1], self._heavy)
        if is_batch:
            self._batch += slot.size
            self._batch_heavy += cost.heavy
            peak[2] = max(peak[2], self._batch)
        return slot

    def _book(self, slot: Slot) -> None:
        if not slot.is_held:
            return
        slot.is_held = False
        self._slots -= slot.size
        self._heavy -= slot.is_heavy
        if slot.is_batch:
            self._batch -= slot.size
            self._batch_heavy -= slot.is_heavy


def unreserved(slots: int, reserved: float) -> int:
    """Return how many of the slots batch calls may hold: at least one, if there is any."""
    return min(slots, max(1, math.floor(slots * (1 - reserved) + 1e-9)))
