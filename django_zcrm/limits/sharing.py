"""The limiter of an organisation whose slots are shared with other processes."""

from __future__ import annotations

import logging
import os
import random
import time
from collections import deque
from dataclasses import replace

from ..reasons import join_reasons, reason
from ..zoho.limits.adaptive_limit import HEAVY
from ..zoho.limits.costs import Cost
from ..zoho.limits.options import LimitOptions
from . import shares
from .credit_counter import CreditCounter
from .limiter import MAX_PAUSE, OrganisationLimiter
from .rebalance_thread import rebalance_thread
from .shares import Allocation
from .slot_counts import larger_of, smaller_of
from .slot_leases import SlotLeases
from .slot_pool import Slot, SlotCounts, count_unreserved
from .stores import Store

log = logging.getLogger("django_zcrm")

REBALANCE_SECONDS = 0.5
"""Seconds between two rebalances with the store while this process makes calls."""

WAITING_REBALANCE_SECONDS = 0.05
"""The same while this process waits for slots of others, or has to release some itself."""

IDLE_SECONDS = 5.0
"""Seconds without calls after which all slots are released."""

STORE_RETRY_SECONDS = 1.0
"""Seconds until the next attempt after the store failed."""

FAILOVER_SECONDS = 5.0
"""For these seconds after a failure, the number of slots does not grow: others may use theirs."""

START_SECONDS = 0.5
"""Seconds for which a call of a process without slots waits for the store. After that, the process
uses the fallback share.
"""

ASSUMED_PROCESSES = 4
"""The assumed number of processes while the real number is unknown."""


