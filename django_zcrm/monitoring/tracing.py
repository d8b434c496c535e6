"""OpenTelemetry spans, if its API package is installed; otherwise nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from .._version import __version__
from ..zoho.calls.observer import Attempt

try:
    from opentelemetry import trace
except ModuleNotFoundError:
    IS_INSTALLED = False
else:
    IS_INSTALLED = True
    tracer = trace.get_tracer("django_zcrm", __version__)


_last_attempts: WeakKeyDictionary[trace.Span, dict[str, str | int | float]] = WeakKeyDictionary()
"""The attributes of the last attempt of each open span."""


@contextmanager
def span(name: str, attributes: dict[str, str | int], *, template: str) -> Iterator[None]:
    """Enter a client span around a call; it records an error that leaves it.

    `template` is the path with its placeholders, as OpenTelemetry's conventions for HTTP require.
    """
    if not IS_INSTALLED:
        yield
        return
    with tracer.start_as_current_span(
        name,
        kind=trace.SpanKind.CLIENT,
        attributes={"url.template": template, **attributes},
    ) as current:
        try:
            yield
        finally:
            # Only now, because attributes of an earlier attempt could not be removed.
            current.set_attributes(_last_attempts.pop(current, {}))


def note_attempt(attempt: Attempt) -> None:
    """Record an attempt in the current span."""
    if not IS_INSTALLED:
        return
    current = trace.get_current_span()
    if not current.is_recording():
        return
    about: dict[str, str | int | float] = {
        "http.request.method": attempt.method,
        "http.request.resend_count": attempt.number - 1,
    }
    if attempt.status:
        about["http.response.status_code"] = attempt.status
    if attempt.error:
        about["error.type"] = attempt.error
    if attempt.waited_ms:
        about["zcrm.waited_ms"] = round(attempt.waited_ms, 1)
    _last_attempts[current] = about
    current.add_event("attempt", {**about, "zcrm.milliseconds": round(attempt.milliseconds, 1)})
