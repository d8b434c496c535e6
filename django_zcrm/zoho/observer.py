"""What is told of calls while they are made: to the log, and to an observer where there is one.

Knows neither plans nor transports, and hands on no header, parameter or body.
"""

from __future__ import annotations

import logging
import secrets
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from .errors import ZohoError
from .http import Request, Response

log = logging.getLogger("django_zcrm")

CREDITS_HEADER = "x-api-credits-remaining"
"""Sent once half of the day's credits are used (docs v8 api-limits)."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that was sent, and what became of it.

    `status` is 0 when no reply came, and `error` then says why; `number` counts from 1 within the
    call that `request_id` names; `credits_remaining` is what Zoho said, None when it said nothing.
    """

    operation: str
    method: str
    request_id: str
    number: int
    status: int
    milliseconds: float
    credits_remaining: int | None = None
    error: str = ""


class Observer:
    """Looks on while calls are made. This one does nothing: override what is of interest.

    It is called in the thread or event loop of whoever calls, who waits for it; what it raises
    reaches them.
    """

    def call(self, operation: str, request_id: str) -> AbstractContextManager[object]:
        """Return what to enter around a call with all its attempts, token renewals and waits."""
        return nullcontext()

    def attempt(self, attempt: Attempt) -> None:
        """Take note of a request that was answered, or was not."""


class Watch:
    """Tells of the attempts of one call. Belongs to one thread or coroutine."""

    def __init__(self, observer: Observer) -> None:
        self.request_id = secrets.token_hex(6)
        self._observer = observer
        self._last: Request | None = None
        self._number = 0

    def tell(self, request: Request, started: float, outcome: Response | ZohoError) -> None:
        """Say what became of a request; `started` is of the performance counter."""
        milliseconds = (time.perf_counter() - started) * 1000
        self._number = self._number + 1 if _is_same(request, self._last) else 1
        self._last = request
        if isinstance(outcome, Response):
            status, error, said = outcome.status, "", f"HTTP {outcome.status}"
        else:
            status, error, said = 0, type(outcome).__name__, outcome.message
        log.debug(
            "%s: %s in %.0f ms, attempt %d [%s]",
            request.operation,
            said,
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
                credits_remaining=_credits(outcome),
                error=error,
            )
        )


def _is_same(request: Request, other: Request | None) -> bool:
    """Whether it is the request that was sent before, maybe with another token."""
    # One call can send several (metadata, batches): those are built anew, a repetition is a copy.
    return (
        other is not None
        and request.path == other.path
        and request.params is other.params
        and request.body is other.body
        and request.files is other.files
    )


def _credits(outcome: Response | ZohoError) -> int | None:
    given = outcome.headers.get(CREDITS_HEADER, "") if isinstance(outcome, Response) else ""
    return int(given) if given.isascii() and given.isdigit() else None
