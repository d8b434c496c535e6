"""Take slots of a limiter."""

from __future__ import annotations

from django_zcrm.limits.sharing import SharedLimiter
from django_zcrm.limits.slot_pool import Slot
from django_zcrm.zoho.limits.costs import ONE
from tests.app.limits.servers import LONG


def hold(limiter: SharedLimiter, count: int) -> list[Slot]:
    slots = [limiter.pool.take(ONE, False, LONG) for _ in range(count)]
    assert None not in slots
    return [slot for slot in slots if slot]
