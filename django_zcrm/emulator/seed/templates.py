"""What was seeded once and is copied from then on: that takes a hundredth of the time."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, Protocol, Self, TypeVar


class Copyable(Protocol):
    """What can make a copy of itself that changes independently."""

    def copy(self) -> Self:
        """Return the copy."""


Seeded = TypeVar("Seeded", bound=Copyable)


class Templates(Generic[Seeded]):
    """Seeded data by what it was made from; the oldest entry goes when there are too many."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._by_key: dict[Hashable, Seeded] = {}

    def copy_of(self, key: Hashable, seed: Callable[[], Seeded]) -> Seeded:
        """Return a copy of the data for `key`, which `seed` makes at its first use."""
        template = self._by_key.get(key)
        if template is None:
            template = seed()
            if len(self._by_key) >= self._maximum:
                del self._by_key[next(iter(self._by_key))]
            self._by_key[key] = template
        return template.copy()
