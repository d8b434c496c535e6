"""Ids, tokens and hashes that are the same in every run with the same seed."""

from __future__ import annotations

import random
import secrets
from typing import Any

FIRST_PREFIX = 3652397
"""The first digits of ids in the first organisation; each further one counts on from here."""

SERIAL_DIGITS = 12
ID_DIGITS = 19
_FIRST_SERIAL = 100_000
"""Ids given later end in more than this; smaller numbers are for what seeding creates."""


class Ids:
    """The emulator's source of ids and secrets. ``seed=None`` makes the secrets unpredictable."""

    def __init__(self, seed: int | None = None) -> None:
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Start over: with a seed, the same ids and secrets follow."""
        self._serial = _FIRST_SERIAL
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

    def serial(self) -> int:
        """A new number, larger than all earlier ones."""
        self._serial += 1
        return self._serial

    def next(self) -> str:
        """A new 19-digit id that belongs to no organisation."""
        return make_id(FIRST_PREFIX, self.serial())

    def hex(self, digits: int = 32) -> str:
        """Random hexadecimal digits."""
        if self._random is None:
            return secrets.token_hex(digits // 2)
        return f"{self._random.getrandbits(digits * 4):0{digits}x}"

    def token(self) -> str:
        """A code or token in Zoho's format, ``1000.<32 hex>.<32 hex>``."""
        return f"1000.{self.hex()}.{self.hex()}"


class OrganisationIds:
    """The ids of one organisation: as in Zoho, they share their first digits.

    So an id of one organisation is unknown in every other one.
    """

    def __init__(self, source: Ids, prefix: int) -> None:
        self._source = source
        self.prefix = prefix

    def next(self) -> str:
        """A new 19-digit id, larger than all earlier ones of the organisation."""
        return make_id(self.prefix, self._source.serial())

    def seed_id(self, serial: int) -> str:
        """The id, the same in every run, of something that seeding creates."""
        return make_id(self.prefix, serial)

    def hex(self, digits: int = 32) -> str:
        """Random hexadecimal digits."""
        return self._source.hex(digits)


def make_id(prefix: int, serial: int) -> str:
    """The 19-digit id with this prefix and serial number."""
    return f"{prefix}{serial:0{SERIAL_DIGITS}d}"
