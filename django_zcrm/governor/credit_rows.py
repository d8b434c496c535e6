"""The counts of credits in the database: adds those of this process, and reads those of all.

Written together with usage, every few seconds at most. Database errors are logged, not raised.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import Error as DBError
from django.db import IntegrityError, router, transaction
from django.db.models import F

from ..models import CreditUse
from .ledger import DAY, Bucket, Ledger
from .registry import ledgers

log = logging.getLogger("django_zcrm")

RETENTION_SECONDS = 2 * DAY
"""Seconds for which rows are kept: a day longer than they count."""


def flush() -> None:
    """Write the counts of all ledgers of this process, and read those of other processes."""
    for organisation, ledger in ledgers().items():
        try:
            _flush(organisation, ledger)
        except DBError as error:
            log.warning("Credits not written, will be tried again: %s", type(error).__name__)


def _flush(organisation: str, ledger: Ledger) -> None:
    waiting = ledger.take_waiting()
    if not waiting:
        return
    unwritten = dict(waiting)
    try:
        for start in sorted(waiting):
            with transaction.atomic(using=router.db_for_write(CreditUse)):
                _add(organisation, start, waiting[start])
            del unwritten[start]
    finally:
        ledger.put_back(unwritten)
    ledger.learn(read(organisation))


def read(organisation: str, seconds: float = DAY) -> dict[int, Bucket]:
    """Return the counts of all processes in the last 24 hours, by the start of each bucket."""
    return read_all([organisation], seconds).get(organisation, {})


def read_all(organisations: Iterable[str], seconds: float = DAY) -> dict[str, dict[int, Bucket]]:
    """Return the same for several organisations, without empty ones."""
    first = datetime.now(UTC) - timedelta(seconds=seconds)
    read: dict[str, dict[int, Bucket]] = {}
    for row in CreditUse.objects.filter(organisation__in=organisations, starts_at__gt=first):
        read.setdefault(row.organisation, {})[int(row.starts_at.timestamp())] = Bucket(
            row.credits, row.calls, row.refused, row.waits, row.waited_ms, row.remaining
        )
    return read


def _add(organisation: str, start: int, bucket: Bucket) -> None:
    """Add a bucket to its row, or create the row; others may be doing the same."""
    starts_at = datetime.fromtimestamp(start, UTC)
    rows = CreditUse.objects.filter(organisation=organisation, starts_at=starts_at)
    if rows.update(**_changes(bucket)):
        return
    old = starts_at - timedelta(seconds=RETENTION_SECONDS)
    CreditUse.objects.filter(organisation=organisation, starts_at__lt=old).delete()
    try:
        with transaction.atomic(using=rows.db):
            CreditUse.objects.create(
                organisation=organisation, starts_at=starts_at, **_columns(bucket)
            )
    except IntegrityError:
        rows.update(**_changes(bucket))


def _columns(bucket: Bucket) -> dict[str, Any]:
    return {
        "credits": bucket.credits,
        "calls": bucket.calls,
        "refused": bucket.refused,
        "waits": bucket.waits,
        "waited_ms": round(bucket.waited_ms),
        "remaining": bucket.remaining,
    }


def _changes(bucket: Bucket) -> Mapping[str, Any]:
    columns = _columns(bucket)
    remaining = columns.pop("remaining")
    changes: dict[str, Any] = {name: F(name) + value for name, value in columns.items()}
    if remaining is not None:
        changes["remaining"] = remaining
    return changes
