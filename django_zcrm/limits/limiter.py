"""The limiter of an organisation: combines its slots, its adaptive limit and its credits."""

from __future__ import annotations

import random
import threading
import time
import weakref

from ..reasons import reason
from ..zoho.calls.observer import credits_remaining
from ..zoho.calls.slots import is_refused
from ..zoho.errors import Limited, TransportError
from ..zoho.http.messages import ZohoResponse
from ..zoho.limits.adaptive_limit import HEAVY, ceiling_of, initial_limit
from ..zoho.limits.budget import Budget, current_budget, is_batch, may_wait
from ..zoho.limits.costs import Cost
from ..zoho.limits.limiter import SlotClaim
from ..zoho.limits.options import LimitOptions
from .credit_counter import RECHECK, CreditCounter
from .slot_pool import Slot, SlotCounts, SlotPool, count_unreserved

BATCH_WAITS = 10
"""A batch call may wait this many times longer than an interactive one."""

FIRST_PAUSE = 0.1
MAX_PAUSE = 1.0
"""Seconds after a refusal until the call is sent again."""

CODE = "TOO_MANY_REQUESTS"


class OrganisationSlot:
    """The slots and the credits of a budget that one call holds until it ends."""

    __slots__ = ("budget", "limiter", "slot", "step", "waited")

    def __init__(
        self, limiter: OrganisationLimiter, step: SlotClaim, slot: Slot, budget: Budget | None
    ) -> None:
        self.limiter = limiter
        self.step = step
        self.slot = slot
        self.budget = budget
        self.waited = slot.waited

    def release(self, outcome: ZohoResponse | TransportError | None) -> float | None:
        """Release the slots and count credits; return the seconds to wait after a refusal."""
        limiter, slot, credits = self.limiter, self.slot, self.step.cost.credits
        if isinstance(outcome, ZohoResponse):
            if outcome.status == 429 and is_refused(outcome):
                return self._handle_refusal(outcome)
            if outcome.status == 401:  # Zoho authenticates a call before it charges credits
                self._refund()
                credits = 0
            is_file = outcome.chunks is not None or outcome.stream is not None
            limiter.counter.count(
                credits,
                slot.waited,
                credits_remaining(outcome),
                succeeded=outcome.status < 300 and not is_file,
            )
            if is_file:
                _hold_until_closed(outcome, slot)
                return None
        elif outcome is not None and not outcome.sent:
            self._refund()
        else:
            limiter.counter.count(credits, slot.waited, None)
        slot.release()
        limiter.adapt_limit()
        return None

    def _refund(self) -> None:
        _refund(self.budget, self.step)

    def _handle_refusal(self, response: ZohoResponse) -> float | None:
        limiter, cost = self.limiter, self.step.cost
        self._refund()
        limiter.counter.count(0, self.slot.waited, credits_remaining(response), refused=True)
        if _has_limit_by_minute(self.step.operation):
            self.slot.release()
            response.known_wait = 60.0
            return None
        is_used_up = limiter.counter.is_used_up(cost.credits)
        if is_used_up:
            response.known_wait = limiter.until_credits_return()
        else:
            limiter.slow_down()
        self.slot.release()
        if is_used_up:
            return None
        seconds_waited = self.step.waited + self.waited
        pause = min(max(FIRST_PAUSE, seconds_waited / 2), MAX_PAUSE) * random.uniform(0.75, 1.25)  # noqa: S311
        delay = max(pause, response.retry_after or 0.0)
        if seconds_waited + delay > limiter.max_wait(self.slot.is_batch):
            response.known_wait = MAX_PAUSE
            return None
        return delay


