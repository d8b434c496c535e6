"""Changes since the last look, in the order of (Modified_Time, id), a page at a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from ...conf import get_settings
from ...zoho.query.changes import changes
from ..apply import Applied, apply
from ..planning.cursor import Cursor, horizon, start_of
from ..work import Work

PAGE = 2_000
"""Records of one request: as many as COQL gives."""


def sync_changes(work: Work) -> Applied:
    """Read and write all changes since the mirror was in step; return what they came to.

    Each page and the cursor behind it are committed together, so whoever goes on after a crash
    repeats one page at most. Raises what calls raise, and LeaseLost.
    """
    options = get_settings().mirror
    overlap, settle = timedelta(seconds=options.overlap), timedelta(seconds=options.settle)
    state, applied = work.state, Applied()
    if state.synced_until is None:
        raise ValueError("The first reading has not ended.")
    cursor = (
        Cursor(state.cursor_time, state.cursor_id)
        if state.cursor_time is not None  # a cycle that did not come to its end
        else start_of(state.synced_until, overlap)
    )
    settled: datetime | None = None
    source = work.crm.objects(state.module).source
    while True:
        page = source.run(
            changes(source, state.module, fields_of(work), cursor.time, cursor.id, PAGE)
        )
        if settled is None and page.server_time is not None:
            settled = horizon(page.server_time, settle)
        if page.rows:
            last = page.rows[-1]
            cursor = Cursor(datetime.fromisoformat(last["Modified_Time"]), str(last["id"]))
        with work.commit() as columns:
            applied.add(apply(work.target, work.connection, page.rows))
            if page.more and page.rows:
                columns.update(cursor_time=cursor.time, cursor_id=cursor.id)
            else:
                until = settled or min(cursor.time, state.synced_until)
                columns.update(
                    cursor_time=None,
                    cursor_id="",
                    synced_until=max(until, state.synced_until),
                    last_run_at=timezone.now(),
                )
        if not page.more or not page.rows:
            return applied


def fields_of(work: Work) -> tuple[str, ...]:
    """Return the fields to read, in Zoho's words; of a module without a model all that it lists."""
    if work.target.options is not None:
        return work.target.options.zoho_fields
    fields = work.crm.session.module_fields(work.state.module)
    return tuple(field.api_name for field in fields if field.api_name != "id")
