"""Rows whose records are gone from Zoho, or out of its user's sight: marked, never removed."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from ..models import Connection
from .apply import BATCH, send_signals_on_commit
from .models import RecordState
from .signals import record_synced
from .targets import Target


def mark(target: Target, connection: Connection, ids: Sequence[str], state: RecordState) -> int:
    """Set the state of rows by the ids of their records, and return how many had another one.

    Within the caller's transaction. What was deleted does not become unreachable.
    """
    marked = 0
    final = [state, RecordState.DELETED]
    ordered = sorted(ids)
    model, now = target.model, timezone.now()
    for start in range(0, len(ordered), BATCH):
        rows = target.rows(connection).filter(zoho_id__in=ordered[start : start + BATCH])
        locked = rows.exclude(zoho_state__in=final).select_for_update().order_by("zoho_id")
        marking = list(locked)
        keys = [row.pk for row in marking]
        model._base_manager.filter(pk__in=keys).update(zoho_state=state, synced_at=now)
        marked += len(marking)
        if marking and record_synced.has_listeners(model):
            for row in marking:
                row.zoho_state, row.synced_at = state, now
            send_signals_on_commit(model, [(row, str(state), {}) for row in marking])
    return marked
