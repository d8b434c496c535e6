"""Transports: one method, one request in, one reply out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ..http import Request, Response

ASYNC_OVERRIDES: dict[str, Callable[[], Any]] = {}
"""Factories of what sends awaited calls, by base URL, in place of a pool; tests put theirs here.

They are here since reading this must not import aiohttp. Those for blocking calls are mounted on a
session.
"""


class Transport(Protocol):
    """Sends one request to one base URL. Must be thread-safe."""

    def send(self, base_url: str, request: Request, timeout: tuple[float, float]) -> Response:
        """Return the reply, whatever its status; `timeout` is (connect, read) in seconds.

        Raises Unreachable, TimedOut or TransportError when no reply came.
        """
        ...
