"""Where processes share an organisation's slots: memory (for tests), a database, Redis.

A store keeps one text for a key, with a version, and changes it by comparing that: no lock, no
transaction, and all of them do the same. Time is the store's, since machines' clocks differ.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Stored(NamedTuple):
    """What a store has for a key; `now` is its time in seconds since the epoch."""

    version: int
    state: str
    now: float


class Store(Protocol):
    """Keeps states. Raises whatever its server does when that is away."""

    def read(self, key: str) -> Stored:
        """Return what there is; version 0 and an empty state if there is nothing."""
        ...

    def read_all(self, keys: list[str]) -> dict[str, Stored]:
        """Return what there is for some keys, where there is something."""
        ...

    def write(self, key: str, version: int, state: str) -> bool:
        """Replace the state if it still has that version; tell whether it had."""
        ...

    def close(self) -> None:
        """Give connections back that this thread holds."""
        ...
