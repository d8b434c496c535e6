"""`zcrm_sync --watch`: a loop that does what is due, and sleeps until something is."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from django.db import Error as DatabaseError
from django.db import connections
from django.db.models import Min
from django.utils import timezone

from .. import metrics
from ..models import MirrorState
from .due import attempt, due_states, update_states_and_channels
from .states import connections_here
from .stopping import Stop
from .worker_run import RunResult

TICK = 1.0
"""The longest sleep: changes to be sent and notices come at any time."""

NEW_STATES = 3.0
"""Seconds between two looks for new connections: who has just connected sees edits of Zoho soon."""

MAX_ABSENCE = 10.0
"""The longest sleep while the database is away."""

ReportRun = Callable[[MirrorState, RunResult, float], None]
"""Takes a mirror, the result of its run, and how many seconds it took."""


def watch(report: ReportRun, trouble: Callable[[DatabaseError | None], None]) -> None:
    """Do what is due, until SIGTERM or Ctrl-C.

    `trouble` gets the error when the database goes away, and None when it is back. Raises
    ConfigurationError for settings or models that are wrong.
    """
    metrics.register()
    looked, absence = float("-inf"), 0.0
    with Stop() as stop:
        while not stop.is_asked():
            try:
                if looked + NEW_STATES < time.monotonic():
                    update_states_and_channels()
                    looked = time.monotonic()
                _run_due(report, stop)
                if stop.is_asked():
                    return
                wait = seconds_until_due()
            except DatabaseError as error:
                if not absence:
                    trouble(error)
                wait = absence = min(MAX_ABSENCE, absence * 2 or TICK)
            else:
                if absence:
                    trouble(None)
                absence = 0.0
            _close_what_failed()
            stop.sleep(wait)


def _run_due(report: ReportRun, stop: Stop) -> None:
    for state in due_states():
        begun = time.monotonic()
        result = attempt(state)
        report(state, result, time.monotonic() - begun)
        if stop.is_asked():
            return


def seconds_until_due() -> float:
    """Return the seconds until something can be due, at most TICK."""
    rows = MirrorState.objects.active().free().filter(connection__in=connections_here())
    first: datetime | None = rows.aggregate(first=Min("due"))["first"]
    if first is None:
        return TICK
    return min(TICK, max(0.0, (first - timezone.now()).total_seconds()))


def _close_what_failed() -> None:
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()
