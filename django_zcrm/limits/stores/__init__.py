"""Where processes share an organisation's slots: memory (for tests), a database, Redis.

A store keeps one text and its version for each key. A write names the version that it replaces, so
no lock and no transaction is needed. Times are the store's, since machines' clocks differ.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Stored(NamedTuple):
    """A stored state; `now` is the store's time in seconds since the epoch."""

    version: int
    state: str
    now: float


class Store(Protocol):
    """Keeps states. Methods raise the server's own errors when the server is unavailable."""

    def read(self, key: str) -> Stored:
        """Return the stored state of a key; version 0 and an empty state if there is none."""
        ...

    def read_all(self, keys: list[str]) -> dict[str, Stored]:
        """Return the stored states of several keys, without those that have none."""
        ...

    def write(self, key: str, version: int, state: str) -> bool:
        """Replace the state if it still has that version; return whether it had."""
        ...

    def close(self) -> None:
        """Release the connections that this thread holds."""
        ...