class OrganisationLimiter:
    """Limits the calls of one OAuth client in one organisation, in this process."""

    def __init__(self, options: LimitOptions, edition: str, counter: CreditCounter) -> None:
        self.options = options
        self.edition = edition
        self.counter = counter
        self.pool = SlotPool(options.reserved_concurrency)
        self._adaptive_limit = initial_limit(ceiling_of(edition))
        self._lock = threading.Lock()
        self._set_capacity()

    def claim(self, step: SlotClaim, caller: str = "") -> OrganisationSlot:
        """Wait for a slot. Raises Limited when that would take too long, and BudgetExceeded.

        `caller` names the caller: all callers that wait are served in turn.
        """
        batch, budget = is_batch(), self._begin(step)
        try:
            max_wait = self._check(step, batch)
            if slot := self._take_slot(step.cost, batch, max_wait, caller):
                return OrganisationSlot(self, step, slot, budget)
            raise self._make_wait_error(step)
        except BaseException:
            _refund(budget, step)
            raise

    async def aclaim(self, step: SlotClaim, caller: str = "") -> OrganisationSlot:
        """Async version of `claim`."""
        batch, budget = is_batch(), self._begin(step)
        try:
            max_wait = self._check(step, batch)
            if slot := await self._atake_slot(step.cost, batch, max_wait, caller):
                return OrganisationSlot(self, step, slot, budget)
            raise self._make_wait_error(step)
        except BaseException:
            _refund(budget, step)
            raise

    def _take_slot(self, cost: Cost, is_batch: bool, max_wait: float, caller: str) -> Slot | None:
        return self.pool.take(cost, is_batch, max_wait, caller)

    async def _atake_slot(
        self, cost: Cost, is_batch: bool, max_wait: float, caller: str
    ) -> Slot | None:
        """Async version of `_take_slot`."""
        return await self.pool.atake(cost, is_batch, max_wait, caller)

    def max_wait(self, batch: bool) -> float:
        """Return the maximum number of seconds for which a call waits."""
        if not may_wait():
            return 0.0
        return self.options.max_wait * BATCH_WAITS if batch else self.options.max_wait

    def learn_edition(self, edition: str) -> None:
        """Set the organisation's edition, and with it the ceiling."""
        if edition != self.edition:
            self.edition = edition
            with self._lock:
                self._adaptive_limit = self._adaptive_limit.below(ceiling_of(edition))
            self._set_capacity()

    def slow_down(self) -> None:
        """Lower the adaptive limit, because Zoho refused a call for too many concurrent ones."""
        with self._lock:
            self._adaptive_limit = self._adaptive_limit.decrease(time.monotonic())
        self._set_capacity()

    def adapt_limit(self) -> None:
        """Raise the adaptive limit again, if it is time for that."""
        adaptive_limit = self._adaptive_limit
        if (
            adaptive_limit.limit < adaptive_limit.ceiling
            and (faster := adaptive_limit.at(time.monotonic())) is not adaptive_limit
        ):
            with self._lock:
                self._adaptive_limit = faster
            self._set_capacity()

    @property
    def limit(self) -> int:
        """How many calls may run at once now."""
        return self._adaptive_limit.limit

    def refresh(self) -> None:
        """Read the slots that other processes use."""

    def in_use(self) -> SlotCounts:
        """Return how many slots calls hold, with those of other processes as far as known."""
        return self.pool.in_use

    def reset(self) -> None:
        """Start over after a fork: the parent's calls do not belong to this process."""
        self._lock = threading.Lock()
        self.pool.reset()
        self.counter.reset()
        self._set_capacity()

    def until_credits_return(self) -> float:
        """Return the seconds until credits are available again."""
        at = self.counter.returns_at()
        return RECHECK if at is None else min(max(at - time.time(), 1.0), RECHECK)

    def _begin(self, step: SlotClaim) -> Budget | None:
        budget = current_budget()
        if budget is not None:
            budget.charge(step.cost.credits, step.operation)
        return budget

    def _check(self, step: SlotClaim, batch: bool) -> float:
        """Return how long a call may wait. Raises Limited if its credits are reserved."""
        if batch and self.counter.is_reserved(step.cost.credits, self.options.reserved_credits):
            raise _make_limited_error(
                reason("credits_reserved"),
                step,
                self.until_credits_return(),
            )
        self.adapt_limit()
        return max(self.max_wait(batch) - step.waited, 0.0)

    def _make_wait_error(self, step: SlotClaim) -> Limited:
        words, retry_after = self._describe_wait()
        return _make_limited_error(words, step, retry_after)

    def _describe_wait(self) -> tuple[str, float]:
        """Return why a call got no slot, and after how many seconds another one may get one."""
        return (
            reason("no_slot", count=self.limit),
            MAX_PAUSE,
        )

    def _set_capacity(self) -> None:
        limit = self._adaptive_limit.limit
        self.pool.capacity = SlotCounts(
            limit, min(HEAVY, limit), count_unreserved(limit, self.options.reserved_concurrency)
        )


def _make_limited_error(message: str, step: SlotClaim, retry_after: float) -> Limited:
    error = Limited(CODE, message, operation=step.operation)
    error.retry_after = retry_after
    error.sent = False
    return error


def _has_limit_by_minute(operation: str) -> bool:
    """Whether a call downloads a bulk read, which Zoho limits to ten a minute (docs v7)."""
    return operation.startswith("GET /crm/bulk/") and operation.endswith("/result")


def _refund(budget: Budget | None, step: SlotClaim) -> None:
    if budget is not None:
        budget.refund(step.cost.credits)


def _hold_until_closed(response: ZohoResponse, slot: Slot) -> None:
    """Hold the slots until a streamed file is closed or garbage-collected."""
    close, aclose = response.close, response.aclose

    def close_and_release() -> None:
        try:
            close()
        finally:
            slot.release()

    response.close = close_and_release

    async def aclose_and_release() -> None:
        try:
            if aclose is not None:
                await aclose()
        finally:
            slot.release()

    response.aclose = aclose_and_release
    weakref.finalize(response, slot.release).atexit = False
