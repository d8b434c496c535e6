"""The thread that rebalances slots with the store, so that no call waits for a database.

It runs while this process makes calls. Callers' transactions, event loops and database connections
are not touched.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from typing import Protocol


class SlotSharing(Protocol):
    """Shares slots with other processes, through regular rebalances with a store."""

    def rebalance(self) -> float | None:
        """Exchange slots with the store; return the seconds until the next time, None if idle."""
        ...

    def release_all(self) -> None:
        """Release all slots, if possible."""
        ...

    def close(self) -> None:
        """Close the store's connections of this thread."""
        ...


class RebalanceThread:
    """The thread of this process, which serves all its limiters."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start over without a thread: after a fork there is none."""
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._due: dict[SlotSharing, float] = {}
        self._thread: threading.Thread | None = None
        self._is_ending = False

    def schedule(self, limiter: SlotSharing) -> None:
        """Do a limiter's rebalance now, and repeat it until it needs no slots."""
        with self._lock:
            self._due[limiter] = 0.0
            can_run = self._is_running()
        self._wake.set()
        if not can_run:
            limiter.rebalance()

    def stop(self) -> None:
        """Release all slots and end the thread; a later call starts another."""
        with self._lock:
            thread, self._is_ending = self._thread, True
        self._wake.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(2.0)
        with self._lock:
            self._is_ending = False

    def _is_running(self) -> bool:
        if self._thread is None and not self._is_ending:
            thread = threading.Thread(target=self._run, name="zcrm-rebalance", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is ending, and starts no more threads
                return False
            self._thread = thread
            _stop_with_child(self)
        return True

    def _run(self) -> None:
        limiter: SlotSharing | None = None
        due_limiters: list[SlotSharing] = []
        try:
            while (limiters := self._next()) is not None:
                for limiter in limiters:
                    self._plan(limiter, limiter.rebalance())
        finally:
            with self._lock:
                # Otherwise they belong to another thread, which a call has started.
                if self._thread is threading.current_thread():
                    due_limiters = list(self._due)
                    self._thread = None
                    self._due.clear()
            for due_limiter in due_limiters:
                due_limiter.release_all()
            if limiter is not None:
                limiter.close()  # all limiters of a process have the same store

    def _next(self) -> list[SlotSharing] | None:
        """Wait until limiters are due, and return them; None when the thread is to end."""
        while True:
            with self._lock:
                self._wake.clear()
                if self._is_ending or not self._due:
                    if self._thread is threading.current_thread() and not self._due:
                        self._thread = None  # a later call starts another thread
                    return None
                now = time.monotonic()
                if due := [limiter for limiter, at in self._due.items() if at <= now]:
                    for limiter in due:
                        self._due[limiter] = float("inf")
                    return due
                pause = min(self._due.values()) - now
            self._wake.wait(pause)

    def _plan(self, limiter: SlotSharing, pause: float | None) -> None:
        with self._lock:
            if self._due.get(limiter) != float("inf"):
                return  # it was scheduled again in the meantime
            if pause is None:
                del self._due[limiter]
            else:
                self._due[limiter] = time.monotonic() + pause


def _stop_with_child(rebalance_thread: RebalanceThread) -> None:
    """Release slots in forked children too, where `atexit` is not called.

    Otherwise they would be held for half a minute after each restart of Celery's workers.
    """

    def stop(**kwargs: object) -> None:
        rebalance_thread.stop()

    if "multiprocessing" in sys.modules:
        from multiprocessing import parent_process, util  # slow to import, but already loaded

        if parent_process() is not None:
            util.Finalize(None, stop, exitpriority=0)
    if "celery" in sys.modules:
        from celery.signals import worker_process_shutdown  # an extra

        worker_process_shutdown.connect(stop, weak=False, dispatch_uid="zcrm.rebalance_thread")


rebalance_thread = RebalanceThread()
atexit.register(rebalance_thread.stop)
os.register_at_fork(after_in_child=rebalance_thread.reset)
