"""One turn of reading: which steps are due for a mirror, in which order."""

from __future__ import annotations

from django.utils import timezone

from ...conf import get_settings
from ..apply import Applied
from ..planning import schedule
from ..work import Work
from .backfill import backfill_step
from .deletions import sync_deletions
from .delta import sync_changes
from .reconcile import reconcile_step
from .refresh import refresh_fields


def pull(work: Work) -> Applied:
    """Read what is due: a step of the first reading, or changes and whatever else has its time.

    To be called as often as one likes. Raises what calls raise, and LeaseLost.
    """
    state, now = work.state, timezone.now()
    if state.synced_until is None:
        return backfill_step(work)
    applied = sync_changes(work)
    applied.add(sync_deletions(work))
    options = work.target.options
    if options and schedule.fields_due(options.refresh, state.refreshed, now):
        applied.add(refresh_fields(work))
    period = get_settings().mirror.reconcile
    begun = state.reconciled_at or state.created_at
    if state.reconciliation or schedule.is_over(begun, period, now):
        applied.add(reconcile_step(work))
    return applied
