"""A short-lived cache of an organisation's metadata.

One cache serves one connection; whoever creates the sessions decides how long it lives.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

LIFE = 600.0
"""Seconds after which lists called without `fields` include a field that was added in Zoho."""

RELATED_MODULES = {
    "Contact_Roles": "Contacts",
    "Calls_History": "Calls",
    "Events_History": "Events",
    "Invited_Events": "Events",
    "Tasks_History": "Tasks",
}
"""Standard related lists that are not named after the module whose records they hold."""


class MetadataCache:
    """A small thread-safe dictionary whose entries expire."""

    def __init__(self, life: float = LIFE, clock: Callable[[], float] = time.monotonic) -> None:
        self._life = life
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, ...], tuple[float, Any]] = {}

    def get(self, key: tuple[str, ...]) -> Any:
        """Return the value of a key; None when there is none or it has expired."""
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
        return value if until > self._clock() else None

    def put(self, key: tuple[str, ...], value: Any) -> None:
        """Store a value under a key until it expires."""
        with self._lock:
            self._kept[key] = (self._clock() + self._life, value)

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._kept.clear()
