"""How long a request may take, with its retries and the waits between them."""

from __future__ import annotations

import time

from .http import Timeout


class Deadline:
    """Divides the time for one request among its attempts. Belongs to one call.

    `timeout` is (connect, read, total) in seconds: how long to wait for a connection, how long a
    whole reply may take once the request was sent, and after how long nothing is tried again.
    Without a total, it is connect and read together: what a single attempt may take.
    """

    def __init__(self, timeout: Timeout) -> None:
        self._connect, self._read = timeout[:2]
        self._total = timeout[2] if len(timeout) > 2 else self._connect + self._read
        self._ends = 0.0

    def start(self) -> None:
        """Begin: this is the request's first attempt."""
        self._ends = time.monotonic() + self._total

    def next_timeout(self) -> tuple[float, float]:
        """Return (connect, read) for the attempt that is made now."""
        left = max(self._ends - time.monotonic(), 0.001)  # a socket takes 0 for "do not wait"
        return min(self._connect, left), min(self._read, left)

    def allows(self, pause: float) -> bool:
        """Tell whether time is left for another attempt after a pause of so many seconds."""
        return time.monotonic() + pause < self._ends
