"""What an organisation's metadata says, remembered for a while.

One cache serves one connection; who makes sessions decides how long it lives.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

LIFE = 600.0
"""Seconds. A field added in Zoho is seen by lists that name no fields after this time at most."""

T = TypeVar("T")


class MetadataCache:
    """A small dictionary whose entries run out. Safe to share by threads."""

    def __init__(self, life: float = LIFE, clock: Callable[[], float] = time.monotonic) -> None:
        self._life = life
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, ...], tuple[float, Any]] = {}

    def get(self, key: tuple[str, ...], ask: Callable[[], T]) -> T:
        """Return what is kept under a key, asking for it when there is nothing fresh."""
        with self._lock:
            until, value = self._kept.get(key, (0.0, None))
        if until > self._clock():
            found: T = value
            return found
        found = ask()
        with self._lock:
            self._kept[key] = (self._clock() + self._life, found)
        return found

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
