"""Things that send: one method, one request in, one reply out."""

from __future__ import annotations

from typing import Protocol

from ..http import Request, Response


class Transport(Protocol):
    """Sends one request to one base URL. Safe to share by threads."""

    def send(self, base_url: str, request: Request, timeout: tuple[float, float]) -> Response:
        """Return the reply, whatever its status; `timeout` is (connect, read) in seconds.

        Raises Unreachable or TimedOut when there is none.
        """
        ...
