"""The plan of a write: rows, the route that they take, and the result that can be written again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..errors import ConfigurationError
from ..results import Outcome
from .exporting import Report
from .importing import PENDING, by_cheapest, by_jobs, is_possible
from .sending import OutcomeCollector, as_deleted, by_records
from .steps import Plan
from .write_result import WriteResult
from .writer import OPERATIONS, Writer, WriteVia, is_in_doubt


def written(
    writer: Writer, rows: Iterable[Any], progress: Report | None = None, jobs: Sequence[str] = ()
) -> Plan[WriteResult]:
    """Write rows and return the outcome of each; `jobs` are bulk writes created before."""
    if isinstance(rows, str | bytes | dict):
        raise ConfigurationError("Rows are an iterable of dicts, such as a list or a generator.")
    if isinstance(jobs, str):
        raise ConfigurationError(f"jobs takes a list of ids: jobs=[{jobs!r}].")
    if jobs and writer.via != "bulk":
        raise ConfigurationError("jobs are those of a bulk write: say via='bulk', too.")
    outcomes = yield from _outcomes(writer, rows, progress, jobs)
    operation = OPERATIONS[writer.action].name
    return WriteResult(outcomes, {}, operation, writer.source, partial(_again, writer))


def _outcomes(
    writer: Writer,
    rows: Iterable[Any],
    progress: Report | None,
    jobs: Sequence[str] = (),
    *,
    is_retry: bool = False,
) -> Plan[list[Outcome]]:
    """Write rows by the route that the writer names, and return the outcome of each."""
    outcomes = OutcomeCollector(writer, progress)
    least = writer.source.options.bulk_write_from
    if writer.via == "bulk":
        plan = by_jobs(iter(rows), outcomes, list(map(str, jobs)), is_retry=is_retry)
    elif writer.via == "records" or least is None or not is_possible(writer):
        plan = by_records(iter(rows), outcomes)
    else:
        plan = by_cheapest(iter(rows), outcomes, least)
    yield from plan
    return outcomes.outcomes


def _again(
    writer: Writer, failed: Sequence[Outcome], via: WriteVia | None, progress: Report | None
) -> Plan[list[Outcome]]:
    """Write failed rows again, except those that might be written twice.

    Those of a bulk write that had not ended get its outcome.
    """
    renewed: list[Outcome] = []
    groups: dict[str, list[Outcome]] = {}
    for outcome in failed:
        job_id = (
            outcome.details.get("job_id", "") if outcome.details.get("status") == PENDING else ""
        )
        if job_id or writer.may_send_again(outcome):
            groups.setdefault(job_id, []).append(outcome)
    for job_id, group in groups.items():
        again = replace(writer, via="bulk" if job_id else via or writer.via)
        jobs = [job_id] if job_id else []
        rows = [outcome.input for outcome in group]
        outcomes = yield from _outcomes(again, rows, progress, jobs, is_retry=True)
        for old, new in zip(group, outcomes, strict=True):
            if is_in_doubt(old.error):
                if new.code == "NOT_SENT":
                    continue  # not this time: nothing more is known of the first
                new = as_deleted(new) if writer.action == "delete" else new
            renewed.append(replace(new, index=old.index))
    return renewed
