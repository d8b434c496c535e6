"""The slots that this process leases from the store that processes share."""

from __future__ import annotations

import logging
import random
import time
from contextlib import suppress
from dataclasses import replace

from . import shares
from .machines import has_ended, process_name
from .shares import Allocation, SharedState, SlotRequest
from .slot_counts import smaller_of
from .slot_pool import SlotCounts, SlotPool
from .stores import Store, Stored

log = logging.getLogger("django_zcrm")

REPORT_SECONDS = 2.0
"""Seconds after which the number of slots in use is stored, for pages that show it."""

RECOVERY_SECONDS = 2.0
"""For these seconds after a recovery, this process requests no more slots than the fallback."""

MAX_ATTEMPTS = 50
"""Number of attempts for a write that fails because another process wrote first."""

SILENT_SECONDS = 0.5
"""A failure that took this many seconds means a silent store, which gets no immediate retry."""

LOG_SECONDS = 600.0
"""Seconds after which an invalid state of the store is logged again."""


class ConcurrentUpdates(Exception):
    """Other processes changed the state at each attempt."""


class SlotLeases:
    """This process's leases of the slots of one organisation.

    `recovered_at` is when, by the monotonic clock, the store last lacked slots that other processes
    use. `has_refusal` is whether Zoho refused a call that was not reported to the store.
    """

    def __init__(self, store: Store, key: str) -> None:
        self.store = store
        self.key = key
        self.start_over()

    def start_over(self) -> None:
        """Take another name, without any leases: after a fork, those of the parent are not ours."""
        self.name = process_name()
        self.has_refusal = False
        self.recovered_at = float("-inf")
        self._renew_at = self._report_at = 0.0
        self._logged_at = float("-inf")

    def read(self, edition: str) -> Allocation | None:
        """Return what other processes use, without leasing anything; None if nothing is stored.

        Raises the errors of the store.
        """
        # `read` may create a row, in the caller's transaction: other processes would wait for it.
        stored = self.store.read_all([self.key]).get(self.key)
        if stored is None:
            return None
        state = shares.load(stored.state, edition, stored.now)
        return shares.rebalance(state, SlotRequest(self.name, edition=edition), stored.now)[1]

    def request(
        self,
        pool: SlotPool,
        wants: SlotCounts,
        edition: str,
        reserved: float,
        fallback: SlotCounts,
    ) -> Allocation:
        """Lease slots, and return what this process may use.

        Lowers the capacity of the pool before others may use the slots that it gives back.
        `reserved` is the share of the slots that batch calls leave free, and `fallback` the most
        that is requested after a recovery. Raises the errors of the store, and ConcurrentUpdates.
        """
        now = time.monotonic()
        try:
            return self._request(pool, wants, edition, reserved, fallback)
        except Exception:  # a connection that the server closed, or that a fork shared
            if time.monotonic() - now >= SILENT_SECONDS:
                raise
            self.close()
            return self._request(pool, wants, edition, reserved, fallback)

    def _request(
        self,
        pool: SlotPool,
        wants: SlotCounts,
        edition: str,
        reserved: float,
        fallback: SlotCounts,
    ) -> Allocation:
        busy, now = pool.in_use, time.monotonic()
        for attempt in range(MAX_ATTEMPTS):
            stored = self.store.read(self.key)
            state = self._load(stored, edition, now)
            if now - self.recovered_at < RECOVERY_SECONDS:
                wants = smaller_of(wants, fallback)
            request = SlotRequest(self.name, busy, wants, self.has_refusal, edition, reserved)
            changed, allocation = shares.rebalance(state, request, stored.now)
            capacity = smaller_of(pool.capacity, allocation.share)
            if capacity != pool.capacity:
                # Before the write: others may use the released slots at once.
                pool.capacity = capacity
                busy = pool.in_use
                request = replace(request, busy=busy)
                changed, allocation = shares.rebalance(state, request, stored.now)
            is_stored = self._is_stored(state, changed, stored.now)
            if is_stored or self.store.write(self.key, stored.version, changed.dump()):
                if request.refused:
                    self.has_refusal = False
                if is_stored:
                    return allocation
                self._renew_at = stored.now + shares.RENEW_SECONDS
                self._report_at = stored.now + REPORT_SECONDS
                self._log_defect(state.defect, now)
                return allocation
            time.sleep(random.uniform(0, 0.002 * min(attempt + 1, 10)))  # noqa: S311
        raise ConcurrentUpdates

    def release(self, edition: str) -> None:
        """Release all slots; if the store is unavailable, they return when the leases expire."""
        self._renew_at = 0.0
        try:
            for _ in range(MAX_ATTEMPTS):
                stored = self.store.read(self.key)
                state = shares.load(stored.state, edition, stored.now)
                if self.name not in state.processes:
                    return
                state = shares.remove_process(state, self.name, stored.now)
                if self.store.write(self.key, stored.version, state.dump()):
                    return
        except Exception as error:
            log.debug("Could not release slots: %s", type(error).__name__)

    def forget(self) -> None:
        """Write with the next request, because the store has failed."""
        self._renew_at = 0.0
        self.close()

    def close(self) -> None:
        """Close the store's connections of this thread."""
        with suppress(Exception):  # a connection that cannot be closed is closed
            self.store.close()

    def _load(self, stored: Stored, edition: str, now: float) -> SharedState:
        """Return the stored state, without the slots of processes that have ended."""
        state = shares.load(stored.state, edition, stored.now)
        is_forgotten = self._renew_at > 0 and self.name not in state.processes
        if state.defect or is_forgotten:
            # Slots of the others may be missing, too, until their next report.
            self._renew_at, self.recovered_at = 0.0, now
        ended = [name for name in state.processes if has_ended(name)]
        return shares.shorten_leases(state, ended, stored.now)

    def _log_defect(self, defect: str, now: float) -> None:
        if defect and now - self._logged_at >= LOG_SECONDS:
            self._logged_at = now
            log.warning("Replaced the invalid stored state of Zoho's limits: %s.", defect)

    def _is_stored(self, before: SharedState, after: SharedState, now: float) -> bool:
        """Whether the stored state already has everything that other processes need."""
        # The store's clock may have been set back since the last write.
        is_renewed = now < self._renew_at <= now + shares.RENEW_SECONDS
        if before.is_corrected or not is_renewed:
            return False
        if (
            before.adaptive_limit != after.adaptive_limit
            or before.processes.keys() != after.processes.keys()
        ):
            return False
        old, new = before.processes[self.name], after.processes[self.name]
        is_shown = old.busy == new.busy or now < self._report_at <= now + REPORT_SECONDS
        return old.held == new.held and old.wants == new.wants and is_shown
