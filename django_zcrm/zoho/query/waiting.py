"""Plans that wait for bulk jobs, and download their files."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

from ..errors import Limited, ServerFault, TimedOut, TransportError, UnreadableReply
from ..operation import Operation
from .steps import Perform, Plan, Save, Wait

FIRST_WAIT, MAX_WAIT = 1.0, 60.0
PATIENCE = 3_600.0
"""Seconds after which a job that has not ended counts as timed out."""

ATTEMPTS = 5
"""How often a state or a file is asked for again when no good answer comes."""

DOWNLOAD_PAUSE = 60.0
"""Seconds after which Zoho allows another ten downloads (ZD 369)."""

_ENDS = frozenset({"COMPLETED", "FAILURE", "FAILED"})


def ended(
    get: Operation, job_id: str, name: str, resume: str, report: Callable[[str], object]
) -> Plan[dict[str, Any]]:
    """Wait until a job has ended, and return it; `report` is called with each state.

    Raises TimedOut after an hour, which says how to `resume`.
    """
    waited, wait, failures = 0.0, FIRST_WAIT, 0
    while True:
        yield Wait(wait)
        waited, wait = waited + wait, min(wait * 2, MAX_WAIT)
        try:
            job: dict[str, Any] = yield Perform(get, {"job_id": job_id})
        except (TransportError, UnreadableReply, Limited, ServerFault):
            failures += 1
            if failures >= ATTEMPTS:
                raise
            continue
        failures = 0
        state = str(job.get("state") or job.get("status"))
        report(state)
        if state in _ENDS:
            return job
        if waited >= PATIENCE:
            raise TimedOut(
                f"The {name} {job_id} has not ended after {waited / 60:.0f} minutes; {resume}."
            )


def downloaded(operation: Operation, given: dict[str, Any], file: IO[bytes]) -> Plan[None]:
    """Write a job's file to disk; start again if the connection breaks."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            download = yield Perform(operation, given)
            yield Save(download, file)
        except (TransportError, Limited, ServerFault) as error:
            if attempt == ATTEMPTS:
                raise
            yield Wait(DOWNLOAD_PAUSE if isinstance(error, Limited) else FIRST_WAIT * attempt)
            file.seek(0)
            file.truncate()
        else:
            file.seek(0)
            return
