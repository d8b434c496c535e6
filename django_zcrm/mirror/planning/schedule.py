"""Plans when deletions are read, and finds the fields that are due for a refresh."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

TOLERANCE = timedelta(minutes=1)
"""The tolerated difference between the clocks of machines."""

FILES = "files"
"""The key of `MirrorState.refreshed` for the refresh that is under way; other keys are fields."""

POLLS_BETWEEN_DELETIONS = 96
"""Polls of a mirror for which Zoho's list of deleted records, which costs two credits, is read
once.
"""

MIN_DELETIONS_INTERVAL, MAX_DELETIONS_INTERVAL = 3600.0, 86_400.0
"""Seconds between two reads of that list: at least, and at most."""


def seconds_between_deletions(poll_interval: float) -> float:
    """Return the seconds between two reads of the deleted records, for this interval of polls."""
    wait = POLLS_BETWEEN_DELETIONS * poll_interval
    return min(max(wait, MIN_DELETIONS_INTERVAL), MAX_DELETIONS_INTERVAL)


def is_over(begin: datetime, seconds: float, now: datetime) -> bool:
    """Whether a period of some seconds that began at a time is over.

    A period that begins in the future counts as over, because a clock that was ahead stored it.
    """
    return not -TOLERANCE <= now - begin < timedelta(seconds=seconds)


def without_files(refreshed: Mapping[str, Any]) -> dict[str, Any]:
    """Return when each field was refreshed, without the progress of the present refresh."""
    return {name: at for name, at in refreshed.items() if name != FILES}


def find_due_fields(
    periods: Mapping[str, int], refreshed: Mapping[str, str], now: datetime
) -> tuple[str, ...]:
    """Return the fields whose period, in seconds, has passed since they were last read."""
    return tuple(
        name
        for name, seconds in periods.items()
        if name not in refreshed or is_over(datetime.fromisoformat(refreshed[name]), seconds, now)
    )
