"""The governor of an organisation whose slots are shared with other processes."""

from __future__ import annotations

import logging
import os
import random
import secrets
import time
from collections import deque
from contextlib import suppress
from dataclasses import replace

from ..zoho.governor_options import GovernorOptions
from ..zoho.pace import HEAVY
from . import shares
from .exchange_thread import exchange_thread
from .gate import SlotCounts, unreserved
from .governors import OrganisationGovernor
from .ledger import Ledger
from .shares import Allocation, SlotRequest
from .stores import Store

log = logging.getLogger("django_zcrm")

EXCHANGE_SECONDS = 0.5
"""Seconds between two exchanges with the store while this process makes calls."""

WAITING_EXCHANGE_SECONDS = 0.05
"""The same while it waits for slots that others release, or has to release some itself."""

IDLE_SECONDS = 5.0
"""Seconds without calls after which all slots are released."""

RENEW_SECONDS = shares.LEASE_SECONDS / 2
"""Seconds after which a lease on slots is renewed though nothing else changed."""

REPORT_SECONDS = 2.0
"""Seconds after which the number of slots in use is stored, for pages that show it."""

STORE_RETRY_SECONDS = 1.0
"""Seconds until a store that failed is tried again."""

FAILOVER_SECONDS = 5.0
"""Seconds after its failure in which no more slots are used than before: others may use theirs."""

RECOVERY_SECONDS = 2.0
"""Seconds after its recovery in which no more than the fallback is requested."""

MAX_ATTEMPTS = 50
"""How often a write is tried that fails because another process wrote first."""

ASSUMED_PROCESSES = 4
"""How many processes are assumed as long as none is known."""


class ConcurrentUpdates(Exception):
    """Other processes changed the state at each attempt."""


