"""Plans that wait for bulk jobs, and download their files."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, cast

from ...errors import Limited, ServerFault, TimedOut, TransportError, UnreadableResponse
from ...operations.operation import Operation
from ...operations.readers import unread
from ...text import one_line
from ..steps import Perform, QueryPlan, Save, Wait
from .archives import BoundedFile

FIRST_WAIT, MAX_WAIT = 1.0, 60.0
PATIENCE = 3_600.0
"""Seconds after which a job that has not ended counts as timed out."""

ATTEMPTS = 5
"""How often a state or a file is requested again after an unusable response."""

DOWNLOAD_PAUSE = 60.0
"""Seconds after which Zoho allows another ten downloads (ZD 369)."""

MAX_STATE = 40
"""Characters of a state that are reported."""

ENDS = frozenset({"COMPLETED", "FAILURE", "FAILED"})
"""States of jobs that have ended."""


def wait(
    get: Operation, job_id: str, name: str, resume: str, report: Callable[[str], object]
) -> QueryPlan[dict[str, Any]]:
    """Wait until a job has ended, and return it; `report` is called with each state.

    Raises TimedOut after an hour; the error explains how to `resume`.
    """
    elapsed, wait, failures = 0.0, FIRST_WAIT, 0
    while True:
        yield Wait(wait)
        elapsed, wait = elapsed + wait, min(wait * 2, MAX_WAIT)
        try:
            found: Any = yield Perform(get, {"job_id": job_id})
            if not isinstance(found, dict):
                raise unread(f"The {name} {job_id} has no state", 0, get.name)
        except (TransportError, UnreadableResponse, Limited, ServerFault):
            failures += 1
            if failures >= ATTEMPTS:
                raise
            continue
        job: dict[str, Any] = found
        failures = 0
        state = one_line(str(job.get("state") or job.get("status")), MAX_STATE)
        report(state)
        if state in ENDS:
            return job
        if elapsed >= PATIENCE:
            raise TimedOut(
                f"The {name} {job_id} has not ended after {elapsed / 60:.0f} minutes; {resume}."
            )


def download(operation: Operation, arguments: dict[str, Any], file: IO[bytes]) -> QueryPlan[None]:
    """Write a job's file to disk; start again if the connection breaks.

    Raises UnreadableResponse for a file that is too large.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            download = yield Perform(operation, arguments)
            yield Save(download, cast("IO[bytes]", BoundedFile(file)))
        except (TransportError, Limited, ServerFault) as error:
            if attempt == ATTEMPTS:
                raise
            yield Wait(DOWNLOAD_PAUSE if isinstance(error, Limited) else FIRST_WAIT * attempt)
            file.seek(0)
            file.truncate()
        else:
            file.seek(0)
            return
