"""Take slots of a limiter, and wait for what other threads do."""

from __future__ import annotations

import time
from collections.abc import Callable

from django_zcrm.limits.sharing import SharedLimiter
from django_zcrm.limits.slot_pool import Slot
from django_zcrm.zoho.limits.costs import ONE

LONG = 60.0
"""Seconds that a test waits at most, also on a busy machine."""


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.002)


def hold(limiter: SharedLimiter, count: int) -> list[Slot]:
    slots = [limiter.pool.take(ONE, False, LONG) for _ in range(count)]
    assert None not in slots
    return [slot for slot in slots if slot]
