"""How much of the same a test does: all of it in CI, and elsewhere enough to notice a mistake."""

from __future__ import annotations

import os


def amount(in_ci: int, elsewhere: int, variable: str = "") -> int:
    """Return how many rows, calls or examples there are; an environment variable may say so."""
    return int(os.environ.get(variable) or (in_ci if os.environ.get("CI") else elsewhere))
