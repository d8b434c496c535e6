"""The clock of a simulated fleet: it stands still unless it is moved."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, tzinfo
from typing import Any
from unittest.mock import patch

from django.utils import timezone


class VirtualClock:
    """Seconds since the epoch, as this process sees them."""

    def __init__(self, now: float) -> None:
        self.now = now

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.now += seconds


@contextmanager
def virtual_time() -> Iterator[VirtualClock]:
    """Replace the clocks of Django and of the module `time`, and `time.sleep`."""
    # From midnight by UTC, when the credits of a day begin to count.
    clock = VirtualClock(time.time() // 86_400 * 86_400)

    class VirtualDatetime(datetime):
        """The class that gives `django.utils.timezone` the time."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            """Return the time of the clock."""
            return datetime.fromtimestamp(clock.now, tz)

    with ExitStack() as stack:
        for owner, name, value in (
            (timezone, "datetime", VirtualDatetime),
            (time, "time", lambda: clock.now),
            (time, "monotonic", lambda: clock.now),
            (time, "sleep", clock.advance),
        ):
            stack.enter_context(patch.object(owner, name, value))
        yield clock
