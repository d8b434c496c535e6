"""Replaces every source of time and chance of the process while a simulation runs."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, tzinfo
from typing import Any
from unittest.mock import patch

from django.utils import timezone

from django_zcrm.emulator.state import Clock

from .scheduler import Scheduler


class EmulatorClock(Clock):
    """Zoho's clock: the true time of a simulation."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self._scheduler = scheduler

    def time(self) -> float:
        """Seconds since the epoch."""
        return self._scheduler.now + self._offset


@contextmanager
def simulated_sources(scheduler: Scheduler) -> Iterator[Callable[[object], None]]:
    """Take time and chance from the simulation; yield the function that seeds the chance.

    Replaces `timezone.now`, the clocks of the module `time`, `time.sleep`, `os.urandom`, and what
    the functions of the module `random` return.
    """
    chance = random.Random(0)  # noqa: S311

    class SimulatedDatetime(datetime):
        """The class that `django.utils.timezone` calls."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            """Return the time by the clock of the running process."""
            return datetime.fromtimestamp(scheduler.local_time(), tz)

    def seed(value: object) -> None:
        chance.seed(str(value))
        random.seed(str(value))

    state = random.getstate()
    with ExitStack() as stack:
        for owner, name, value in (
            (timezone, "datetime", SimulatedDatetime),
            (time, "time", scheduler.local_time),
            (time, "monotonic", lambda: scheduler.now),
            (time, "sleep", scheduler.pause),
            (os, "urandom", chance.randbytes),
            (random, "_urandom", chance.randbytes),
        ):
            stack.enter_context(patch.object(owner, name, value))
        try:
            yield seed
        finally:
            random.setstate(state)
