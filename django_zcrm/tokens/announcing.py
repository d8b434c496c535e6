"""Sends the signals of a renewal once its client is free again, so that receivers can use it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from django.dispatch import Signal

from ..models import Connection
from .lease import run_outside_transaction

_Announcement = tuple[int, Callable[[], object]]

_pending: ContextVar[list[_Announcement] | None] = ContextVar("zcrm_announcements", default=None)


def announce(signal: Signal, connection: Connection) -> None:
    """Send a signal about a connection at the end of the block of `announcing`, or now."""
    send = partial(signal.send_robust, Connection, connection=connection)
    pending = _pending.get()
    if pending is None:
        send()
    else:
        pending.append((threading.get_ident(), send))


@contextmanager
def announcing(using: str) -> Iterator[None]:
    """Send what the block announces when it has ended, also with an error.

    What was announced outside the transaction of this thread is sent outside it as well.
    """
    pending: list[_Announcement] = []
    token = _pending.set(pending)
    try:
        yield
    finally:
        _pending.reset(token)
        for thread, send in pending:
            if thread == threading.get_ident():
                send()
            else:
                run_outside_transaction(using, partial(_send, send))


def _send(send: Callable[[], object], lock_timeout: float) -> None:
    send()
