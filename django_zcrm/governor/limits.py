"""An organisation's limits as known now: `zcrm.limits(crm)`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..zoho.pace import HEAVY
from .governors import OrganisationGovernor
from .ledger import DAY, Ledger

RATE_SECONDS = 3600.0
"""Seconds whose use of credits is taken for the rate of a forecast."""


@dataclass(frozen=True)
class Limits:
    """An organisation's limits, and how much of them is used.

    `edition` is Zoho's, empty while it is not known. `concurrency` is how many calls may run at
    once now, `in_use` how many do, and `heavy` how many heavy ones, of at most `heavy_limit`;
    `waiting` are those of this process that are held up. `credits_spent` are those that our calls
    used in 24 hours, `credits_left` those that Zoho says are left, None while it has not said: it
    does so once half of them are used. `resets_at` is when the next credits come back, and
    `runs_out_at` when none are left if the last hour goes on; None if they are not.
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


def limits_of(governor: OrganisationGovernor) -> Limits:
    """Return the limits of a governor's organisation."""
    governor.refresh()
    in_use, ledger = governor.in_use(), governor.ledger
    returns = ledger.returns_at()
    return Limits(
        edition=governor.edition,
        concurrency=governor.limit,
        in_use=in_use.slots,
        heavy=in_use.heavy,
        heavy_limit=min(HEAVY, governor.limit),
        waiting=governor.gate.waiting,
        credits_spent=ledger.spent(),
        credits_left=ledger.left(),
        resets_at=None if returns is None else datetime.fromtimestamp(returns, UTC),
        runs_out_at=runs_out_at(ledger),
    )


def runs_out_at(ledger: Ledger) -> datetime | None:
    """Return when the credits run out at the rate of the last hour; None if they last for a day."""
    credits_left, rate = ledger.left(), ledger.spent(RATE_SECONDS) / RATE_SECONDS
    if credits_left is None or not rate or credits_left / rate > DAY:
        return None
    return datetime.now(UTC) + timedelta(seconds=credits_left / rate)
