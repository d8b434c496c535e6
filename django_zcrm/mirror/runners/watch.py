"""`zcrm_sync --watch`: a loop that does the due work, and sleeps while nothing is due."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import Error as DatabaseError
from django.utils import timezone

from .. import metrics
from ..models import MirrorState
from ..notifications.channels import renew_due_channels
from ..pull.blocks import CONFIGURATION, PROTECTED_ROWS, UNKNOWN_FIELD
from .claims import choose_order, claim_mirrors
from .pool import ReportRun, WorkerPool, close_failed_connections
from .stopping import Stop
from .upkeep import do_upkeep
from .wakeups import collect_wakeups

IDLE_SECONDS = 1.0
"""The sleep, in seconds, while nothing is due: changes and notices arrive at any time."""

TURN_SECONDS = 0.1
"""Seconds between two claims while threads work, so that one claim serves all that became free."""

UPKEEP_SECONDS = 5.0
"""Seconds between checks for upkeep and channels that are due."""

MAX_ABSENCE = 10.0
"""The longest sleep, in seconds, while the database is unavailable."""


def watch(
    report: ReportRun, trouble: Callable[[DatabaseError | None], None], concurrency: int = 1
) -> None:
    """Do the due work of `concurrency` mirrors at a time, until SIGTERM or Ctrl-C.

    Calls `trouble` with the error when the database becomes unavailable, and with None when it is
    back. Raises ConfigurationError for invalid settings or models.
    """
    metrics.register()
    absence = 0.0
    with Stop() as stop, WorkerPool(concurrency, report) as pool:
        watcher = Watcher(pool)
        while not stop.is_requested():
            if not pool.free:
                pool.wait(IDLE_SECONDS)
                continue
            is_idle = False
            try:
                is_idle = not watcher.start_due_work()
            except DatabaseError as error:
                if not absence:
                    trouble(error)
                absence = min(MAX_ABSENCE, absence * 2 or IDLE_SECONDS)
            else:
                if absence:
                    trouble(None)
                absence = 0.0
            close_failed_connections()
            if absence:
                stop.sleep(absence)
            elif is_idle and pool.free == pool.size:
                stop.sleep(IDLE_SECONDS)
            elif is_idle:
                pool.wait(IDLE_SECONDS)


class Watcher:
    """Finds due work for the threads of a pool."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._next_turn = self._next_wakeups = float("-inf")
        self._next_upkeep = self._next_channels = float("-inf")
        self._turn = 0
        self._has_begun = False

    def start_due_work(self) -> bool:
        """Start as much due work as there are free threads; return whether there was any.

        At least one thread has to be free.
        """
        if not self._has_begun:
            retry_settings()
            self._has_begun = True
        if self._pool.free < self._pool.size:
            time.sleep(max(self._next_turn - time.monotonic(), 0.0))
        self._next_turn = time.monotonic() + TURN_SECONDS
        if self._next_wakeups <= time.monotonic():
            self._next_wakeups = time.monotonic() + IDLE_SECONDS
            collect_wakeups()
        if self._next_upkeep < time.monotonic():
            self._next_upkeep = time.monotonic() + UPKEEP_SECONDS
            do_upkeep()
        if self._next_channels < time.monotonic():
            self._next_channels = float("inf")
            self._pool.run(self._renew_channels)
            if not self._pool.free:
                return True
        self._turn += 1
        claims = claim_mirrors(self._pool.free, columns=choose_order(self._turn))
        for claim in claims:
            self._pool.work(claim)
        return bool(claims)

    def _renew_channels(self) -> None:
        """Renew a slice of the channels that are due; the next one follows other work."""
        wait = UPKEEP_SECONDS
        try:
            wait = IDLE_SECONDS if renew_due_channels() else UPKEEP_SECONDS
        finally:
            self._next_channels = time.monotonic() + wait


def retry_settings() -> None:
    """Make mirrors due that a model or a setting blocks, as these may have changed."""
    codes = (CONFIGURATION, UNKNOWN_FIELD, PROTECTED_ROWS)
    MirrorState.objects.filter(blocked__in=codes).update(due=timezone.now())
