"""Makes a read timeout hold for a whole reply, for urllib3's connections.

A socket's timeout only limits the wait for the next bytes: a server that sends one byte at a time
would hold a call up for as long as it likes, in the headers as well as in the body.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

BUFFER = 64 * 1024
"""Bytes that are read at once: most replies whole, where io's own eight kilobytes take several."""

EARLY = 0.99
"""While more of the time is left than this part of it, the socket keeps its timeout."""

_is_at_once: ContextVar[bool] = ContextVar("zcrm_reply_at_once", default=False)


@contextmanager
def replies_at_once() -> Generator[None]:
    """Make each reply that the block reads come within the read timeout, from first to last byte.

    Outside of such a block, as when a download is read, the timeout is for each wait.
    """
    reset = _is_at_once.set(True)
    try:
        yield
    finally:
        _is_at_once.reset(reset)


def with_deadlines(pools: Mapping[str, Any]) -> dict[str, Any]:
    """Return subclasses of urllib3's pools, by scheme, whose connections observe deadlines."""
    return {
        scheme: type(
            pool.__name__,
            (pool,),
            {
                "ConnectionCls": type(
                    pool.ConnectionCls.__name__,
                    (_OneSend, pool.ConnectionCls),
                    {"response_class": _DeadlinedReply},
                )
            },
        )
        for scheme, pool in pools.items()
    }


class _OneSend:
    """A connection that sends the headers together with a body of bytes.

    http.client sends them one after the other, which wakes the kernel and the other side twice.
    """

    _expects_body = False
    _head = b""

    def request(self, method: str, url: str, body: Any = None, *args: Any, **kwargs: Any) -> None:
        """Send a request."""
        self._expects_body, self._head = isinstance(body, bytes) and bool(body), b""
        super().request(method, url, body, *args, **kwargs)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        """Send some bytes, or keep them for the next."""
        if self._expects_body:
            self._expects_body, self._head = False, data
        else:
            head, self._head = self._head, b""
            super().send(head + data if head else data)  # type: ignore[misc]


class _DeadlinedReply(http.client.HTTPResponse):
    """A reply whose deadline counts from when its request was sent."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        # If Ctrl-C comes in between, Python 3.13 shows how closing a detached file fails.
        opened, self.fp = self.fp, None  # type: ignore[assignment]
        self.fp = io.BufferedReader(_UntilDeadline(opened.detach(), sock), BUFFER)


class _UntilDeadline(io.RawIOBase):
    """The stream of a reply; urllib3 has just set the socket's timeout to the read timeout."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._longest = sock.gettimeout()
        self._deadline = time.monotonic() + (self._longest or 0.0)
        self._early = (self._longest or 0.0) * EARLY

    def readable(self) -> bool:
        """Whether it can be read, as it always can."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what has come. Raises TimeoutError at the deadline."""
        if self._longest is None or not _is_at_once.get():
            return self._raw.readinto(buffer)
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        if left > self._early:  # most replies: a page over TLS comes in twenty pieces
            return self._raw.readinto(buffer)
        self._sock.settimeout(left)
        count = self._raw.readinto(buffer)
        self._sock.settimeout(self._longest)  # the next request is sent with it
        return count

    def close(self) -> None:
        """Let the socket be closed."""
        self._raw.close()
        super().close()
