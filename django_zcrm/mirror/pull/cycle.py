"""Reading from Zoho: which steps are due for a mirror, and in which order."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone

from ...conf import get_settings
from ..apply import Applied
from ..models import MirrorState
from ..models.state import TOO_MANY_MISSING, UNREAD
from ..planning import schedule
from ..work import Work
from .backfill import backfill_step
from .deletions import sync_deletions
from .delta import sync_changes
from .files import MAX_DIRECT
from .reconcile import RETRY_SECONDS, reconcile_step
from .refresh import fields_held, fields_to_read, refresh_fields


def pull(work: Work) -> Applied:
    """Read what is due: a step of the first reading, or changes and whatever has its period.

    Can be called at any time. Raises the errors of calls, and LeaseLost.
    """
    if has_other_table(work):
        with work.commit() as columns:
            columns.update(phase=MirrorState.Phase.BACKFILL, **UNREAD)
    applied = _steps(work, backfill_step, lambda work: work.state.is_backfilling)
    if work.state.is_backfilling:
        return applied
    applied.add(sync_changes(work))
    applied.add(sync_deletions(work))
    applied.add(_steps(work, refresh_fields, is_refresh_due))
    applied.add(_steps(work, reconcile_step, is_reconciliation_due))
    return applied


def _steps(work: Work, step: Callable[[Work], Applied], is_due: Callable[[Work], bool]) -> Applied:
    """Do step after step, until Zoho has to finish something first or other mirrors are due."""
    applied = Applied()
    while is_due(work):
        done = step(work)
        wait, done.again = done.again, None
        applied.add(done)
        if wait or done.created + done.updated > MAX_DIRECT:
            applied.again = wait or 0.0
            break
    return applied


def has_other_table(work: Work) -> bool:
    """Whether the module has got, or lost, a model since it was read."""
    fields = work.state.fields
    return fields is not None and bool(fields) is not bool(work.target.options)


def is_refresh_due(work: Work) -> bool:
    """Whether fields with a `refresh` period are due, or the model's fields have changed."""
    if work.target.options is None:
        return False
    return (
        schedule.FILES in work.state.refreshed
        or fields_held(work) != work.state.fields
        or bool(fields_to_read(work))
    )


def is_reconciliation_due(work: Work) -> bool:
    """Whether the comparison of all ids is due, or has begun."""
    state, period = work.state, float(get_settings().mirror.reconcile)
    if state.blocked == TOO_MANY_MISSING:
        period = min(period, RETRY_SECONDS)
    at = state.reconciled_at
    return bool(state.reconciliation) or at is None or schedule.is_over(at, period, timezone.now())
