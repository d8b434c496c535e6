"""Stored moments before which something must not happen, written by a clock that may be wrong.

A moment that is further ahead than it can have been set was written by a clock that was ahead: it
counts as reached, or everything would wait until that moment.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

MAX_TOLERANCE = 60.0
"""Seconds by which clocks may differ; of moments that are set less far ahead, as many as that."""


def latest(seconds: float) -> datetime:
    """Return the latest moment that may have been set at most `seconds` ahead."""
    return timezone.now() + timedelta(seconds=seconds + min(seconds, MAX_TOLERANCE))


def is_reached(moment: datetime, seconds: float) -> bool:
    """Return whether a moment that is set at most `seconds` ahead has come, or cannot be right."""
    return not timezone.now() < moment <= latest(seconds)


def condition_reached(column: str, seconds: float) -> Q:
    """Return the condition that the moment in a column has come, or cannot be right."""
    return Q(**{f"{column}__lte": timezone.now()}) | Q(**{f"{column}__gt": latest(seconds)})
