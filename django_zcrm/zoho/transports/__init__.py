"""Things that send: one method, one request in, one reply out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ..http import Request, Response

STAND_INS: dict[str, Callable[[], Any]] = {}
"""What makes the httpx transport of a base URL in place of a pool; where tests put theirs.

Here, since looking must not load httpx. Those for threads are mounted on a session.
"""


class Transport(Protocol):
    """Sends one request to one base URL. Safe to share by threads."""

    def send(self, base_url: str, request: Request, timeout: tuple[float, float]) -> Response:
        """Return the reply, whatever its status; `timeout` is (connect, read) in seconds.

        Raises Unreachable or TimedOut when there is none.
        """
        ...
