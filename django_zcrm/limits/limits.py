"""An organisation's limits and their current use: `crm.limits()`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..zoho.limits.adaptive_limit import HEAVY
from .credit_counter import DAY, CreditCounter
from .limiter import OrganisationLimiter

RATE_SECONDS = 3600.0
"""A forecast uses the rate of the credits used in these last seconds."""


@dataclass(frozen=True)
class Limits:
    """An organisation's limits, and how much of them is used.

    - `edition` is the organisation's Zoho edition, empty if unknown.
    - `concurrency` is the number of calls that may run at once now; `in_use` is the number that do.
    - `heavy` is the number of heavy calls that run, of at most `heavy_limit`.
    - `waiting` is the number of this process's calls that wait for a slot.
    - `credits_spent` are the credits that our calls used in 24 hours.
    - `credits_left` are the remaining credits by Zoho's last report. Zoho reports them once half
      are used; before that, the value is None.
    - `resets_at` is when the next credits come back.
    - `runs_out_at` is when no credits are left at the rate of the last hour; None if they last.
    """

    edition: str
    concurrency: int
    in_use: int
    heavy: int
    heavy_limit: int
    waiting: int
    credits_spent: int
    credits_left: int | None
    resets_at: datetime | None
    runs_out_at: datetime | None


def limits_of(limiter: OrganisationLimiter) -> Limits:
    """Return the limits of a limiter's organisation."""
    limiter.refresh()
    in_use, counter = limiter.in_use(), limiter.counter
    returns = counter.returns_at()
    return Limits(
        edition=limiter.edition,
        concurrency=limiter.limit,
        in_use=in_use.slots,
        heavy=in_use.heavy,
        heavy_limit=min(HEAVY, limiter.limit),
        waiting=limiter.pool.waiting,
        credits_spent=counter.credits_spent(),
        credits_left=counter.credits_left(),
        resets_at=None if returns is None else datetime.fromtimestamp(returns, UTC),
        runs_out_at=runs_out_at(counter),
    )


def runs_out_at(counter: CreditCounter) -> datetime | None:
    """Return when the credits run out at the rate of the last hour; None if they last for a day."""
    credits_left, rate = counter.credits_left(), counter.credits_spent(RATE_SECONDS) / RATE_SECONDS
    if credits_left is None or not rate or credits_left / rate > DAY:
        return None
    return datetime.now(UTC) + timedelta(seconds=credits_left / rate)
