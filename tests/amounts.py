"""How much of the same a test does: all of it in CI, and elsewhere enough to notice a mistake."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

Value = TypeVar("Value")


def amount(in_ci: int, elsewhere: int, variable: str = "") -> int:
    """Return how many rows, calls or examples there are; an environment variable may say so."""
    return int(os.environ.get(variable) or (in_ci if os.environ.get("CI") else elsewhere))


def some(values: Iterable[Value], elsewhere: int = 1) -> list[Value]:
    """Return all values in CI, and the first few elsewhere: for what starts browsers or servers."""
    found = list(values)
    return found[: amount(len(found), elsewhere)]
