"""Ends a loop cleanly on SIGTERM or Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any, Self

GRACE = 10.0
"""Seconds to finish the current work after a signal. Then, or at a second signal, the work is
interrupted; the next worker repeats one page at most.
"""


class Stopped(KeyboardInterrupt):
    """The process has to end now."""


class Stop:
    """A context manager that handles the signals; outside the main thread it does nothing."""

    def __init__(self) -> None:
        self._is_requested = False
        self._is_idle = False
        self._former: dict[int, Any] = {}

    def is_requested(self) -> bool:
        """Whether the loop has to end after its current work."""
        return self._is_requested

    def sleep(self, seconds: float) -> None:
        """Sleep, unless the loop has to end. Raises Stopped if a signal arrives in the meantime."""
        self._is_idle = True
        try:
            if not self._is_requested:
                time.sleep(seconds)
        finally:
            self._is_idle = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._former[number] = signal.signal(number, self._on_signal)
            if hasattr(signal, "SIGALRM"):
                self._former[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._on_alarm)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if self._former and hasattr(signal, "SIGALRM"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._former.items():
            signal.signal(number, handler)
        return isinstance(error, Stopped)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._is_idle or self._is_requested:
            raise Stopped
        self._is_requested = True
        if hasattr(signal, "SIGALRM"):
            signal.setitimer(signal.ITIMER_REAL, GRACE)

    def _on_alarm(self, number: int, frame: FrameType | None) -> None:
        raise Stopped
