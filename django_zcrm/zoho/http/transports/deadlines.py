"""Makes the read timeout limit a whole response, for urllib3's connections.

A socket's timeout only limits the wait for the next bytes. A server that sends one byte at a time
could delay a call without limit, in the headers and in the body.
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
"""Bytes that are read at once: most responses whole, where io's own eight kilobytes take
several.
"""

EARLY = 0.99
"""While more of the time is left than this part of it, the socket keeps its timeout."""

_block: ContextVar[object] = ContextVar("zcrm_reply_at_once", default=None)


@contextmanager
def replies_at_once() -> Generator[None]:
    """Make each response that begins in the block come within the read timeout, from first to last
    byte.

    Outside its block, the timeout limits each wait of a response separately: a download may be read
    while another block uploads it.
    """
    reset = _block.set(object())
    try:
        yield
    finally:
        _block.reset(reset)


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
                    {"response_class": _DeadlinedResponse},
                )
            },
        )
        for scheme, pool in pools.items()
    }


class _OneSend:
    """A connection that sends the headers together with a body of bytes.

    http.client sends them separately, which costs two system calls and two packets.
    """

    _expects_body = False
    _head = b""

    def request(self, method: str, url: str, body: Any = None, *args: Any, **kwargs: Any) -> None:
        """Send a request."""
        self._expects_body, self._head = isinstance(body, bytes) and bool(body), b""
        super().request(method, url, body, *args, **kwargs)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        """Send some bytes, or buffer them for the next call."""
        if self._expects_body:
            self._expects_body, self._head = False, data
        else:
            head, self._head = self._head, b""
            super().send(head + data if head else data)  # type: ignore[misc]


class _DeadlinedResponse(http.client.HTTPResponse):
    """A response whose deadline is counted from the end of sending its request."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        # If Ctrl-C interrupts this, Python 3.13 reports the failure to close a detached file.
        opened, self.fp = self.fp, None  # type: ignore[assignment]
        self.fp = io.BufferedReader(_UntilDeadline(opened.detach(), sock), BUFFER)


class _UntilDeadline(io.RawIOBase):
    """The stream of a response; urllib3 has just set the socket's timeout to the read timeout."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._longest = sock.gettimeout()
        self._deadline = time.monotonic() + (self._longest or 0.0)
        self._early = (self._longest or 0.0) * EARLY
        self._block = _block.get()

    def readable(self) -> bool:
        """Return True: the stream is always readable."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read the available bytes. Raises TimeoutError at the deadline."""
        if self._longest is None or self._block is None or self._block is not _block.get():
            return self._raw.readinto(buffer)
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("timed out")
        if remaining > self._early:  # most responses: a page over TLS comes in twenty pieces
            return self._raw.readinto(buffer)
        self._sock.settimeout(remaining)
        count = self._raw.readinto(buffer)
        self._sock.settimeout(self._longest)  # the next request uses the socket's timeout
        return count

    def close(self) -> None:
        """Release the socket, so that it can be closed."""
        self._raw.close()
        super().close()
