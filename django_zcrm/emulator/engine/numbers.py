"""Numbers as Zoho writes them."""

from __future__ import annotations

from typing import Any


def drop_zero_fraction(value: Any) -> Any:
    """Return a float without a fraction as an integer: Zoho writes 850000, not 850000.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
