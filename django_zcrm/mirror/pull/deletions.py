"""Records deleted in Zoho: read from its list of deleted ones, and verified."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ...conf import get_settings
from ...exceptions import Invalid, NotFound
from ...zoho.query.changes import deletions
from ..apply import Applied
from ..models import RecordState
from ..planning.cursor import horizon
from ..work import Work
from .reading import verify

KEPT = timedelta(days=60)
"""How long Zoho lists what is in the bin (ZD 162); what was purged, twice as long."""

MARGIN = timedelta(days=1)
MAX_PAGES = 10
"""The list has no page tokens, and pages end at 2,000 rows."""


def sync_deletions(work: Work) -> Applied:
    """Mark the rows whose records were deleted since the last time; return the result.

    A mirror that slept longer than Zoho keeps its list is to be reconciled. Raises what calls
    raise, and LeaseLost.
    """
    state, options, applied = work.state, get_settings().mirror, Applied()
    begun = state.deleted_until or state.synced_until
    if begun is None:
        raise ValueError("The first reading has not ended.")
    since = begun - timedelta(seconds=options.overlap)
    source, module = work.crm.objects(state.module).source, state.module
    until, is_whole, number = None, True, 1
    while True:
        try:
            rows, more, moment = source.run(deletions(source, module, since, number))
        except (Invalid, NotFound):
            return applied  # no such list of this module: what is gone shows when ids are compared
        if number == 1:
            until = begun if moment is None else horizon(moment, timedelta(seconds=options.settle))
        marked = verify(
            work, _unmarked(work, [str(row["id"]) for row in rows]), RecordState.DELETED
        )
        applied.add(marked)
        # Pages move while records are restored: until a pass has no news, the next begins there.
        is_whole = is_whole and not (number > 1 and marked.removed)
        if not more:
            break
        number += 1
        if number > MAX_PAGES:
            break
    is_cut = number > MAX_PAGES or (until is not None and until - since > KEPT - MARGIN)
    with work.commit() as columns:
        if is_whole and until is not None:
            columns["deleted_until"] = max(until, begun)
        if is_cut:
            columns["reconciled_at"] = None
    return applied


def _unmarked(work: Work, ids: Sequence[str]) -> list[str]:
    rows = work.target.rows(work.connection).filter(zoho_id__in=list(ids))
    unmarked = rows.exclude(zoho_state=RecordState.DELETED).order_by("zoho_id")
    return [str(zoho_id) for zoho_id in unmarked.values_list("zoho_id", flat=True)]
