"""Transports: one method, one request in, one response out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ..messages import ZohoRequest, ZohoResponse

ASYNC_OVERRIDES: dict[str, Callable[[], Any]] = {}
"""Factories of what sends awaited calls, by base URL, in place of a pool; tests put theirs here.

They are here since reading this must not import aiohttp. Those for blocking calls are in
`RequestsTransport.overrides`.
"""


class Transport(Protocol):
    """Sends one request to one base URL. Must be thread-safe."""

    def send(
        self, base_url: str, request: ZohoRequest, timeout: tuple[float, float]
    ) -> ZohoResponse:
        """Return the response, whatever its status; `timeout` is (connect, read) in seconds.

        Raises Unreachable, TimedOut or TransportError if no response arrived.
        """
        ...
