"""Runs the steps of a sync that are due for a mirror, in their order."""

from __future__ import annotations

import operator
from collections.abc import Callable

from django.utils import timezone

from ...conf import get_settings
from ...moments import is_reached
from ...zoho.query.read.snapshots import FailedJob
from ..apply import SyncResult
from ..declared_fields import retry_with_new_metadata
from ..leased_mirror import LeasedMirror
from ..models import MirrorState
from ..models.mirror_state import BEFORE_INITIAL_SYNC, TOO_MANY_MISSING
from ..planning import schedule
from .deletions import sync_deletions
from .delta import sync_changes
from .files import MAX_DIRECT
from .initial_sync import initial_sync_step
from .reconcile import RETRY_SECONDS, reconcile_step
from .refresh import find_fields_to_read, find_synced_fields, refresh_fields


def pull(mirror: LeasedMirror, applied: SyncResult) -> None:
    """Do the initial sync; after it, read changes, deletions and whatever else is due.

    Adds the counts of what was written to `applied`, also before an error. Can be called at any
    time. Raises the errors of calls, and LeaseLost.
    """
    try:
        retry_with_new_metadata(mirror, lambda: _pull(mirror, applied))
    except FailedJob as failed:
        raise failed.error from None


def _pull(mirror: LeasedMirror, applied: SyncResult) -> None:
    if has_other_table(mirror):
        with mirror.commit() as columns:
            columns.update(
                phase=MirrorState.Phase.INITIAL_SYNC,
                deletions_due=timezone.now(),
                **BEFORE_INITIAL_SYNC,
            )
    is_initial = operator.attrgetter("state.is_in_initial_sync")
    applied.add(_do_steps(mirror, initial_sync_step, is_initial))
    if mirror.state.is_in_initial_sync:
        return
    sync_changes(mirror, applied)
    if mirror.state.cursor_time is not None:  # out of time before the last page
        return
    if are_deletions_due(mirror):
        applied.add(sync_deletions(mirror))
    applied.add(_do_steps(mirror, refresh_fields, is_refresh_due))
    applied.add(_do_steps(mirror, reconcile_step, is_reconciliation_due))


def _do_steps(
    mirror: LeasedMirror,
    step: Callable[[LeasedMirror], SyncResult],
    is_due: Callable[[LeasedMirror], bool],
) -> SyncResult:
    """Do steps while they are due.

    Stop to wait for a job of Zoho's, after many rows, or when the worker is out of time.
    """
    applied = SyncResult()
    while is_due(mirror):
        result = step(mirror)
        wait, result.again = result.again, None
        applied.add(result)
        if wait or result.created + result.updated > MAX_DIRECT or mirror.is_out_of_time:
            applied.again = wait or 0.0
            break
    return applied


def has_other_table(mirror: LeasedMirror) -> bool:
    """Whether the module gained or lost its model since it was synced."""
    fields = mirror.state.fields
    return fields is not None and bool(fields) is not bool(mirror.target.options)


def are_deletions_due(mirror: LeasedMirror) -> bool:
    """Whether the deleted records are to be read: now and then, and before each comparison."""
    state = mirror.state
    is_comparison_next = is_reconciliation_due(mirror) and not state.reconciliation.get("windows")
    is_due = is_reached(state.deletions_due, schedule.MAX_DELETIONS_INTERVAL)
    return is_due or is_comparison_next


def is_refresh_due(mirror: LeasedMirror) -> bool:
    """Whether fields with a `refresh` period are due, or the model's fields have changed."""
    if mirror.target.options is None:
        return False
    return (
        schedule.FILES in mirror.state.refreshed
        or find_synced_fields(mirror) != mirror.state.fields
        or bool(find_fields_to_read(mirror))
    )


def is_reconciliation_due(mirror: LeasedMirror) -> bool:
    """Whether the comparison of all ids is due or under way."""
    state, period = mirror.state, float(get_settings().mirror.reconcile_interval)
    if state.blocked == TOO_MANY_MISSING:
        period = min(period, RETRY_SECONDS)
    at = state.reconciled_at
    return bool(state.reconciliation) or at is None or schedule.is_over(at, period, timezone.now())
