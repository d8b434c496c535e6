"""Changes since the last poll, in the order of (Modified_Time, id), page by page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from ...conf import get_settings
from ...exceptions import Invalid
from ...zoho.query.changes import Changes, changes, listed_changes
from ..apply import Applied
from ..planning.cursor import Cursor, horizon, start_of
from ..work import Work
from .fields import TIME, PulledFields, UnknownField, completed, fields_of
from .files import REFUSALS
from .storing import commit

PAGE = 2_000
"""Records of one request: as many as COQL gives."""


def sync_changes(work: Work) -> Applied:
    """Read and write all changes since the mirror was in step; return the result.

    Each page and the cursor behind it are committed together, so whoever goes on after a crash
    repeats one page at most. What the first page said of Zoho's clock counts for all of them, also
    for those that are read after a crash. A module without Modified_Time is read from its first id
    to its last. Raises what calls raise, and LeaseLost.
    """
    options, state, applied = get_settings().mirror, work.state, Applied()
    if state.synced_until is None:
        raise ValueError("The first reading has not ended.")
    settle = timedelta(seconds=options.settle)
    settled = state.horizon if state.cursor_time is not None else None
    cursor = (
        Cursor(state.cursor_time, state.cursor_id)
        if state.cursor_time is not None  # a cycle that did not come to its end
        else start_of(state.synced_until, timedelta(seconds=options.overlap))
    )
    fields = fields_of(work)
    for page in _pages(work, fields, cursor):
        if settled is None and page.server_time is not None:
            settled = horizon(page.server_time, settle)
        if page.rows:
            cursor = _behind(page, fields, cursor)
        completed(work, page.rows, fields.single)
        noted: dict[str, Any]
        if page.more:
            noted = {"cursor_time": cursor.time, "cursor_id": cursor.id, "horizon": settled}
        else:
            until = settled or min(cursor.time - settle, state.synced_until)
            noted = {
                "cursor_time": None,
                "cursor_id": "",
                "horizon": None,
                "synced_until": max(until, state.synced_until),
                "last_run_at": timezone.now(),
            }
        applied.add(commit(work, page.rows, noted))
    return applied


def _behind(page: Changes, fields: PulledFields, cursor: Cursor) -> Cursor:
    last = page.rows[-1]
    if not fields.has_time or not last.get(TIME):
        return Cursor(cursor.time, str(last["id"]))
    return Cursor(datetime.fromisoformat(last[TIME]), str(last["id"]))


def _pages(work: Work, fields: PulledFields, cursor: Cursor) -> Iterator[Changes]:
    """Yield all pages, by COQL, or by list where COQL is refused."""
    source, module = work.crm.objects(work.state.module).source, work.state.module
    since = cursor.time if fields.has_time else None
    after, is_first = cursor.id, True
    while True:
        try:
            page = source.run(changes(source, module, fields.listed, since, after, PAGE))
        except REFUSALS as error:
            if isinstance(error, Invalid) and (name := error.details.get("column_name")):
                raise UnknownField(f"Zoho refuses the field {name} of {module}.") from error
            if not is_first:
                raise
            break
        more = page.more and bool(page.rows)
        yield Changes(page.rows, more, page.server_time)
        if not more:
            return
        behind = _behind(page, fields, Cursor(since or cursor.time, after))
        since, after, is_first = behind.time if fields.has_time else None, behind.id, False
    token = ""
    while True:
        page, token = source.run(listed_changes(source, module, fields.listed, since, token))
        more = page.more and bool(page.rows) and bool(token)
        yield Changes(page.rows, more, page.server_time)
        if not more:
            return
