"""Decides whether and when a call is retried. Pure functions, without a clock."""

from __future__ import annotations

from math import inf

from ..errors import TransportError
from ..http.messages import ZohoRequest, ZohoResponse

TRANSIENT = frozenset({429, 500, 502, 503, 504})
FIRST_WAIT, MAX_WAIT = 0.5, 10.0
"""Seconds. Longer waits are left to the caller: they would hold up a web request."""


def next_delay(
    attempt: int,
    request: ZohoRequest,
    outcome: ZohoResponse | TransportError,
    retries: int,
    jitter: float,
) -> float | None:
    """Return the seconds until the next attempt, or None if the outcome is final.

    `attempt` counts from 0, `retries` is the maximum, `jitter` is a number from 0 to 1 that spreads
    the retries of callers that failed together. After a request was sent, only a call that changes
    nothing is repeated. A POST that may have arrived is not repeated, because Zoho has no
    idempotency keys.
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

    Add jitter if several callers may have failed together.
    """
    return min(first * 2.0 ** min(attempt, 30), longest)  # a float overflows at 2 ** 1024
