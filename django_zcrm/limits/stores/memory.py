"""Keeps states in this process. Tests compare the other stores with this one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from . import Stored


class MemoryStore:
    """A store for the threads of one process."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._states: dict[str, tuple[int, str]] = {}

    def read(self, key: str) -> Stored:
        """Return the stored state of a key."""
        version, state = self._states.get(key, (0, ""))
        return Stored(version, state, self._clock())

    def read_all(self, keys: list[str]) -> dict[str, Stored]:
        """Return the stored states of several keys."""
        return {key: self.read(key) for key in keys if key in self._states}

    def write(self, key: str, version: int, state: str) -> bool:
        """Replace the state if it still has that version."""
        with self._lock:
            if self._states.get(key, (0, ""))[0] != version:
                return False
            self._states[key] = version + 1, state
            return True

    def close(self) -> None:
        """Do nothing."""
