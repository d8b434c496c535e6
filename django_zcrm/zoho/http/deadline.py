"""The time limit of a request, including its retries and the waits between them."""

from __future__ import annotations

import time

from .messages import Timeout


class Deadline:
    """Divides the time for one request among its attempts. Belongs to one call.

    `timeout` is (connect, read, total) in seconds. `connect` limits the wait for a connection, and
    `read` the time from sending the request to the end of the response. After `total`, nothing is
    retried. Without a total, it is the sum of connect and read, the limit of one attempt. A wait
    for a slot does not count.
    """

    def __init__(self, timeout: Timeout) -> None:
        self._connect, self._read = timeout[:2]
        self._total = timeout[2] if len(timeout) > 2 else self._connect + self._read
        self._ends = 0.0

    def start(self) -> None:
        """Start the clock at the request's first attempt."""
        self._ends = time.monotonic() + self._total

    def postpone(self, seconds: float) -> None:
        """Do not count the seconds that an attempt waited for a slot."""
        self._ends += seconds

    def next_timeout(self) -> tuple[float, float]:
        """Return (connect, read) for the next attempt."""
        remaining = max(self._ends - time.monotonic(), 0.001)  # for a socket, 0 means "do not wait"
        return min(self._connect, remaining), min(self._read, remaining)

    def allows(self, pause: float) -> bool:
        """Return whether time is left for another attempt after a pause of `seconds`."""
        return time.monotonic() + pause < self._ends
