"""Reads a whole module by bulk read: plans windows, creates their jobs and reads their files.

The plan is a list of windows. A window is a dict that the state stores as JSON: `via` (bulk, coql
or list), `begin`, `end`, `count`, the id of its `job`, and the time when the job was created
(`read_at`).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import IO, Any, cast

from django.utils import timezone

from ...exceptions import Forbidden, Invalid, Limited, NotSupported
from ...zoho.query.read import exporting, snapshots
from ...zoho.query.read.archives import BoundedFile, DamagedArchive
from ..declared_fields import raise_if_field_is_refused
from ..leased_mirror import LeasedMirror
from ..planning import windows as planning
from ..stored import moment_or_none
from .fields import CREATED, fields_of

WindowState = dict[str, Any]

MAX_DIRECT = 2_000
"""A module with at most this many records is read by one COQL request, without a job."""

AHEAD = 2
"""Jobs at the same time: Zoho writes the next file while we read the last one."""

FIRST_POLL, MAX_POLL = 2.0, 60.0
DOWNLOAD_PAUSE = 60.0
"""Seconds after which Zoho allows another ten downloads (ZD 369)."""

DOWNLOAD_WAITS = 3
"""Waits for the download of a file, since others download files, too."""

REFUSALS = (Forbidden, Invalid, NotSupported)
"""Errors by which Zoho refuses COQL or bulk read for a module or a connection."""


def plan_windows(mirror: LeasedMirror) -> tuple[datetime, list[WindowState]]:
    """Return Zoho's current time, and the windows in which to read a module."""
    source, module = mirror.crm.objects(mirror.state.module).source, mirror.state.module
    now = source.run(snapshots.clock(source, module)) or timezone.now()
    try:
        total: int | None = source.run(snapshots.count(source, module))
    except REFUSALS:
        total = None  # COQL is not available
    if total is not None and total <= MAX_DIRECT:
        return now, [{"via": "coql", "count": total}]
    if total is None or not fields_of(mirror).is_created:
        return now, [{"via": "bulk", "begin": None, "end": None, "count": total or 0}]
    return now, [
        {
            "via": "bulk",
            "begin": _format_moment(window.begin),
            "end": _format_moment(window.end),
            "count": window.count,
        }
        for window in _split(mirror, total, now)
    ]


def _split(mirror: LeasedMirror, total: int, now: datetime) -> list[planning.Window]:
    if total <= planning.MAX_RECORDS:
        return [planning.Window(None, None, total)]
    records, module = mirror.crm.objects(mirror.state.module), mirror.state.module
    [oldest] = records.order_by(CREATED).values(CREATED)[:1]
    first = moment_or_none(oldest[CREATED]) or now
    plan = planning.split_windows(first, now, total, planning.MAX_RECORDS)
    try:
        span = next(plan)
        while True:
            span = plan.send(records.source.run(snapshots.count(records.source, module, *span)))
    except StopIteration as ended:
        windows: list[planning.Window] = ended.value
        return windows


def create_jobs(
    mirror: LeasedMirror,
    windows: Sequence[WindowState],
    fields: Sequence[str],
    save: Callable[[], None],
) -> None:
    """Create the jobs of the next windows; call `save` after each.

    Raises one of REFUSALS if the module does not support bulk read.
    """
    source, module = mirror.crm.objects(mirror.state.module).source, mirror.state.module
    for window in [window for window in windows if not window.get("done")][:AHEAD]:
        if window["via"] == "bulk" and not window.get("job"):
            span = _parse_moment(window["begin"]), _parse_moment(window["end"])
            at = timezone.now().isoformat()
            job_id = source.run(snapshots.begin_job(source, module, fields, *span))
            window.update(job=job_id, read_at=at)
            save()


