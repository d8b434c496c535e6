"""The governor of an organisation: gives permits by its slots, its pace and its credits."""

from __future__ import annotations

import random
import threading
import time
import weakref

from ..zoho.auth import Permit
from ..zoho.errors import Limited, TransportError
from ..zoho.governor_options import GovernorOptions
from ..zoho.http import Response
from ..zoho.observer import credits_remaining
from ..zoho.pace import HEAVY, ceiling_of, starting
from ..zoho.permits import is_refused
from ..zoho.spending import Budget, current_budget, is_batch
from .gate import Gate, Slot, SlotCounts, unreserved
from .ledger import RECHECK, Ledger

BATCH_WAITS = 10
"""How many times longer a batch call may wait than an interactive one."""

FIRST_PAUSE = 0.1
MAX_PAUSE = 1.0
"""Seconds after a refusal until the call is sent again."""

CODE = "TOO_MANY_REQUESTS"


class OrganisationPermit:
    """A permit that was given: slots, and credits of a budget, held until the call ends."""

    __slots__ = ("budget", "governor", "slot", "step", "waited")

    def __init__(
        self, governor: OrganisationGovernor, step: Permit, slot: Slot, budget: Budget | None
    ) -> None:
        self.governor = governor
        self.step = step
        self.slot = slot
        self.budget = budget
        self.waited = slot.waited

    def release(self, outcome: Response | TransportError | None) -> float | None:
        """Give the slots back, count credits, and return the seconds to wait after a refusal."""
        governor, slot, credits = self.governor, self.slot, self.step.cost.credits
        if isinstance(outcome, Response):
            if outcome.status == 429 and is_refused(outcome):
                return self._refused(outcome)
            if outcome.status == 401:  # whose call it is comes before what it costs
                self._refund()
                credits = 0
            governor.ledger.count(credits, slot.waited, credits_remaining(outcome))
            if outcome.chunks is not None or outcome.stream is not None:
                _hold_until_closed(outcome, slot)
                return None
        elif outcome is not None and not outcome.sent:
            self._refund()
        else:
            governor.ledger.count(credits, slot.waited, None)
        slot.release()
        governor.adapt_pace()
        return None

    def _refund(self) -> None:
        _give_back(self.budget, self.step)

    def _refused(self, reply: Response) -> float | None:
        governor, cost = self.governor, self.step.cost
        self._refund()
        governor.ledger.count(0, self.slot.waited, credits_remaining(reply), refused=True)
        if _has_limit_by_minute(self.step.operation):
            self.slot.release()
            reply.known_wait = 60.0
            return None
        is_used_up = governor.ledger.is_used_up(cost.credits)
        if is_used_up:
            reply.known_wait = governor.until_credits_return()
        else:
            governor.slow_down()
        self.slot.release()
        if is_used_up:
            return None
        waited = self.step.waited + self.waited
        pause = min(max(FIRST_PAUSE, waited / 2), MAX_PAUSE) * random.uniform(0.75, 1.25)  # noqa: S311
        delay = max(pause, reply.retry_after or 0.0)
        if waited + delay > governor.patience(self.slot.is_batch):
            reply.known_wait = MAX_PAUSE
            return None
        return delay