class SharedGovernor(OrganisationGovernor):
    """Governs the calls of one OAuth client in one organisation, in this process among others.

    It leases slots from the store in blocks, and gives them to threads and coroutines, so that a
    call does not wait for the store.
    """

    def __init__(
        self, options: GovernorOptions, edition: str, ledger: Ledger, store: Store, key: str
    ) -> None:
        self.exchange_thread = exchange_thread
        self._store = store
        self._key = key
        self._start_over()
        super().__init__(options, edition, ledger)
        self.gate.on_wait = self._want

    def _start_over(self) -> None:
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._allocation: Allocation | None = None
        self._renew_at = self._report_at = 0.0
        self._peaks: deque[SlotCounts] = deque(maxlen=2)
        self._requested = SlotCounts()
        self._last_use = 0.0
        self._has_refusal = False
        self._failed_since: float | None = None
        self._recovered_at = float("-inf")

    def reset(self) -> None:
        """Start over after a fork: the slots that the parent holds are not ours."""
        self._start_over()
        super().reset()

    def slow_down(self) -> None:
        """Report to the store that Zoho refused a call; until it replies, use one slot less."""
        self._has_refusal = True
        share = self.gate.capacity
        if share.slots > 1:
            self.gate.capacity = replace(share, slots=share.slots - 1)
        self.exchange_thread.schedule(self)

    def adapt_pace(self) -> None:
        """Do nothing: the store raises the pace, for all."""

    @property
    def limit(self) -> int:
        """How many calls all processes may make at once now, as the store last said."""
        return self._allocation.limit if self._allocation else self._pace.limit

    def in_use(self) -> SlotCounts:
        """Return the slots that are held by calls, those of others as the store last said."""
        own, others = (
            self.gate.in_use,
            self._allocation.others if self._allocation else SlotCounts(),
        )
        return SlotCounts(
            own.slots + others.slots, own.heavy + others.heavy, own.batch + others.batch
        )

    @property
    def known_processes(self) -> int:
        """How many processes make calls, as the store last said; 0 while it was not asked."""
        return self._allocation.processes if self._allocation else 0

    def refresh(self) -> None:
        """Read from the store what other processes use."""
        try:
            stored = self._store.read(self._key)
        except Exception:  # it is away, or this is an event loop: what is known has to do
            return
        state = shares.load(stored.state, self.edition)
        _, allocation = shares.exchange(
            state, SlotRequest(self._name, edition=self.edition), stored.now
        )
        if self._allocation is None:
            self._allocation = replace(allocation, processes=allocation.processes - 1)
        else:
            self._allocation = replace(
                self._allocation, others=allocation.others, limit=allocation.limit
            )

    def exchange(self) -> float | None:
        """Report to the store what is needed, and apply its reply; return when to do so again."""
        now = time.monotonic()
        wants, busy = self._wants(), self.gate.in_use
        if wants.slots or busy.slots:
            self._last_use = now
        elif now - self._last_use >= IDLE_SECONDS and self._has_released_all():
            return None
        self._requested = wants
        try:
            allocation = self._request_with_retry(wants, now)
        except Exception as error:  # any store has errors of its own; calls must go on
            return self._use_fallback(error, now)
        self._note_recovery(now)
        self._allocation = allocation
        self.gate.capacity = allocation.share
        is_waiting = self.gate.waiting and allocation.share != allocation.fair
        gives_back = self.gate.in_use.slots > allocation.share.slots
        if is_waiting or gives_back:
            return WAITING_EXCHANGE_SECONDS * random.uniform(1, 2)  # noqa: S311
        return EXCHANGE_SECONDS

    def _has_released_all(self) -> bool:
        """Release all slots, unless a call has come meanwhile; tell whether that was done."""
        self._requested, self.gate.capacity = SlotCounts(), SlotCounts()
        if self.gate.waiting or self.gate.in_use.slots:
            return False
        self.release_all()
        return True

    def release_all(self) -> None:
        """Release all slots."""
        self._requested, self.gate.capacity = SlotCounts(), SlotCounts()
        self._renew_at = 0.0
        try:
            for _ in range(MAX_ATTEMPTS):
                stored = self._store.read(self._key)
                state = shares.load(stored.state, self.edition)
                if self._name not in state.processes:
                    return
                state = shares.left(state, self._name, stored.now)
                if self._store.write(self._key, stored.version, state.dump()):
                    return
        except Exception as error:  # they come back by themselves
            log.debug("Slots not given back: %s", type(error).__name__)

    def close(self) -> None:
        """Close what this thread has open."""
        with suppress(Exception):  # what cannot be closed any more is closed
            self._store.close()

    def _want(self) -> None:
        """Schedule an exchange with the store, unless it knows already what calls here want."""
        wants, requested = self.gate.wants(), self._requested
        if (
            wants.slots > requested.slots
            or wants.heavy > requested.heavy
            or wants.batch > requested.batch
        ):
            self.exchange_thread.schedule(self)

    def _wants(self) -> SlotCounts:
        """Return the most that could be used at once since the last exchange but one."""
        self._peaks.append(self.gate.take_peak())
        slots, heavy, batch = (
            max(getattr(peak, name) for peak in self._peaks) for name in ("slots", "heavy", "batch")
        )
        return SlotCounts(slots, heavy, batch)

    def _request_with_retry(self, wants: SlotCounts, now: float) -> Allocation:
        try:
            return self._request(wants, now)
        except Exception:  # a connection that the server closed, or that a fork shared
            self.close()
            return self._request(wants, now)

    def _request(self, wants: SlotCounts, now: float) -> Allocation:
        busy = self.gate.in_use
        if now - self._recovered_at < RECOVERY_SECONDS:
            wants = shares.smaller_of(wants, self._fallback())
        for attempt in range(MAX_ATTEMPTS):
            stored = self._store.read(self._key)
            state = shares.load(stored.state, self.edition)
            request = SlotRequest(
                self._name,
                busy,
                wants,
                self._has_refusal,
                self.edition,
                self.options.reserved_concurrency,
            )
            changed, allocation = shares.exchange(state, request, stored.now)
            capacity = shares.smaller_of(self.gate.capacity, allocation.share)
            if capacity != self.gate.capacity:
                # Before others are told of it: a call that comes now would be one too many.
                self.gate.capacity = capacity
                busy = self.gate.in_use
                request = replace(request, busy=busy)
                changed, allocation = shares.exchange(state, request, stored.now)
            if stored.now < self._renew_at and self._is_stored(state, changed, stored.now):
                return allocation
            if self._store.write(self._key, stored.version, changed.dump()):
                self._has_refusal = False
                self._renew_at = stored.now + RENEW_SECONDS
                self._report_at = stored.now + REPORT_SECONDS
                return allocation
            time.sleep(random.uniform(0, 0.002 * min(attempt + 1, 10)))  # noqa: S311
        raise ConcurrentUpdates

    def _is_stored(self, before: shares.SharedState, after: shares.SharedState, now: float) -> bool:
        """Whether the store has all that matters to others already, and need not be written to."""
        if before.pace != after.pace or before.processes.keys() != after.processes.keys():
            return False
        old, new = before.processes[self._name], after.processes[self._name]
        is_shown = old.busy == new.busy or now < self._report_at
        return old.held == new.held and old.wants == new.wants and is_shown

    def _use_fallback(self, error: Exception, now: float) -> float:
        """Go on without the store, with a share of the limit that is safe whatever others do."""
        if self._failed_since is None:
            self._failed_since = now
            log.warning(
                "The store of Zoho's limits is away (%s); this process goes on with a share of "
                "%d calls at once.",
                type(error).__name__,
                self._fallback().slots,
            )
        self._renew_at = 0.0
        share, held = self._fallback(), self.gate.capacity
        if self._allocation and held.slots and now - self._failed_since < FAILOVER_SECONDS:
            share = shares.smaller_of(share, held)
        self.gate.capacity = share
        self.close()
        return STORE_RETRY_SECONDS

    def _note_recovery(self, now: float) -> None:
        if self._failed_since is not None:
            self._failed_since, self._recovered_at = None, now
            log.info("The store of Zoho's limits is back.")

    def _fallback(self) -> SlotCounts:
        """Return the limit divided by the number of processes known last."""
        processes = self.known_processes or _expected_processes()
        slots = max(self.limit // max(processes, 1), 1)
        heavy = max(min(HEAVY, self.limit) // max(processes, 1), 1)
        return SlotCounts(
            slots, min(heavy, slots), unreserved(slots, self.options.reserved_concurrency)
        )

    def _set_capacity(self) -> None:
        """Do nothing: the store decides."""


def _expected_processes() -> int:
    concurrency = os.environ.get("WEB_CONCURRENCY", "")
    return int(concurrency) if concurrency.isdecimal() and int(concurrency) else ASSUMED_PROCESSES
