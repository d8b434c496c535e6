"""Ids, tokens and hashes that repeat from run to run when a seed is given.

Knows nothing about what they identify.
"""

from __future__ import annotations

import random
import secrets
from typing import Any


class Ids:
    """A source of record ids and secrets. ``seed=None`` makes the secrets unpredictable."""

    def __init__(self, seed: int | None = None, prefix: int = 3652397) -> None:
        self._seed = seed
        self._prefix = prefix
        self.reset()

    def reset(self) -> None:
        """Start over: with a seed, the same ids and secrets follow."""
        self._serial = 100_000
        self._random = None if self._seed is None else random.Random(self._seed)  # noqa: S311

    def state(self) -> list[Any]:
        """The current position, for `restore`."""
        return [self._serial, self._random and self._random.getstate()]

    def restore(self, state: list[Any]) -> None:
        """Continue from another source's position, so that nothing repeats."""
        self._serial, chance = state
        if self._random is not None and chance is not None:
            version, numbers, gauss = chance
            self._random.setstate((version, tuple(numbers), gauss))

    def next(self) -> str:
        """A new 19-digit id, larger than all earlier ones."""
        self._serial += 1
        return f"{self._prefix}{self._serial:012d}"

    def hex(self, digits: int = 32) -> str:
        """Random hexadecimal digits."""
        if self._random is None:
            return secrets.token_hex(digits // 2)
        return f"{self._random.getrandbits(digits * 4):0{digits}x}"

    def token(self) -> str:
        """A code or token in Zoho's format, ``1000.<32 hex>.<32 hex>``."""
        return f"1000.{self.hex()}.{self.hex()}"
