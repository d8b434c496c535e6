"""The plan of a write: it chooses the route, and returns a result that can be retried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ..errors import ConfigurationError
from ..results import Outcome, PartialFailure
from .exporting import Report
from .importing import PENDING, by_cheapest, by_jobs, is_possible
from .sending import OutcomeCollector, as_deleted, by_records
from .steps import Plan
from .write_result import WriteResult
from .writer import OPERATIONS, Writer, WriteVia, is_in_doubt


def written(
    writer: Writer, rows: Iterable[Any], progress: Report | None = None, jobs: Sequence[str] = ()
) -> Plan[WriteResult]:
    """Write rows and return the outcome of each; `jobs` are bulk writes created before.

    An error of the iterable's own ends the write. Once Zoho was sent anything, it is the cause of a
    PartialFailure, whose `result` has what was written, and the rows taken since as NOT_SENT.
    """
    if isinstance(rows, str | bytes | dict):
        raise ConfigurationError("Rows are an iterable of dicts, such as a list or a generator.")
    if isinstance(jobs, str):
        raise ConfigurationError(f"jobs takes a list of ids: jobs=[{jobs!r}].")
    if jobs and writer.via != "bulk":
        raise ConfigurationError("jobs are those of a bulk write: say via='bulk', too.")
    given, outcomes = _Rows(rows), OutcomeCollector(writer, progress)
    try:
        yield from _sent(given, outcomes, jobs)
    except Exception as error:
        if error is not given.error or not outcomes.has_answers:
            raise
        why = f"The rows ended early, by {type(error).__name__}"
        outcomes.stop(ConfigurationError(f"{why}."), iter(given.taken[outcomes.next_index :]))
        failure = PartialFailure(_result(outcomes), operation=OPERATIONS[writer.action].name)
        failure.message = f"{why}: {failure.message}"
        raise failure from error
    return _result(outcomes)


class _Rows(Iterator[Any]):
    """Iterates over rows; holds those taken so far, and the error of the iterable."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = iter(rows)
        self.taken: list[Any] = []
        self.error: Exception | None = None

    def __next__(self) -> Any:
        try:
            row = next(self._rows)
        except StopIteration:
            raise
        except Exception as error:
            self.error = error
            raise
        self.taken.append(row)
        return row


def _result(outcomes: OutcomeCollector) -> WriteResult:
    writer = outcomes.writer
    again = partial(_written_again, writer)
    return WriteResult(outcomes.outcomes, {}, OPERATIONS[writer.action].name, writer.source, again)


def _sent(
    rows: Iterator[Any],
    outcomes: OutcomeCollector,
    jobs: Sequence[str] = (),
    *,
    is_retry: bool = False,
) -> Plan[list[Outcome]]:
    """Write rows by the writer's route, and return the outcome of each."""
    writer = outcomes.writer
    least = writer.source.options.bulk_write_from
    if writer.via == "bulk":
        plan = by_jobs(rows, outcomes, list(map(str, jobs)), is_retry=is_retry)
    elif writer.via == "records" or least is None or not is_possible(writer):
        plan = by_records(rows, outcomes)
    else:
        plan = by_cheapest(rows, outcomes, least)
    yield from plan
    return outcomes.outcomes


def _written_again(
    writer: Writer, failed: Sequence[Outcome], via: WriteVia | None, progress: Report | None
) -> Plan[list[Outcome]]:
    """Write failed rows again, except those that could be written twice.

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
        rows = iter([outcome.input for outcome in group])
        outcomes = yield from _sent(rows, OutcomeCollector(again, progress), jobs, is_retry=True)
        for old, new in zip(group, outcomes, strict=True):
            if is_in_doubt(old.error):
                if new.code == "NOT_SENT":
                    continue  # not this time: nothing more is known of the first
                new = as_deleted(new) if writer.action == "delete" else new
            renewed.append(replace(new, index=old.index))
    return renewed
