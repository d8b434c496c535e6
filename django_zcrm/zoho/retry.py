"""Whether a call is retried, and after how long. Pure functions, without a clock."""

from __future__ import annotations

from math import inf

from .errors import TransportError
from .http import Request, Response

TRANSIENT = frozenset({429, 500, 502, 503, 504})
FIRST_WAIT, MAX_WAIT = 0.5, 10.0
"""Seconds. Longer waits are left to the caller: they would hold up a web request."""


def next_delay(
    attempt: int, request: Request, outcome: Response | TransportError, retries: int, jitter: float
) -> float | None:
    """Return the seconds until the next attempt, or None if the outcome is final.

    `attempt` counts from 0, `retries` is the maximum, `jitter` is a number from 0 to 1 that spreads
    out callers who failed together. Once anything was sent, only a call that changes nothing is
    repeated; Zoho has no idempotency keys, so a POST that may have arrived is not.
    """
    if attempt >= retries or not request.replayable:
        return None
    if isinstance(outcome, TransportError):
        if outcome.sent and not request.safe:
            return None
        advised = None
    else:
        if outcome.status not in TRANSIENT or not request.safe:
            return None
        advised = outcome.retry_after
    delay = advised if advised is not None else backoff(attempt, FIRST_WAIT) * (1 + jitter)
    return delay if delay <= MAX_WAIT else None


def backoff(attempt: int, first: float, longest: float = inf) -> float:
    """Return the seconds to wait after attempt number `attempt` (from 0), doubled each time.

    Callers who may have failed together spread it.
    """
    return min(first * 2.0 ** min(attempt, 30), longest)  # a float ends at 2 ** 1024
