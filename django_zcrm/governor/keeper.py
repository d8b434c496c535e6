"""Asks the store for slots, in a thread of its own, so that no call waits for a database.

The thread lives while this process makes calls. A caller's transaction, event loop and database
connection have no part in it.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from typing import Protocol


class Shares(Protocol):
    """What shares slots with other processes, and has to be asked again and again."""

    def exchange(self) -> float | None:
        """Ask the store; return the seconds until the next time, None if no slots are needed."""
        ...

    def leave(self) -> None:
        """Give everything back, if possible."""
        ...

    def close(self) -> None:
        """Close what this thread has open."""
        ...


class Keeper:
    """The thread of this process that asks for all its governors."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start over without a thread: after a fork there is none."""
        self._lock = threading.Lock()
        self._is_wanted = threading.Event()
        self._due: dict[Shares, float] = {}
        self._thread: threading.Thread | None = None
        self._is_ending = False

    def want(self, governor: Shares) -> None:
        """Ask the store for a governor now, and from then on until it needs no slots."""
        with self._lock:
            self._due[governor] = 0.0
            can_run = self._is_running()
        self._is_wanted.set()
        if not can_run:
            governor.exchange()

    def stop(self) -> None:
        """Give everything back and end the thread; a later call starts another."""
        with self._lock:
            thread, self._is_ending = self._thread, True
        self._is_wanted.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(2.0)
        with self._lock:
            self._is_ending = False

    def _is_running(self) -> bool:
        if self._thread is None and not self._is_ending:
            thread = threading.Thread(target=self._run, name="zcrm-keeper", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the interpreter is ending, and starts no more threads
                return False
            self._thread = thread
            _stop_with_child(self)
        return True

    def _run(self) -> None:
        served: set[Shares] = set()
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
                governor.leave()
            for governor in served:
                governor.close()

    def _next(self) -> list[Shares] | None:
        """Wait until somebody is due; None when the thread is to end."""
        while True:
            with self._lock:
                self._is_wanted.clear()
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
            self._is_wanted.wait(pause)

    def _plan(self, governor: Shares, pause: float | None) -> None:
        with self._lock:
            if self._due.get(governor) != float("inf"):
                return  # it was wanted again meanwhile
            if pause is None:
                del self._due[governor]
            else:
                self._due[governor] = time.monotonic() + pause


def _stop_with_child(keeper: Keeper) -> None:
    """Have slots given back where `atexit` is not called: in children that others forked.

    Otherwise they would be held for half a minute after each restart of Celery's workers.
    """

    def stop(**said: object) -> None:
        keeper.stop()

    # They are imported only where they were already: the one takes its time, the other is an extra.
    if "multiprocessing" in sys.modules:
        from multiprocessing import parent_process, util

        if parent_process() is not None:
            util.Finalize(None, stop, exitpriority=0)
    if "celery" in sys.modules:
        from celery.signals import worker_process_shutdown

        worker_process_shutdown.connect(stop, weak=False, dispatch_uid="zcrm.keeper")


keeper = Keeper()
atexit.register(keeper.stop)
os.register_at_fork(after_in_child=keeper.reset)
