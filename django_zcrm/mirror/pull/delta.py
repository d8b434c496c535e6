"""Syncs changes since the last poll, in the order of (Modified_Time, id), page by page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.utils import timezone

from ...conf import get_settings
from ...exceptions import UnreadableResponse
from ...zoho.query.read.changes import Changes, changes, list_changes
from ..apply import SyncResult
from ..declared_fields import raise_if_field_is_gone, raise_if_field_is_refused
from ..leased_mirror import LeasedMirror
from ..planning.cursor import Cursor, safe_until, start_of
from ..stored import id_of, moment_or_none
from .fields import TIME, PulledFields, complete_records, fields_of
from .files import REFUSALS
from .storing import commit

FIRST_PAGE = 200
"""Records of the first request of a poll: the most that cost one credit."""

PAGE = 2_000
"""Records of each further request, the maximum of COQL, for three credits."""


def sync_changes(mirror: LeasedMirror, applied: SyncResult) -> None:
    """Read and write all changes since the last complete poll, and add the counts to `applied`.

    Each page is committed together with the cursor after it, so a worker that continues after a
    crash repeats one page at most. Zoho's time of the first page counts for all pages, also for
    those that are read after a crash. A module without Modified_Time is read from its first id to
    its last. Raises the errors of calls, and LeaseLost.
    """
    options, state = get_settings().mirror, mirror.state
    if state.synced_until is None:
        raise ValueError("The initial sync has not ended.")
    settle = timedelta(seconds=options.settle_time)
    settled = state.safe_until if state.cursor_time is not None else None
    cursor = (
        Cursor(state.cursor_time, state.cursor_id)
        if state.cursor_time is not None  # the last poll was interrupted
        else start_of(state.synced_until, timedelta(seconds=options.overlap))
    )
    fields = fields_of(mirror)
    for page in _fetch_pages(mirror, fields, cursor):
        if settled is None and page.server_time is not None:
            settled = safe_until(page.server_time, settle)
        if page.rows:
            cursor = _cursor_after(page, fields, cursor)
        complete_records(mirror, page.rows, fields.single)
        columns: dict[str, Any]
        if page.more:
            columns = {"cursor_time": cursor.time, "cursor_id": cursor.id, "safe_until": settled}
        else:
            until = settled or min(cursor.time - settle, state.synced_until)
            columns = {
                "cursor_time": None,
                "cursor_id": "",
                "safe_until": None,
                "synced_until": max(until, state.synced_until),
                "last_run_at": timezone.now(),
            }
        if page.rows:
            applied.add(commit(mirror, page.rows, columns))
        else:
            mirror.note(**columns)
        if page.more and mirror.is_out_of_time:
            applied.again = 0.0
            break


def _cursor_after(page: Changes, fields: PulledFields, cursor: Cursor) -> Cursor:
    """Return the cursor after the last record of a page that has a valid id and time.

    Records after it are read again with the next page.
    """
    for row in reversed(page.rows):
        if not (zoho_id := id_of(row)):
            continue
        if not fields.has_time or not row.get(TIME):
            return Cursor(cursor.time, zoho_id)
        if (moment := moment_or_none(row[TIME])) is not None:
            return Cursor(moment, zoho_id)
    return cursor


def _fetch_pages(mirror: LeasedMirror, fields: PulledFields, cursor: Cursor) -> Iterator[Changes]:
    """Yield all pages, by COQL, or by list if Zoho refuses COQL."""
    source, module = mirror.crm.objects(mirror.state.module).source, mirror.state.module
    since = cursor.time if fields.has_time else None
    after, is_first = cursor.id, True
    while True:
        size = FIRST_PAGE if is_first else PAGE
        try:
            page = source.run(changes(source, module, fields.listed, since, after, size))
        except REFUSALS as error:
            raise_if_field_is_refused(error, mirror)
            if not is_first:
                raise
            break
        if page.more and not page.rows:  # all of them were deleted or hidden between two requests
            raise UnreadableResponse(f"a page of {module} has no records, but there are more")
        before = Cursor(since or cursor.time, after)
        behind = _cursor_after(page, fields, before)
        yield page
        if not page.more:
            return
        if behind == before:
            raise UnreadableResponse(f"a page of {module} has no record with a valid id and time")
        since, after, is_first = behind.time if fields.has_time else None, behind.id, False
    token = ""
    while True:
        page, token = source.run(list_changes(source, module, fields.listed, since, token))
        raise_if_field_is_gone(page.rows, fields.listed, mirror)
        more = page.more and bool(token)
        yield Changes(page.rows, more, page.server_time)
        if not more:
            return
