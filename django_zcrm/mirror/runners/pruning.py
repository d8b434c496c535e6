"""Deletes rows that are no longer needed, a slice at a time, whoever they belong to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ..locking import delete_by_key, lock_free_rows
from ..models import Notice, OutboxItem
from ..notifications.notices import MAX_AGE

SLICE = 1_000
"""Rows that are deleted at once, so that no page waits for many locked rows."""

SLICES = 10
"""Slices of a kind that one call deletes."""

KEPT = timedelta(days=7)
"""How long items are kept after their change has reached Zoho or was discarded."""


def prune() -> bool:
    """Delete some old notices and outbox items; return whether there may be more.

    Notices are needed for MAX_AGE: processed ones to recognise repetitions, others until a poll has
    covered them. Items that failed or are in conflict are kept for a person.
    """
    now = timezone.now()
    old: list[QuerySet[Any]] = [
        OutboxItem.objects.filter(state=state, done_at__lt=now - KEPT).order_by("done_at")
        for state in OutboxItem.OVER
    ]
    old.append(Notice.objects.filter(received_at__lt=now - MAX_AGE).order_by("received_at"))
    have_more = [_delete_some(rows) for rows in old]
    return any(have_more)


def _delete_some(rows: QuerySet[Any]) -> bool:
    """Delete at most SLICES slices; return whether there may be more.

    Leaves rows that another transaction has locked to a later call.
    """
    for _ in range(SLICES):
        with transaction.atomic(using=rows.db):  # MariaDB would commit each row
            keys = [row.pk for row in lock_free_rows(rows.only("pk")[:SLICE])]
            delete_by_key(rows.model._default_manager.using(rows.db), keys)
        if len(keys) < SLICE:
            return False
    return True