class OrganisationGovernor:
    """Governs the calls of one OAuth client in one organisation, in this process."""

    def __init__(self, options: GovernorOptions, edition: str, ledger: Ledger) -> None:
        self.options = options
        self.edition = edition
        self.ledger = ledger
        self.gate = Gate(options.reserved_concurrency)
        self._pace = starting(ceiling_of(edition))
        self._lock = threading.Lock()
        self._set_capacity()

    def permit(self, step: Permit) -> OrganisationPermit:
        """Wait for a permit. Raises Limited when that would take too long, and BudgetSpent."""
        batch, budget = is_batch(), self._begin(step)
        try:
            patience = self._check(step, batch)
            if slot := self.gate.take(step.cost, batch, patience):
                return OrganisationPermit(self, step, slot, budget)
            raise self._waited_too_long(step)
        except BaseException:
            _give_back(budget, step)
            raise

    async def apermit(self, step: Permit) -> OrganisationPermit:
        """Async version of `permit`."""
        batch, budget = is_batch(), self._begin(step)
        try:
            patience = self._check(step, batch)
            if slot := await self.gate.atake(step.cost, batch, patience):
                return OrganisationPermit(self, step, slot, budget)
            raise self._waited_too_long(step)
        except BaseException:
            _give_back(budget, step)
            raise

    def patience(self, batch: bool) -> float:
        """Return the maximum number of seconds for which a call waits."""
        return self.options.wait * BATCH_WAITS if batch else self.options.wait

    def learn_edition(self, edition: str) -> None:
        """Set the organisation's edition, and with it the ceiling."""
        if edition != self.edition:
            self.edition = edition
            with self._lock:
                self._pace = self._pace.below(ceiling_of(edition))
            self._set_capacity()

    def slow_down(self) -> None:
        """Lower the pace, since Zoho refused a call for too many concurrent ones."""
        with self._lock:
            self._pace = self._pace.refused(time.monotonic())
        self._set_capacity()

    def adapt_pace(self) -> None:
        """Raise the pace again, if it is time for that."""
        pace = self._pace
        if pace.limit < pace.ceiling and (faster := pace.at(time.monotonic())) is not pace:
            with self._lock:
                self._pace = faster
            self._set_capacity()

    @property
    def limit(self) -> int:
        """How many calls may run at once now."""
        return self._pace.limit

    def refresh(self) -> None:
        """Read what other processes use."""

    def in_use(self) -> SlotCounts:
        """Return how many slots are held by calls, in other processes as far as known."""
        return self.gate.in_use

    def reset(self) -> None:
        """Start over after a fork: the parent's calls are not this process's."""
        self._lock = threading.Lock()
        self.gate.reset()
        self.ledger.reset()
        self._set_capacity()

    def until_credits_return(self) -> float:
        """Return the seconds until credits are available again."""
        at = self.ledger.returns_at()
        return RECHECK if at is None else min(max(at - time.time(), 1.0), RECHECK)

    def _begin(self, step: Permit) -> Budget | None:
        budget = current_budget()
        if budget is not None:
            budget.take(step.cost.credits, step.operation)
        return budget

    def _check(self, step: Permit, batch: bool) -> float:
        """Return how long a call may wait. Raises Limited if its credits are reserved."""
        if batch and self.ledger.is_reserved(step.cost.credits, self.options.reserved_credits):
            raise _limited(
                "Batch calls have used their share of the organisation's credits; the rest is kept "
                "for interactive calls (ZCRM['GOVERNOR']['RESERVE']), so this one was not sent.",
                step,
                self.until_credits_return(),
            )
        self.adapt_pace()
        return max(self.patience(batch) - step.waited, 0.0)

    def _waited_too_long(self, step: Permit) -> Limited:
        return _limited(
            f"All {self.gate.capacity.slots} calls at once that Zoho allows are in use, and none "
            "ended in time (ZCRM['GOVERNOR']['WAIT']), so this one was not sent.",
            step,
            MAX_PAUSE,
        )

    def _set_capacity(self) -> None:
        limit = self._pace.limit
        self.gate.capacity = SlotCounts(
            limit, min(HEAVY, limit), unreserved(limit, self.options.reserved_concurrency)
        )


def _limited(message: str, step: Permit, retry_after: float) -> Limited:
    error = Limited(CODE, message, operation=step.operation)
    error.retry_after = retry_after
    error.sent = False
    return error


def _has_limit_by_minute(operation: str) -> bool:
    """Tell whether a call downloads a bulk read: ten a minute (docs v7), whatever else runs."""
    return operation.startswith("GET /crm/bulk/") and operation.endswith("/result")


def _give_back(budget: Budget | None, step: Permit) -> None:
    if budget is not None:
        budget.give_back(step.cost.credits)


def _hold_until_closed(response: Response, slot: Slot) -> None:
    """Keep the slots until a streamed file is closed or garbage-collected."""
    close, aclose = response.close, response.aclose

    def closed() -> None:
        try:
            close()
        finally:
            slot.release()

    response.close = closed

    async def aclosed() -> None:
        try:
            if aclose is not None:
                await aclose()
        finally:
            slot.release()

    response.aclose = aclosed
    weakref.finalize(response, slot.release).atexit = False
