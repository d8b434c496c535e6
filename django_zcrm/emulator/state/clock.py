"""The emulator's time: the machine's, shifted by tests, or frozen."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EARLIEST = 0.0
LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()


class Clock:
    """A clock; ``advance`` moves it, ``frozen_at`` freezes it between moves."""

    def __init__(self, frozen_at: datetime | None = None) -> None:
        self._frozen_at = frozen_at
        self._offset = 0.0

    def time(self) -> float:
        """Seconds since the epoch."""
        base = time.time() if self._frozen_at is None else self._frozen_at.timestamp()
        return base + self._offset

    def now(self) -> datetime:
        """The time as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    def iso(self, zone: str = "UTC", *, at: datetime | None = None) -> str:
        """``at`` (or now) as Zoho writes datetimes: to the second, with the user zone's offset."""
        moment = (at or self.now()).astimezone(ZoneInfo(zone)).replace(microsecond=0)
        return moment.isoformat()

    def advance(self, seconds: float | timedelta) -> None:
        """Move the time on. Raises ValueError when it would leave the supported years."""
        if isinstance(seconds, timedelta):
            seconds = seconds.total_seconds()
        if not EARLIEST <= self.time() + seconds <= LATEST:
            raise ValueError("the time stays between the years 1970 and 9000")
        self._offset += seconds

    @contextmanager
    def earlier(self, seconds: float) -> Iterator[None]:
        """Return an earlier time during the block."""
        self._offset -= seconds
        try:
            yield
        finally:
            self._offset += seconds

    @property
    def offset(self) -> float:
        """The seconds that all moves add up to."""
        return self._offset

    def reset(self) -> None:
        """Undo all moves."""
        self._offset = 0.0
