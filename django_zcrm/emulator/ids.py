"""Ids, tokens and hashes that repeat from run to run when the seed is given.

Knows nothing about what they name.
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
        """Start again: with a seed, the same ids and secrets follow."""
        self._serial = 100_000
        self._random = None if self._seed is None else random.Random(self._seed)  # noqa: S311

    def state(self) -> list[Any]:
        """How far this has come, for `restore`."""
        return [self._serial, self._random and self._random.getstate()]

    def restore(self, state: list[Any]) -> None:
        """Go on where another source was, so that nothing repeats."""
        self._serial, chance = state
        if self._random is not None and chance is not None:
            version, numbers, gauss = chance
            self._random.setstate((version, tuple(numbers), gauss))

    def next(self) -> str:
        """A new 19-digit id, larger than all before."""
        self._serial += 1
        return f"{self._prefix}{self._serial:012d}"

    def hex(self, digits: int = 32) -> str:
        """Random hexadecimal digits."""
        if self._random is None:
            return secrets.token_hex(digits // 2)
        return f"{self._random.getrandbits(digits * 4):0{digits}x}"

    def token(self) -> str:
        """A code or token of Zoho's look, ``1000.<32 hex>.<32 hex>``."""
        return f"1000.{self.hex()}.{self.hex()}"
