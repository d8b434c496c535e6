"""Changes that somebody dropped after a worker had read them: they are neither written nor sent."""

from __future__ import annotations

from collections.abc import Sequence

from ..locking import locked
from ..models import OutboxItem

State = OutboxItem.State


def without_dropped(items: Sequence[OutboxItem]) -> list[OutboxItem]:
    """Lock changes, and return those that nobody dropped; the others have the state from now on.

    Within the caller's transaction.
    """
    rows = OutboxItem.objects.filter(pk__in=[item.pk for item in items])
    there = {row.pk for row in locked(rows.exclude(state=State.DROPPED).only("pk"))}
    for item in items:
        if item.pk not in there:
            item.state = State.DROPPED
    return [item for item in items if item.pk in there]
