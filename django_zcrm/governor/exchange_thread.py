"""The thread that exchanges slots with the store, so that no call waits for a database.

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


class SlotSharer(Protocol):
    """Shares slots with other processes, through regular exchanges with a store."""

    def exchange(self) -> float | None:
        """Exchange slots with the store; return the seconds until the next time, None if idle."""
        ...

    def release_all(self) -> None:
        """Release all slots, if possible."""
        ...

    def close(self) -> None:
        """Close what this thread has open."""
        ...


class ExchangeThread:
    """The thread of this process, which serves all its governors."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start over without a thread: after a fork there is none."""
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._due: dict[SlotSharer, float] = {}
        self._thread: threading.Thread | None = None
        self._is_ending = False

    def schedule(self, governor: SlotSharer) -> None:
        """Do a governor's exchange now, and repeat it until it needs no slots."""
        with self._lock:
            self._due[governor] = 0.0
            can_run = self._is_running()
        self._wake.set()
        if not can_run:
            governor.exchange()

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
            thread = threading.Thread(target=self._run, name="zcrm-exchange", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is ending, and starts no more threads
                return False
            self._thread = thread
            _stop_with_child(self)
        return True

    def _run(self) -> None:
        served: set[SlotSharer] = set()
        try:
            while (governors := self._next()) is not None:
                for governor in governors:
                    served.add(governor)
                    pause = governor.exchange()
                    self._plan(governor, pause)
        finally:
            with self._lock:
                held = [governor for governor in served if governor in self._due]
                if self._thread is threading.current_thread():
                    self._thread = None
                    self._due.clear()
            for governor in held:
                governor.release_all()
            for governor in served:
                governor.close()

    def _next(self) -> list[SlotSharer] | None:
        """Wait until governors are due, and return them; None when the thread is to end."""
        while True:
            with self._lock:
                self._wake.clear()
                if self._is_ending or not self._due:
                    if self._thread is threading.current_thread() and not self._due:
                        self._thread = None  # who comes now starts another
                    return None
                now = time.monotonic()
                if due := [governor for governor, at in self._due.items() if at <= now]:
                    for governor in due:
                        self._due[governor] = float("inf")
                    return due
                pause = min(self._due.values()) - now
            self._wake.wait(pause)

    def _plan(self, governor: SlotSharer, pause: float | None) -> None:
        with self._lock:
            if self._due.get(governor) != float("inf"):
                return  # it was scheduled again meanwhile
            if pause is None:
                del self._due[governor]
            else:
                self._due[governor] = time.monotonic() + pause


def _stop_with_child(exchange_thread: ExchangeThread) -> None:
    """Release slots also where `atexit` is not called: in forked children.

    Otherwise they would be held for half a minute after each restart of Celery's workers.
    """

    def stop(**kwargs: object) -> None:
        exchange_thread.stop()

    # They are imported only where they were already: the one takes its time, the other is an extra.
    if "multiprocessing" in sys.modules:
        from multiprocessing import parent_process, util

        if parent_process() is not None:
            util.Finalize(None, stop, exitpriority=0)
    if "celery" in sys.modules:
        from celery.signals import worker_process_shutdown

        worker_process_shutdown.connect(stop, weak=False, dispatch_uid="zcrm.exchange_thread")


exchange_thread = ExchangeThread()
atexit.register(exchange_thread.stop)
os.register_at_fork(after_in_child=exchange_thread.reset)
