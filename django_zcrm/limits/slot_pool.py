"""Hands out slots to this process's threads and coroutines, to interactive calls first.

Other processes are not considered here: the limiter sets the capacity.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ..zoho.limits.costs import Cost

BATCH_TURN = 8
"""While both kinds wait, one in this number of slots goes to a batch call."""


MAX_CALLERS = 1000
"""From this number of callers on, callers without waiting calls are forgotten."""


@dataclass(frozen=True, slots=True)
class SlotCounts:
    """Numbers of slots: all of them, those for heavy calls, and those for batch calls."""

    slots: int = 0
    heavy: int = 0
    batch: int = 0


class Slot:
    """The slots of one call: `size` of them. `waited` is in seconds."""

    __slots__ = ("is_batch", "is_heavy", "is_held", "pool", "size", "waited")

    def __init__(self, pool: SlotPool, size: int, is_heavy: bool, is_batch: bool) -> None:
        self.pool = pool
        self.size = size
        self.is_heavy = is_heavy
        self.is_batch = is_batch
        self.is_held = True
        self.waited = 0.0

    def release(self) -> None:
        """Release the slots; a second call has no effect."""
        self.pool.release(self)


class _Waiter:
    """A call that waits for slots. `number` counts the calls in the order in which they came."""

    __slots__ = ("caller", "cost", "is_batch", "number", "slot", "wake")

    def __init__(
        self, cost: Cost, is_batch: bool, caller: str, number: int, wake: Callable[[], object]
    ) -> None:
        self.cost = cost
        self.is_batch = is_batch
        self.caller = caller
        self.number = number
        self.wake = wake
        self.slot: Slot | None = None


class _Rounds:
    """Decides which waiting caller is next: each gets one slot in each round.

    A call for several slots takes as many rounds. Rounds in which a caller does not wait are lost.
    """

    def __init__(self) -> None:
        self._current = 0
        self._next: dict[str, int] = {}

    def join(self, caller: str) -> None:
        """Add a caller that has not waited until now."""
        if len(self._next) > MAX_CALLERS:
            self._next = {name: at for name, at in self._next.items() if at > self._current}
        self._next[caller] = max(self._next.get(caller, 0), self._current)

    def order(self, waiter: _Waiter) -> tuple[int, int]:
        """Return a key that sorts the first calls of all callers."""
        return self._next.get(waiter.caller, self._current), waiter.number

    def serve(self, waiter: _Waiter) -> None:
        """Note that a call is served."""
        at, _ = self.order(waiter)
        self._current = max(self._current, at)
        self._next[waiter.caller] = at + waiter.cost.slots


class SlotPool:
    """The slots of this process. Thread-safe; threads and event loops can wait at once.

    `reserved` is the share that batch calls leave to interactive calls. `on_wait` is called, in
    the caller's thread, when a call has to wait.
    """

    def __init__(self, reserved: float) -> None:
        self._reserved = reserved
        self.on_wait: Callable[[], object] | None = None
        self.reset()

    def reset(self) -> None:
        """Start over with a new lock and no slots, also if the old ones are held."""
        self._lock = threading.Lock()
        self._queues: dict[tuple[bool, bool], dict[str, deque[_Waiter]]] = {
            (is_batch, is_heavy): {} for is_batch in (False, True) for is_heavy in (False, True)
        }
        # Finalizers release slots, too, and may run while this thread holds the lock.
        self._returned: deque[Slot] = deque()
        self._capacity = SlotCounts()
        self._slots = self._heavy = self._batch = self._batch_heavy = 0
        self._rounds = {is_batch: _Rounds() for is_batch in (False, True)}
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
            waiters = self._hand_out()
        self._wake(waiters)

    @property
    def in_use(self) -> SlotCounts:
        """The slots that calls hold."""
        self._take_back()
        return SlotCounts(self._slots, self._heavy, self._batch)

    def wants(self) -> SlotCounts:
        """Return the slots that calls of this process hold or wait for."""
        with self._lock:
            slots, heavy, batch = self._slots, self._heavy, self._batch
            for (is_batch, is_heavy), callers in self._queues.items():
                waiting = sum(waiter.cost.slots for queue in callers.values() for waiter in queue)
                slots += waiting
                heavy += sum(map(len, callers.values())) if is_heavy else 0
                batch += waiting if is_batch else 0
        self._take_back()
        return SlotCounts(slots, heavy, batch)

    def take_peak(self) -> SlotCounts:
        """Return the maximum of `wants()` since the last call of this method."""
        with self._lock:
            slots, heavy, batch = self._peak
            self._peak = [self._slots, self._heavy, self._batch]
        wants = self.wants()  # this also processes slots released in the meantime
        return SlotCounts(max(slots, wants.slots), max(heavy, wants.heavy), max(batch, wants.batch))

    def take(self, cost: Cost, is_batch: bool, max_wait: float, caller: str = "") -> Slot | None:
        """Wait at most `max_wait` seconds for a call's slots; return them, or None after that.

        Waiting callers are served in turn.
        """
        if (slot := self._take_now(cost, is_batch)) is not None:
            return slot
        is_woken = threading.Event()
        waiter = self._queue(cost, is_batch, caller, is_woken.set)
        started = time.monotonic()
        try:
            is_woken.wait(max_wait)
        except BaseException:
            self._withdraw(waiter, keep=False)
            raise
        return self._withdraw(waiter, time.monotonic() - started)

    async def atake(
        self, cost: Cost, is_batch: bool, max_wait: float, caller: str = ""
    ) -> Slot | None:
        """Async version of `take`."""
        if (slot := self._take_now(cost, is_batch)) is not None:
            return slot
        loop = asyncio.get_running_loop()
        is_woken = asyncio.Event()
        waiter = self._queue(
            cost, is_batch, caller, lambda: loop.call_soon_threadsafe(is_woken.set)
        )
        started = time.monotonic()
        try:
            async with asyncio.timeout(max_wait):
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
        """Process released slots, unless another thread holds the lock and will do it."""
        while self._returned and self._lock.acquire(blocking=False):
            try:
                waiters = self._hand_out()
            finally:
                self._lock.release()
            self._wake(waiters)

    def _queue(
        self, cost: Cost, is_batch: bool, caller: str, wake: Callable[[], object]
    ) -> _Waiter:
        with self._lock:
            self._numbers += 1
            waiter = _Waiter(cost, is_batch, caller, self._numbers, wake)
            if not any(caller in self._queues[is_batch, heavy] for heavy in (False, True)):
                self._rounds[is_batch].join(caller)
            self._queues[is_batch, cost.heavy].setdefault(caller, deque()).append(waiter)
            self.waiting += 1
            waiters = self._hand_out()
        self._wake(waiters)
        if self.on_wait is not None and waiter.slot is None:
            self.on_wait()
        return waiter

    def _withdraw(self, waiter: _Waiter, waited: float = 0.0, *, keep: bool = True) -> Slot | None:
        """End a wait; return the slots if they came in time and `keep` is true."""
        with self._lock:
            if waiter.slot is None:
                self._remove(waiter)
            waiters = self._hand_out()
        self._wake(waiters)
        if waiter.slot is not None and not keep:
            waiter.slot.release()
            return None
        if waiter.slot is not None:
            waiter.slot.waited = waited
        return waiter.slot

    def _wake(self, waiters: list[_Waiter]) -> None:
        for waiter in waiters:
            try:
                waiter.wake()
            except RuntimeError:  # its event loop was closed in the meantime
                if waiter.slot is not None:
                    waiter.slot.release()
        if self._returned:
            self._take_back()

    # The methods below are called with the lock held.

    def _hand_out(self) -> list[_Waiter]:
        """Give free slots to waiting calls; return those to wake."""
        while self._returned:
            self._book(self._returned.popleft())
        waiters = []
        while self.waiting and (waiter := self._next()) is not None:
            self._rounds[waiter.is_batch].serve(waiter)
            self._remove(waiter)
            waiter.slot = self._give(waiter.cost, waiter.is_batch)
            waiters.append(waiter)
        return waiters

    def _remove(self, waiter: _Waiter) -> None:
        callers = self._queues[waiter.is_batch, waiter.cost.heavy]
        queue = callers[waiter.caller]
        queue.remove(waiter)
        if not queue:
            del callers[waiter.caller]
        self.waiting -= 1

    def _next(self) -> _Waiter | None:
        """Return the next call: an interactive one, or every eighth time a batch call."""
        interactive, batch = self._first(is_batch=False), self._first(is_batch=True)
        if interactive is None or batch is None:
            return interactive or batch
        self._turns += 1
        return interactive if self._turns % BATCH_TURN else batch

    def _first(self, *, is_batch: bool) -> _Waiter | None:
        heads = [
            queue[0]
            for is_heavy in (False, True)
            if not is_heavy or self._fits_heavy(is_batch)
            for queue in self._queues[is_batch, is_heavy].values()
        ]
        # Calls for one slot do not overtake a call for several.
        first = min(heads, key=self._rounds[is_batch].order, default=None)
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
        if is_batch and self._batch_heavy >= count_unreserved(heavy, self._reserved):
            return False
        return self._heavy < heavy

    def _size(self, cost: Cost) -> int:
        # A call that needs more slots than exist takes all, so that it can run.
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


def count_unreserved(slots: int, reserved: float) -> int:
    """Return how many of the slots batch calls may hold: at least one, if there are any."""
    return min(slots, max(1, math.floor(slots * (1 - reserved) + 1e-9)))
