"""The counts of credits in the database: adds those of this process, and reads those of all.

Written together with usage, once a minute at most. Database errors are logged, not raised.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import Error as DBError
from django.db import router, transaction
from django.utils import timezone

from ..models import CreditUse
from ..moments import storable
from ..upsert import Combine, add_to_rows
from .credit_counter import DAY, Bucket
from .registry import note_unwritten, unwritten_counters

log = logging.getLogger("django_zcrm")

RETENTION_SECONDS = 2 * DAY
"""Seconds after which rows are deleted: a day after they stop counting."""

PRUNED_ROWS = 1_000
"""Rows that are deleted at once."""

COMBINE: Mapping[str, Combine] = {
    "credits": "sum",
    "calls": "sum",
    "refused": "sum",
    "waits": "sum",
    "waited_ms": "sum",
    "remaining": "last",
}


def flush() -> None:
    """Write the counts of this process's credit counters, and read those of other processes."""
    counters = unwritten_counters()
    waiting = {key: counter.take_waiting() for key, counter in counters.items()}
    if not any(waiting.values()):
        return
    try:
        _write(waiting)
        stored = read_all(waiting)
    except DBError as error:
        for key, buckets in waiting.items():
            counters[key].put_back(buckets)
            note_unwritten(key, counters[key])
        log.warning(
            "Could not write the counts of credits; the next flush tries again: %s",
            type(error).__name__,
        )
        return
    for key, counter in counters.items():
        counter.learn(stored.get(key, {}))


def _write(waiting: Mapping[str, Mapping[int, Bucket]]) -> None:
    """Add buckets to their rows by one statement, in the same order in all processes."""
    rows = [
        {
            "organisation": key,
            "starts_at": storable(datetime.fromtimestamp(start, UTC)),
            **_columns(buckets[start]),
        }
        for key, buckets in sorted(waiting.items())
        for start in sorted(buckets)
    ]
    with transaction.atomic(using=router.db_for_write(CreditUse)):
        add_to_rows(CreditUse, rows, ("organisation", "starts_at"), COMBINE)


def prune() -> int:
    """Delete a slice of the rows that no longer count, of all organisations; return how many."""
    before = timezone.now() - timedelta(seconds=RETENTION_SECONDS)
    old = CreditUse.objects.filter(starts_at__lt=before).order_by("starts_at")
    keys = list(old.values_list("pk", flat=True)[:PRUNED_ROWS])
    return CreditUse.objects.filter(pk__in=keys).delete()[0] if keys else 0


def read(organisation: str, seconds: float = DAY) -> dict[int, Bucket]:
    """Return the counts of all processes in the last 24 hours, by the start of each bucket."""
    return read_all([organisation], seconds).get(organisation, {})


def read_all(organisations: Iterable[str], seconds: float = DAY) -> dict[str, dict[int, Bucket]]:
    """Return the same for several organisations, without empty ones."""
    first = timezone.now() - timedelta(seconds=seconds)
    read: dict[str, dict[int, Bucket]] = {}
    for row in CreditUse.objects.filter(organisation__in=organisations, starts_at__gt=first):
        read.setdefault(row.organisation, {})[int(row.starts_at.timestamp())] = Bucket(
            row.credits, row.calls, row.refused, row.waits, row.waited_ms, row.remaining
        )
    return read


def _columns(bucket: Bucket) -> dict[str, Any]:
    return {
        "credits": bucket.credits,
        "calls": bucket.calls,
        "refused": bucket.refused,
        "waits": bucket.waits,
        "waited_ms": round(bucket.waited_ms),
        "remaining": bucket.remaining,
    }
