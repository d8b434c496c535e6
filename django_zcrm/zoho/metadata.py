"""What an organisation's metadata says, remembered for a while.

One cache serves one connection; who makes sessions decides how long it lives.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

LIFE = 600.0
"""Seconds. A field added in Zoho is seen by lists that name no fields after this time at most."""

RELATED_MODULES = {
    "Contact_Roles": "Contacts",
    "Calls_History": "Calls",
    "Events_History": "Events",
    "Invited_Events": "Events",
    "Tasks_History": "Tasks",
}
"""Standard related lists that are not named after the module whose records they hold."""


class MetadataCache:
    """A small dictionary whose entries run out. Safe to share by threads."""

    def __init__(self, life: float = LIFE, clock: Callable[[], float] = time.monotonic) -> None:
        self._life = life
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, ...], tuple[float, Any]] = {}

    def get(self, key: tuple[str, ...]) -> Any:
        """Return what is kept under a key; None when there is nothing fresh."""
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
        return value if until > self._clock() else None

    def put(self, key: tuple[str, ...], value: Any) -> None:
        """Keep a value under a key for a while."""
        with self._lock:
            self._kept[key] = (self._clock() + self._life, value)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
