"""Which fields are due to be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

FILES = "files"
"""Where the moments of fields that were refreshed have what is under way, beside the fields."""


def is_over(begun: datetime, seconds: float, now: datetime) -> bool:
    """Whether a period that began at a moment is over."""
    return now - begun >= timedelta(seconds=seconds)


def fields_due(
    periods: Mapping[str, int], refreshed: Mapping[str, str], now: datetime
) -> tuple[str, ...]:
    """Return the fields whose period, in seconds, is over since they were read last."""
    return tuple(
        name
        for name, seconds in periods.items()
        if name not in refreshed or is_over(datetime.fromisoformat(refreshed[name]), seconds, now)
    )
