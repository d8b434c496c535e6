"""Marks rows whose records were deleted in Zoho or are unreachable. Rows are never removed."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from ..models import Connection
from . import saving
from .apply import BATCH, send_signals_on_commit
from .locking import lock_rows
from .models import RecordState
from .signals import record_synced
from .targets import MirrorTarget


def mark(
    target: MirrorTarget, connection: Connection, ids: Sequence[str], state: RecordState
) -> int:
    """Set the state of rows, by the ids of their records; return how many changed.

    Call it within a transaction. Deleted rows do not become unreachable.
    """
    marked = 0
    final = [state, RecordState.DELETED]
    ordered = sorted(ids)
    model, now = target.model, timezone.now()
    for start in range(0, len(ordered), BATCH):
        rows = target.rows(connection).filter(zoho_id__in=ordered[start : start + BATCH])
        keys = list(rows.exclude(zoho_state__in=final).values_list("pk", flat=True))
        marking = lock_rows(rows.filter(pk__in=keys).exclude(zoho_state__in=final))
        for row in marking:
            row.zoho_state, row.synced_at = state, now
        saving.update_all(marking, ["zoho_state", "synced_at"])
        marked += len(marking)
        if marking and record_synced.has_listeners(model):
            send_signals_on_commit(model, [(row, str(state), {}) for row in marking])
    return marked
