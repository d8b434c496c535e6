"""A panel for django-debug-toolbar that lists the requests a page made to Zoho.

Add `"django_zcrm.contrib.debug_toolbar.ZCRMPanel"` to `DEBUG_TOOLBAR_PANELS`. The COQL it shows
contains values of your records, as the toolbar's SQL panel does: use it for development only.
"""

from __future__ import annotations

from collections import Counter
from contextvars import ContextVar
from typing import Any

from debug_toolbar.panels import Panel
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy, ngettext

from ..signals import request_finished
from ..zoho.query.steps import coql_log

REPEATED = 3
"""From this many calls of one operation on, the panel suggests to combine them."""

_attempts: ContextVar[list[dict[str, Any]] | None] = ContextVar("zcrm_attempts", default=None)


@receiver(request_finished, dispatch_uid="django_zcrm.contrib.debug_toolbar")
def _collect(sender: object, connection: Any, signal: object, **attempt: Any) -> None:
    attempts = _attempts.get()
    if attempts is not None:
        attempts.append({**attempt, "connection": str(connection)})


class ZCRMPanel(Panel):  # type: ignore[misc]
    """Lists a page's requests to Zoho: operation, time, credits, waits, retries, and repetitions.

    Only requests of the page's own thread or task are listed, not those of threads it starts.
    """

    title = gettext_lazy("Zoho CRM")
    template = "zcrm/debug_toolbar.html"
    is_async = True

    @property
    def nav_subtitle(self) -> str:
        """The number of calls and their time."""
        stats = self.get_stats()
        number = len(stats.get("calls", ()))
        words = ngettext("%(number)d call in %(ms)d ms", "%(number)d calls in %(ms)d ms", number)
        return words % {"number": number, "ms": stats.get("milliseconds", 0)}

    def enable_instrumentation(self) -> None:
        """Start to collect the requests of this context."""
        _attempts.set([])
        coql_log.set([])

    def disable_instrumentation(self) -> None:
        """Stop collecting; the collected data stays until `generate_stats`."""
        self._collected = (_attempts.get() or [], coql_log.get() or [])
        _attempts.set(None)
        coql_log.set(None)

    def generate_stats(self, request: HttpRequest, response: HttpResponse) -> None:
        """Record the calls of the page."""
        attempts, queries = self._collected
        calls = _group_by_call(attempts)
        repeated = Counter(call["operation"] for call in calls)
        self.record_stats(
            {
                "calls": calls,
                "queries": queries,
                "milliseconds": round(sum(call["milliseconds"] for call in calls)),
                "credits": sum(call["credits"] for call in calls),
                "repeated": [
                    ngettext(
                        "%(operation)s was called %(number)d time.",
                        "%(operation)s was called %(number)d times.",
                        number,
                    )
                    % {"operation": operation, "number": number}
                    for operation, number in repeated.items()
                    if number >= REPEATED
                ],
            }
        )


def _group_by_call(attempts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a dict for each request, with the time and credits of its retries included."""
    calls: dict[str, dict[str, Any]] = {}
    for attempt in attempts:
        call = calls.setdefault(
            attempt["request_id"], {"milliseconds": 0, "waited_ms": 0, "credits": 0}
        )
        call.update(
            operation=attempt["operation"],
            connection=attempt["connection"],
            outcome=attempt["error"] or attempt["status"],
            retries=attempt["attempt"] - 1,
        )
        call["milliseconds"] += round(attempt["milliseconds"])
        call["waited_ms"] += round(attempt["waited_ms"])
        call["credits"] += attempt["credits"]
    return list(calls.values())
