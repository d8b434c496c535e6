"""Reads a whole module by bulk read: plans windows, creates their jobs and reads their files.

The plan is a list of windows, plain dicts that the state keeps as JSON: `via` (bulk, coql, list),
`begin` and `end`, `count`, and of a job its id (`job`) and when it was created (`read_at`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.utils import timezone

from ...exceptions import Forbidden, Invalid, NotSupported
from ...zoho.query import exporting, snapshots
from ..planning import windows as planning
from ..work import Work
from .fields import CREATED, fields_of

WindowState = dict[str, Any]

MAX_DIRECT = 2_000
"""A module with at most so many records is read by COQL, in one request, instead of a job."""

AHEAD = 2
"""Jobs at the same time: the file of one is read while Zoho writes the next."""

FIRST_POLL, MAX_POLL = 2.0, 60.0
DOWNLOAD_PAUSE = 60.0
"""Seconds after which Zoho allows another ten downloads (ZD 369)."""

REFUSALS = (Forbidden, Invalid, NotSupported)
"""Errors by which Zoho refuses COQL or bulk read for a module or a connection."""


def planned(work: Work) -> tuple[datetime, list[WindowState]]:
    """Return Zoho's time, and the windows in which a module is read."""
    source, module = work.crm.objects(work.state.module).source, work.state.module
    now = source.run(snapshots.clock(source, module)) or timezone.now()
    try:
        total: int | None = source.run(snapshots.count(source, module))
    except REFUSALS:
        total = None  # without COQL
    if total is not None and total <= MAX_DIRECT:
        return now, [{"via": "coql", "count": total}]
    if total is None or not fields_of(work).is_created:
        return now, [{"via": "bulk", "begin": None, "end": None, "count": total or 0}]
    return now, [
        {
            "via": "bulk",
            "begin": _text(window.begin),
            "end": _text(window.end),
            "count": window.count,
        }
        for window in _split(work, total, now)
    ]


def _split(work: Work, total: int, now: datetime) -> list[planning.Window]:
    if total <= planning.MAX_RECORDS:
        return [planning.Window(None, None, total)]
    records, module = work.crm.objects(work.state.module), work.state.module
    [oldest] = records.order_by(CREATED).values(CREATED)[:1]
    first = datetime.fromisoformat(oldest[CREATED]) if oldest[CREATED] else now
    plan = planning.windows(first, now, total, planning.MAX_RECORDS)
    try:
        span = next(plan)
        while True:
            span = plan.send(records.source.run(snapshots.count(records.source, module, *span)))
    except StopIteration as ended:
        windows: list[planning.Window] = ended.value
        return windows


def order_files(
    work: Work, windows: Sequence[WindowState], fields: Sequence[str], save: Callable[[], None]
) -> None:
    """Create the jobs of the next windows; `save` is called after each.

    Raises one of REFUSALS if the module has no bulk read.
    """
    source, module = work.crm.objects(work.state.module).source, work.state.module
    for window in [window for window in windows if not window.get("done")][:AHEAD]:
        if window["via"] == "bulk" and not window.get("job"):
            span = _moment(window["begin"]), _moment(window["end"])
            at = timezone.now().isoformat()
            job_id = source.run(snapshots.begin_job(source, module, fields, *span))
            window.update(job=job_id, read_at=at)
            save()


def has_begun(windows: Sequence[WindowState]) -> bool:
    """Whether a job was created for any window, so that the module has bulk read."""
    return any(window.get("job") or window.get("done") for window in windows)


def ended_job(work: Work, window: WindowState) -> dict[str, Any] | None:
    """Return the job of a window if it has ended. Raises NotFound if Zoho no longer has it."""
    job: dict[str, Any] | None = work.crm.objects(work.state.module).source.run(
        snapshots.ended_job(window["job"])
    )
    return job


def order_rest(work: Work, job: dict[str, Any]) -> dict[str, Any]:
    """Create a job for the rows that did not fit into a file; return the keys of its window."""
    at = timezone.now().isoformat()
    next_id = work.crm.objects(work.state.module).source.run(snapshots.continue_job(job))
    return {"job": next_id, "read_at": at}


def next_poll(window: WindowState) -> float:
    """Return the seconds until the next poll of a job, which grow with its duration."""
    passed = timezone.now() - datetime.fromisoformat(window["read_at"])
    return min(max(FIRST_POLL, passed.total_seconds() / 4), MAX_POLL)


def rows_of_file(
    work: Work, job: dict[str, Any], fields: Sequence[str], size: int, position: int = 0
) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a job's file from a position on, in pages of `size`."""
    if not count_of(job):
        return
    source, job_id = work.crm.objects(work.state.module).source, str(job["id"])
    columns = source.run(snapshots.columns(source, work.state.module, fields))
    with tempfile.TemporaryFile() as file:
        work.crm.bulk_read.download(job_id).save(file)
        file.seek(0)
        csv_file = exporting.ExportedCSV(job_id, file)
        csv_file.take(columns)
        csv_file.skip(position)
        while rows := csv_file.rows(size):
            yield rows


def rows_directly(work: Work, fields: Sequence[str], size: int) -> Iterator[list[dict[str, Any]]]:
    """Yield all rows in pages of `size`, without a job: by COQL, or by list if that is refused."""
    asked = work.crm.objects(work.state.module).values("id", *fields)
    try:
        stream = iter(asked.order_by("id").iterator(via="coql"))
        page = list(islice(stream, size))
    except REFUSALS:
        stream = iter(asked.iterator(via="list"))
        page = list(islice(stream, size))
    while page:
        yield page
        page = list(islice(stream, size))


def count_of(job: dict[str, Any]) -> int:
    """Return how many rows a job's file has."""
    return int(job["result"].get("count") or 0)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
