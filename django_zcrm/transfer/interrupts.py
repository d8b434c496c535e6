"""Ctrl-C, which waits for the request in flight; a second one does not."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType


class Interrupts:
    """Holds back an interrupt while a request is in flight.

    `notify` is called when an interrupt waits. Raises KeyboardInterrupt from `release`, `check`,
    or, when nothing is held or for the second time, at once.
    """

    def __init__(self, notify: Callable[[], object]) -> None:
        self._notify = notify
        self._is_held = False
        self._is_pending = False

    def hold(self) -> None:
        """Hold back interrupts: a request begins, whose outcome must not be lost."""
        self._is_held = True

    def release(self) -> None:
        """Stop holding back interrupts: no request is in flight."""
        self._is_held = False
        self.check()

    def check(self) -> None:
        """Raise the waiting interrupt, if any."""
        if self._is_pending:
            raise KeyboardInterrupt

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Handle SIGINT."""
        if not self._is_held or self._is_pending:
            raise KeyboardInterrupt
        self._is_pending = True
        with suppress(RuntimeError):  # the interrupted code was writing there, too
            self._notify()


@contextmanager
def deferring_interrupts(notify: Callable[[], object]) -> Iterator[Interrupts]:
    """Handle SIGINT while the block runs, unless another handler is set or it is ignored."""
    interrupts = Interrupts(notify)
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupts
        return
    try:
        signal.signal(signal.SIGINT, interrupts.handle)
    except ValueError:  # not in the main thread, which gets the signals
        yield interrupts
        return
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