def is_unavailable(error: Exception, windows: Sequence[WindowState]) -> bool:
    """Whether an error of REFUSALS shows that bulk read cannot be used.

    A job that was created for any window proves that it can, unless a later grant lacks the scope.
    """
    has_begun = any(window.get("job") or window.get("done") for window in windows)
    return not has_begun or lacks_scope(error)


def lacks_scope(error: Exception) -> bool:
    """Whether a call failed because the grant lacks its scope, as a later grant may."""
    return isinstance(error, Forbidden) and error.code == "OAUTH_SCOPE_MISMATCH"


def fetch_ended_job(mirror: LeasedMirror, window: WindowState) -> dict[str, Any] | None:
    """Return the job of a window; None until it ends.

    Raises NotFound if Zoho no longer has it, and FailedJob.
    """
    job: dict[str, Any] | None = mirror.crm.objects(mirror.state.module).source.run(
        snapshots.find_ended_job(window["job"])
    )
    return job


def create_next_job(mirror: LeasedMirror, job: dict[str, Any]) -> dict[str, Any]:
    """Create a job for the rows that did not fit into a file; return the values of its window."""
    at = timezone.now().isoformat()
    next_id = mirror.crm.objects(mirror.state.module).source.run(snapshots.continue_job(job))
    return {"job": next_id, "read_at": at}


def seconds_until_poll(window: WindowState) -> float:
    """Return the seconds until the next poll of a job; they grow with its duration."""
    passed = timezone.now() - datetime.fromisoformat(window["read_at"])
    return min(max(FIRST_POLL, passed.total_seconds() / 4), MAX_POLL)


def read_file(
    mirror: LeasedMirror, job: dict[str, Any], fields: Sequence[str], size: int, position: int = 0
) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a job's file in pages of `size`, starting at a position.

    Raises DamagedArchive, in the end also for a file that lacks rows.
    """
    if not (count := count_of(job)):
        return
    source, job_id = mirror.crm.objects(mirror.state.module).source, str(job["id"])
    columns = source.run(snapshots.columns(source, mirror.state.module, fields))
    with tempfile.TemporaryFile() as file:
        mirror.crm.bulk_read.download(job_id).save(cast("IO[bytes]", BoundedFile(file)))
        file.seek(0)
        csv_file = exporting.ExportedCSV(job_id, file, count)
        csv_file.take(columns)
        csv_file.skip(position)
        while rows := csv_file.rows(size):
            position += len(rows)
            yield rows
    if position < count:
        raise DamagedArchive(f"the bulk read {job_id} has {position} rows, not {count}")


def read_whole_file(
    mirror: LeasedMirror, job: dict[str, Any], fields: Sequence[str], size: int
) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a job's file; wait until Zoho allows another download.

    For work that needs the files of all windows at once. Raises as `read_file` does.
    """
    for _ in range(DOWNLOAD_WAITS):
        try:
            yield from read_file(mirror, job, fields, size)
        except Limited as error:  # by the download, so no row was read
            if (seconds := error.retry_after or DOWNLOAD_PAUSE) > DOWNLOAD_PAUSE:
                raise
            time.sleep(seconds)
        else:
            return
    yield from read_file(mirror, job, fields, size)


def fetch_rows(
    mirror: LeasedMirror, fields: Sequence[str], size: int
) -> Iterator[list[dict[str, Any]]]:
    """Yield all rows in pages of `size`, without a job: by COQL, or by list if COQL is refused."""
    records = mirror.crm.objects(mirror.state.module).values("id", *fields)
    try:
        stream = iter(records.order_by("id").iterator(via="coql"))
        page = list(islice(stream, size))
    except REFUSALS as error:
        raise_if_field_is_refused(error, mirror)
        stream = iter(records.iterator(via="list"))
        page = list(islice(stream, size))
    while page:
        yield page
        page = list(islice(stream, size))


def count_of(job: dict[str, Any]) -> int:
    """Return the number of rows in a job's file."""
    return int(job["result"].get("count") or 0)


def _format_moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _parse_moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
