"""Stored moments before which something must not happen, written by a clock that may be wrong.

A moment that is further ahead than it can have been set was written by a clock that was ahead: it
counts as reached, or everything would wait until that moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, Expression, Q
from django.utils import timezone

MAX_TOLERANCE = 60.0
"""Seconds by which clocks may differ; of moments that are set less far ahead, as many as that."""

_keeps_moments: ContextVar[bool] = ContextVar("zcrm_keeps_moments", default=False)


class Moment(Expression):
    """The time when a statement is executed, or some seconds later."""

    def __init__(self, seconds: float = 0.0) -> None:
        super().__init__(DateTimeField())
        self.seconds = seconds

    @classmethod
    def latest(cls, seconds: float) -> Moment:
        """Return the expression for `latest`."""
        return cls(seconds + min(seconds, MAX_TOLERANCE))

    def at(self, now: datetime) -> datetime:
        """Return the value for a statement that is executed now."""
        return now + timedelta(seconds=self.seconds)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Return a placeholder, and the value; within `keep_moments`, this moment itself."""
        if _keeps_moments.get():
            return "%s", (self,)
        return "%s", (connection.ops.adapt_datetimefield_value(self.at(timezone.now())),)


@contextmanager
def keep_moments() -> Iterator[None]:
    """Compile statements without the values of their moments, so that each use sets them."""
    token = _keeps_moments.set(True)
    try:
        yield
    finally:
        _keeps_moments.reset(token)


def storable(moment: datetime) -> datetime:
    """Return a moment as the database takes it: in local time, without a zone, if USE_TZ is off."""
    zone = timezone.get_default_timezone()
    return moment if settings.USE_TZ else timezone.make_naive(moment, zone)


def latest(seconds: float) -> datetime:
    """Return the latest moment that may have been set at most `seconds` ahead."""
    return Moment.latest(seconds).at(timezone.now())


def is_reached(moment: datetime, seconds: float) -> bool:
    """Return whether a moment that is set at most `seconds` ahead has come, or cannot be right."""
    return not timezone.now() < moment <= latest(seconds)


def condition_reached(column: str, seconds: float) -> Q:
    """Return the condition that the moment in a column has come, or cannot be right."""
    is_past, is_wrong = {f"{column}__lte": Moment()}, {f"{column}__gt": Moment.latest(seconds)}
    return Q(**is_past) | Q(**is_wrong)
