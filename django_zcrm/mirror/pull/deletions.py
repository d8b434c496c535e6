"""Syncs deletions: reads Zoho's list of deleted records, and verifies each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from ...conf import get_settings
from ...exceptions import Invalid, NotFound
from ...zoho.query.read.changes import deletions
from ..apply import SyncResult
from ..leased_mirror import LeasedMirror
from ..models import RecordState
from ..planning.cursor import safe_until
from ..planning.schedule import seconds_between_deletions
from ..statements import Select, compiled, numbered, parameters, size_of
from ..stored import id_of
from ..targets import MirrorTarget
from .reading import verify
from .unstored import select_unstored

KEPT = timedelta(days=60)
"""How long Zoho lists records in the bin (ZD 162); purged records are listed twice as long."""

MARGIN = timedelta(days=1)
MAX_PAGES = 10
"""The list has no page tokens, and Zoho returns no pages beyond 2,000 rows."""


def sync_deletions(mirror: LeasedMirror) -> SyncResult:
    """Mark the rows whose records were deleted since the last sync; return the result.

    A mirror that has not run for longer than Zoho keeps its list becomes due for reconciliation.
    Raises the errors of calls, and LeaseLost.
    """
    state, options, applied = mirror.state, get_settings().mirror, SyncResult()
    period = timedelta(
        seconds=seconds_between_deletions(state.poll_interval or options.poll_interval)
    )
    begin = state.deleted_until or state.synced_until
    if begin is None:
        raise ValueError("The initial sync has not ended.")
    since = begin - timedelta(seconds=options.overlap)
    source, module = mirror.crm.objects(state.module).source, state.module
    until, is_whole, number = None, True, 1
    while True:
        try:
            rows, more, moment = source.run(deletions(source, module, since, number))
        except (Invalid, NotFound):
            # The module has no such list: reconciliation finds its deletions.
            mirror.note(deletions_due=timezone.now() + period)
            return applied
        if number == 1:
            until = (
                begin
                if moment is None
                else safe_until(moment, timedelta(seconds=options.settle_time))
            )
        marked = verify(
            mirror,
            _exclude_marked(mirror, list(filter(None, map(id_of, rows)))),
            RecordState.DELETED,
        )
        applied.add(marked)
        # Pages shift while records are restored. So `deleted_until` advances only after a pass
        # whose further pages had no news.
        is_whole = is_whole and not (number > 1 and marked.removed)
        if not more:
            break
        number += 1
        if number > MAX_PAGES:
            break
    is_cut = number > MAX_PAGES or (until is not None and until - since > KEPT - MARGIN)
    mirror.note(deletions_due=timezone.now() + period)
    if is_whole and until is not None:
        mirror.note(deleted_until=max(until, begin))
    if is_cut:
        mirror.note(reconciled_at=None)
    return applied


def _exclude_marked(mirror: LeasedMirror, ids: Sequence[str]) -> list[str]:
    if not ids:
        return []
    size, id_values = size_of(ids), numbered("id", ids)
    there = mirror.target.fetch(_select_unmarked, mirror.connection, size, **id_values)
    return list(dict.fromkeys((*map(str, there), *select_unstored(mirror, ids))))


@compiled
def _select_unmarked(using: str, target: MirrorTarget, size: int) -> Select:
    rows = target.rows_of_parameters(using).filter(zoho_id__in=parameters("id", size))
    unmarked = rows.exclude(zoho_state=RecordState.DELETED).order_by("zoho_id")
    return Select.of(unmarked.values_list("zoho_id", flat=True))
