"""Deletes rows that are no longer needed, a slice at a time, whoever they belong to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import router, transaction
from django.db.models import QuerySet

from ...moments import Moment
from ..locking import delete_by_key, lock_free
from ..models import Notice, OutboxItem
from ..notifications.notices import MAX_AGE
from ..statements import Select, compiled

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
    have_more = [_delete_some(OutboxItem, state) for state in OutboxItem.OVER]
    return any([*have_more, _delete_some(Notice)])


@compiled
def _select_old(using: str, state: str) -> Select:
    rows: QuerySet[Any]
    if state:
        old = Moment(-KEPT.total_seconds())
        rows = OutboxItem.objects.filter(state=state, done_at__lt=old).order_by("done_at")
    else:
        old = Moment(-MAX_AGE.total_seconds())
        rows = Notice.objects.filter(received_at__lt=old).order_by("received_at")
    return Select.of(lock_free(rows.using(using).only("pk")[:SLICE]))


def _delete_some(model: type[Any], state: str = "") -> bool:
    """Delete at most SLICES slices; return whether there may be more.

    Leaves rows that another transaction has locked to a later call.
    """
    for _ in range(SLICES):
        using = router.db_for_write(model)
        with transaction.atomic(using=using):  # MariaDB would commit each row
            keys = [row.pk for row in _select_old(using, state).fetch()]
            delete_by_key(model.objects.using(using), keys)
        if len(keys) < SLICE:
            return False
    return True
