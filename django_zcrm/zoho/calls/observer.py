"""Reports calls while they are made: to the log, and to an observer if there is one.

No header, parameter or body is reported.
"""

from __future__ import annotations

import logging
import secrets
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from ..errors import ZohoError
from ..http.messages import ZohoRequest, ZohoResponse
from ..limits.costs import Cost
from ..text import one_line

log = logging.getLogger("django_zcrm")

CREDITS_HEADER = "x-api-credits-remaining"
"""Sent once half of the day's credits are used (docs v8 api-limits)."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that was sent, and its outcome.

    `status` is 0 without a response; `error` then names the error's class. `number` counts from 1
    within the call that `request_id` identifies. `credits_remaining` is the number that Zoho
    reported, or None. `waited_ms` is the time that the request waited for the limiter, and
    `credits` is its cost by Zoho's price list (docs v8 api-limits).
    """

    operation: str
    method: str
    request_id: str
    number: int
    status: int
    milliseconds: float
    credits_remaining: int | None = None
    error: str = ""
    waited_ms: float = 0.0
    credits: int = 1


class Observer:
    """Watches calls. This base class does nothing: override what you need.

    Its methods run in the caller's thread or event loop, which waits for them; an exception they
    raise reaches the caller.
    """

    def call(self, operation: str, request_id: str) -> AbstractContextManager[object]:
        """Return a context manager around a call with its attempts, renewals and waits."""
        return nullcontext()

    def attempt(self, attempt: Attempt) -> None:
        """Called after each request, with or without a response."""


class AttemptReporter:
    """Reports the attempts of one call. Belongs to one thread or coroutine."""

    def __init__(self, observer: Observer) -> None:
        self.request_id = secrets.token_hex(6)
        self._observer = observer
        self._last: ZohoRequest | None = None
        self._number = 0
        self._waited = 0.0
        self._credits = 1

    def note_slot(self, waited: float, cost: Cost) -> None:
        """Record the seconds that the next request waited for a slot, and its cost."""
        self._waited, self._credits = waited, cost.credits

    def report(
        self, request: ZohoRequest, started: float, outcome: ZohoResponse | ZohoError
    ) -> None:
        """Report the outcome of a request; `started` is a `time.perf_counter()` value."""
        milliseconds = (time.perf_counter() - started) * 1000
        self._number = self._number + 1 if _is_same(request, self._last) else 1
        self._last = request
        if isinstance(outcome, ZohoResponse):
            status, error, summary = outcome.status, "", f"HTTP {outcome.status}"
        else:
            status, error, summary = 0, type(outcome).__name__, one_line(outcome.message)
        log.debug(
            "%s: %s in %.0f ms, attempt %d [%s]",
            request.operation,
            summary,
            milliseconds,
            self._number,
            self.request_id,
            extra={"request_id": self.request_id},
        )
        self._observer.attempt(
            Attempt(
                operation=request.operation,
                method=request.method,
                request_id=self.request_id,
                number=self._number,
                status=status,
                milliseconds=milliseconds,
                credits_remaining=credits_remaining(outcome),
                error=error,
                waited_ms=self._waited * 1000,
                credits=self._credits,
            )
        )
        self._waited = 0.0


def _is_same(request: ZohoRequest, other: ZohoRequest | None) -> bool:
    """Return whether this is the same request as another, possibly with another token."""
    # A call can send several requests (metadata, batches), each of them built separately; a
    # retry is a copy.
    return (
        other is not None
        and request.path == other.path
        and request.params is other.params
        and request.body is other.body
        and request.files is other.files
    )


def credits_remaining(outcome: ZohoResponse | ZohoError) -> int | None:
    """Return the remaining credits that a response reports; None if it reports none."""
    arguments = outcome.headers.get(CREDITS_HEADER, "") if isinstance(outcome, ZohoResponse) else ""
    return int(arguments) if arguments.isascii() and arguments.isdigit() else None
