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
from .files import MAX_DIRECT
from .reconcile import reconcile_step
from .refresh import refresh_fields


def pull(work: Work) -> Applied:
    """Read what is due: a step of the first reading, or changes and whatever else has its time.

    To be called as often as one likes. Raises what calls raise, and LeaseLost.
    """
    state, applied = work.state, Applied()
    while state.synced_until is None:
        step = backfill_step(work)
        applied.add(step)
        if step.again or step.created + step.updated > MAX_DIRECT:
            return applied  # Zoho has to do something first, or it is others' turn
    applied.again = None
    now = timezone.now()
    applied.add(sync_changes(work))
    applied.add(sync_deletions(work))
    options = work.target.options
    if options and schedule.fields_due(options.refresh, state.refreshed, now):
        applied.add(refresh_fields(work))
    period = get_settings().mirror.reconcile
    at = state.reconciled_at
    if state.reconciliation or at is None or schedule.is_over(at, period, now):
        applied.add(reconcile_step(work))
    return applied
