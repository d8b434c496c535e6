"""Plans how long a mirror waits until its next poll."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86_400.0

IDLE, CREDITS = "idle", "credits"
"""Why an interval is longer than the shortest one."""

LEAST_CREDITS = 5_000
"""The API credits of the Free edition in 24 hours, and of an unknown one."""

PAID_CREDITS = 50_000
"""The credits of every other edition, without those for users and add-ons (docs v8 api-limits)."""


def daily_credits(edition: str) -> int:
    """Return how many credits an organisation has at least in 24 hours."""
    return PAID_CREDITS if edition not in ("", "Free") else LEAST_CREDITS


@dataclass(frozen=True, slots=True)
class Polling:
    """The polls of a connection's other mirrors.

    `credits` are those that they used today. `rate` is in polls a second, and `mirrors` the number
    of mirrors that are polled.
    """

    credits: int
    rate: float
    mirrors: int


def next_interval(interval: float, shortest: float, longest: float, *, is_active: bool) -> float:
    """Return the seconds until the next poll: the shortest while active, else twice the last."""
    if is_active or not interval:
        return shortest
    return min(max(2 * interval, shortest), max(longest, shortest))


def shortest_within_share(
    credits_left: float, others: Polling, seconds_left: float, cost: float
) -> float:
    """Return the shortest interval with which polls use at most the credits that are left.

    `seconds_left` are the seconds of the day, and `cost` the credits of a poll. What other mirrors
    leave is used, and at least an equal part.
    """
    rate = credits_left / max(seconds_left, 1.0) / cost
    return min(1.0 / max(rate - others.rate, rate / (others.mirrors + 1)), DAY)