class SharedLimiter(OrganisationLimiter):
    """Limits the calls of one OAuth client in one organisation, in this process among others.

    It leases slots from the store in blocks, and hands them out to threads and coroutines. So a
    call does not wait for the store.
    """

    def __init__(
        self, options: LimitOptions, edition: str, counter: CreditCounter, store: Store, key: str
    ) -> None:
        self.rebalance_thread = rebalance_thread
        self._leases = SlotLeases(store, key)
        self._start_over()
        super().__init__(options, edition, counter)
        self.pool.on_wait = self._request_slots_if_needed

    def _start_over(self) -> None:
        self._leases.start_over()
        self._allocation: Allocation | None = None
        self._peaks: deque[SlotCounts] = deque(maxlen=2)
        self._requested = SlotCounts()
        self._leased_at = float("-inf")
        self._last_use = 0.0
        self._was_batch = False
        self._failed_since: float | None = None
        self._asked_at: float | None = None

    def reset(self) -> None:
        """Start over after a fork: the slots that the parent holds are not ours."""
        self._start_over()
        super().reset()

    def slow_down(self) -> None:
        """Report a refused call to the store; use one slot less until the store responds."""
        self._leases.has_refusal = True
        share = self.pool.capacity
        if share.slots > 1:
            self.pool.capacity = replace(share, slots=share.slots - 1)
        self._schedule_rebalance()

    def adapt_limit(self) -> None:
        """Do nothing: the store raises the adaptive limit for all processes."""

    @property
    def limit(self) -> int:
        """How many calls all processes may make at once, by the store's last response."""
        return self._allocation.limit if self._allocation else self._adaptive_limit.limit

    def in_use(self) -> SlotCounts:
        """Return the slots that calls hold, in other processes by the store's last response."""
        own, others = (
            self.pool.in_use,
            self._allocation.others if self._allocation else SlotCounts(),
        )
        return SlotCounts(
            own.slots + others.slots, own.heavy + others.heavy, own.batch + others.batch
        )

    @property
    def known_processes(self) -> int:
        """How many processes make calls, by the store's last response; 0 before the first one."""
        return self._allocation.processes if self._allocation else 0

    def refresh(self) -> None:
        """Read from the store what other processes use."""
        try:
            allocation = self._leases.read(self.edition)
        except Exception:  # unavailable, or an event loop: keep the last values
            return
        if allocation is None:
            return
        if self._allocation is None:
            self._allocation = replace(allocation, processes=allocation.processes - 1)
        else:
            self._allocation = replace(
                self._allocation, others=allocation.others, limit=allocation.limit
            )

    def _take_slot(self, cost: Cost, is_batch: bool, max_wait: float, caller: str) -> Slot | None:
        first = self._max_wait_for_store(max_wait)
        slot = self.pool.take(cost, is_batch, first, caller)
        if slot is not None or first == max_wait:
            return slot
        self._use_fallback_if_silent(first / 2)
        if slot := self.pool.take(cost, is_batch, max(0.0, max_wait - first), caller):
            slot.waited += first
        return slot

    async def _atake_slot(
        self, cost: Cost, is_batch: bool, max_wait: float, caller: str
    ) -> Slot | None:
        first = self._max_wait_for_store(max_wait)
        slot = await self.pool.atake(cost, is_batch, first, caller)
        if slot is not None or first == max_wait:
            return slot
        self._use_fallback_if_silent(first / 2)
        if slot := await self.pool.atake(cost, is_batch, max(0.0, max_wait - first), caller):
            slot.waited += first
        return slot

    def _max_wait_for_store(self, max_wait: float) -> float:
        """Return how long a call waits for the store: its whole `max_wait` if there are slots.

        Without any, a call that may not wait for other calls waits for the store, too.
        """
        if self.pool.capacity.slots:
            return max_wait
        return min(max_wait / 2, START_SECONDS) if max_wait else START_SECONDS

    def _use_fallback_if_silent(self, seconds: float) -> None:
        """Use the fallback share if the store has not responded to a request for some seconds."""
        now, asked_at = time.monotonic(), self._asked_at
        is_silent = asked_at is not None and now - asked_at >= seconds
        if not is_silent or self._failed_since is not None:
            return
        share = larger_of(self.pool.capacity, self._fallback())
        if share != self.pool.capacity:
            self._note_failure("no response", now)
            self.pool.capacity = share

    def _schedule_rebalance(self) -> None:
        self._asked_at = self._asked_at or time.monotonic()
        self.rebalance_thread.schedule(self)

    def _describe_wait(self) -> tuple[str, float]:
        allocation, own = self._allocation, self.pool.in_use.slots
        if allocation is None or own >= self.limit or allocation.processes < 2:
            return super()._describe_wait()
        why = reason(
            "no_shared_slot",
            processes=allocation.processes,
            count=self.limit,
            share=allocation.share.slots,
        )
        lost = allocation.lost
        if not lost.processes:
            killed = reason("slots_return", seconds=round(shares.LEASE_SECONDS))
            return join_reasons(why, killed), MAX_PAUSE
        seconds = max(lost.seconds, 1.0)
        slots = {"processes": lost.processes, "slots": lost.slots}
        return join_reasons(why, reason("slots_lost", seconds=round(seconds), **slots)), seconds

    def rebalance(self) -> float | None:
        """Report the needed slots to the store, and apply its response.

        Returns the seconds until the next time; None if idle.
        """
        self._asked_at = self._asked_at or time.monotonic()
        try:
            return self._rebalance()
        finally:
            self._asked_at = None

    def _rebalance(self) -> float | None:
        now = time.monotonic()
        wants, busy = self._recent_peak(), self.pool.in_use
        if wants.slots or busy.slots:
            self._last_use = now
        elif now - self._last_use >= IDLE_SECONDS and self._has_released_all():
            return None
        # Exchanges with the store renew the lease, so they are skipped only for a while.
        is_leased = now - self._leased_at < shares.RENEW_SECONDS / 2
        if self._is_between_batches(wants, busy) and is_leased:
            if self._peaks[-1].slots:
                return REBALANCE_SECONDS
            if self._has_released_all():
                return None
        self._requested = wants
        try:
            allocation = self._leases.request(
                self.pool, wants, self.edition, self.options.reserved_concurrency, self._fallback()
            )
        except Exception as error:  # each store has its own errors; calls must continue
            return self._use_fallback(error, now)
        self._note_recovery(now)
        self._leased_at = now
        self._allocation = allocation
        self.pool.capacity = allocation.share
        is_waiting = self.pool.waiting and allocation.share != allocation.fair
        gives_back = self.pool.in_use.slots > allocation.share.slots
        if is_waiting or gives_back:
            return WAITING_REBALANCE_SECONDS * random.uniform(1, 2)  # noqa: S311
        return REBALANCE_SECONDS

    def _is_between_batches(self, wants: SlotCounts, busy: SlotCounts) -> bool:
        """Whether only batch calls were made, and none is now: no one waits for the next one.

        Then two exchanges with the store are enough: one for the slots, and one to release them
        after `REBALANCE_SECONDS` without a call. A worker polls thousands of organisations.
        """
        is_batch = 0 < wants.slots == wants.batch or (not wants.slots and self._was_batch)
        self._was_batch = is_batch
        has_slots = self._allocation is not None and self._failed_since is None
        is_quiet = not (busy.slots or self.pool.waiting or self._leases.has_refusal)
        return is_batch and has_slots and is_quiet

    def _has_released_all(self) -> bool:
        """Release all slots unless a call came in the meantime; return whether that was done."""
        self._requested, self.pool.capacity = SlotCounts(), SlotCounts()
        if self.pool.waiting or self.pool.in_use.slots:
            return False
        self.release_all()
        return True

    def release_all(self) -> None:
        """Release all slots."""
        self._requested, self.pool.capacity = SlotCounts(), SlotCounts()
        self._leases.release(self.edition)

    def close(self) -> None:
        """Close the store's connections of this thread."""
        self._leases.close()

    def _request_slots_if_needed(self) -> None:
        """Schedule a rebalance if this process's calls need more slots than it last requested.

        Use the fallback share if a rebalance lasts too long.
        """
        self._use_fallback_if_silent(FAILOVER_SECONDS)
        wants, requested = self.pool.wants(), self._requested
        if (
            wants.slots > requested.slots
            or wants.heavy > requested.heavy
            or wants.batch > requested.batch
        ):
            self._schedule_rebalance()

    def _recent_peak(self) -> SlotCounts:
        """Return the most slots that calls needed at once since the last rebalance but one."""
        self._peaks.append(self.pool.take_peak())
        slots, heavy, batch = (
            max(getattr(peak, name) for peak in self._peaks) for name in ("slots", "heavy", "batch")
        )
        return SlotCounts(slots, heavy, batch)

    def _use_fallback(self, error: Exception, now: float) -> float:
        """Continue without the store, with a share of the limit that is safe whatever others do."""
        self._note_failure(type(error).__name__, now)
        share, held = self._fallback(), self.pool.capacity
        if self._allocation and held.slots and self._has_just_failed(now):
            share = smaller_of(share, held)
        self.pool.capacity = share
        self._leases.forget()
        return STORE_RETRY_SECONDS

    def _has_just_failed(self, now: float) -> bool:
        return self._failed_since is not None and now - self._failed_since < FAILOVER_SECONDS

    def _note_failure(self, reason: str, now: float) -> None:
        if self._failed_since is None:
            self._failed_since = now
            log.warning(
                "The store of Zoho's limits is unavailable (%s); this process continues with "
                "%d calls at once.",
                reason,
                self._fallback().slots,
            )

    def _note_recovery(self, now: float) -> None:
        if self._failed_since is not None:
            self._failed_since, self._leases.recovered_at = None, now
            log.info("The store of Zoho's limits is available again.")

    def _fallback(self) -> SlotCounts:
        """Return the limit divided by the last known number of processes."""
        processes = self.known_processes or _read_expected_processes()
        slots = max(self.limit // max(processes, 1), 1)
        heavy = max(min(HEAVY, self.limit) // max(processes, 1), 1)
        return SlotCounts(
            slots, min(heavy, slots), count_unreserved(slots, self.options.reserved_concurrency)
        )

    def _set_capacity(self) -> None:
        """Do nothing: the store decides."""


def _read_expected_processes() -> int:
    concurrency = os.environ.get("WEB_CONCURRENCY", "")
    return int(concurrency) if concurrency.isdecimal() and int(concurrency) else ASSUMED_PROCESSES
