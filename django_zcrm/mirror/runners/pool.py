"""Threads that do the due work of several mirrors at the same time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone

from ..models import MirrorState
from .claims import Claim
from .due import work
from .poll import RunResult

logger = logging.getLogger("django_zcrm.mirror")

ReportRun = Callable[[MirrorState, RunResult, float], None]
"""Takes a mirror, the result of its poll, and the duration in seconds."""

Task = Callable[[], Any]


class WorkerPool:
    """A fixed number of threads. Each works on one mirror at a time, with its own connection to
    the database.

    Leaving the context waits for the current work. If that is interrupted, the leases are released,
    so that other workers continue at once.
    """

    def __init__(self, size: int, report: ReportRun) -> None:
        self.size = size
        self._report = report
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._running: dict[str, Claim] = {}
        self._busy = 0
        self._ended = 0
        self._change = threading.Condition()
        # Daemons, because a thread that waits for Zoho would keep the process from ending.
        self._threads = [
            threading.Thread(
                target=copy_context().run, args=(self._serve,), name=f"zcrm-{n}", daemon=True
            )
            for n in range(size)
        ]

    @property
    def free(self) -> int:
        """The number of threads without work."""
        return self.size - self._busy

    def work(self, claim: Claim) -> None:
        """Do the due work of a claimed mirror in a free thread, and report the result."""
        owner = claim[1].owner + str(claim[0].pk)

        def task() -> None:
            begin = time.monotonic()
            try:
                result = work(claim)
            finally:
                with self._change:
                    self._running.pop(owner, None)
            with self._change:
                self._report(claim[0], result, time.monotonic() - begin)

        self._running[owner] = claim
        self.run(task)

    def run(self, task: Task) -> None:
        """Run a task in a free thread."""
        with self._change:
            self._busy += 1
        self._tasks.put(task)

    def wait(self, seconds: float) -> None:
        """Wait until a thread has finished its work; at most so many seconds."""
        with self._change:
            ended = self._ended
            self._change.wait_for(lambda: self._ended != ended or not self._busy, seconds)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            for _ in self._threads:
                self._tasks.put(None)
            if error is None:
                for thread in self._threads:
                    thread.join()
        finally:
            for _, lease in list(self._running.values()):
                lease.abandon(urgent_at=timezone.now())

    def _serve(self) -> None:
        try:
            while (task := self._tasks.get()) is not None:
                try:
                    task()
                except DatabaseError as error:  # the main thread waits until it is back
                    logger.warning("a worker lost the database: %s", type(error).__name__)
                except Exception:
                    logger.exception("a worker failed")
                finally:
                    close_failed_connections()
                    with self._change:
                        self._busy -= 1
                        self._ended += 1
                        self._change.notify_all()
        finally:
            connections.close_all()


def close_failed_connections() -> None:
    """Close this thread's connections to databases that failed, or are too old."""
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()
