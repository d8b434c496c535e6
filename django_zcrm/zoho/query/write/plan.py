"""The plan of a write: chooses the route, and returns a result that can be retried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...errors import ConfigurationError
from ...operations.results import Outcome, PartialFailure
from ..read.exporting import Report
from ..steps import QueryPlan
from .importing import PENDING, by_cheapest, by_jobs, is_possible
from .operation import OPERATIONS, Writer, WriteVia, is_in_doubt
from .result import WriteResult
from .sending import OutcomeCollector, as_deleted, by_records


def write_rows(
    writer: Writer, rows: Iterable[Any], progress: Report | None = None, jobs: Sequence[str] = ()
) -> QueryPlan[WriteResult]:
    """Write rows and return the outcome of each; `jobs` are bulk writes created before.

    An error of the iterable ends the write. If a request was sent before, the error is the cause of
    a PartialFailure. Its `result` has the outcomes of the written rows, and NOT_SENT for later
    rows.
    """
    if isinstance(rows, str | bytes | dict):
        raise ConfigurationError("Rows are an iterable of dicts, such as a list or a generator.")
    if isinstance(jobs, str):
        raise ConfigurationError(f"jobs takes a list of ids: jobs=[{jobs!r}].")
    if jobs and writer.via != "bulk":
        raise ConfigurationError("jobs are the ids of bulk writes, so they need via='bulk'.")
    sent, outcomes = _Rows(rows), OutcomeCollector(writer, progress)
    try:
        yield from _send(sent, outcomes, jobs)
    except Exception as error:
        if error is not sent.error or not outcomes.has_answers:
            raise
        why = f"The rows ended early, by {type(error).__name__}"
        outcomes.stop(ConfigurationError(f"{why}."), iter(sent.rows_taken[outcomes.next_index :]))
        failure = PartialFailure(_result(outcomes), operation=OPERATIONS[writer.action].name)
        failure.message = f"{why}: {failure.message}"
        raise failure from error
    return _result(outcomes)


class _Rows(Iterator[Any]):
    """Iterates over rows; stores the rows taken so far, and the error of the iterable."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = iter(rows)
        self.rows_taken: list[Any] = []
        self.error: Exception | None = None

    def __next__(self) -> Any:
        try:
            row = next(self._rows)
        except StopIteration:
            raise
        except Exception as error:
            self.error = error
            raise
        self.rows_taken.append(row)
        return row


def _result(outcomes: OutcomeCollector) -> WriteResult:
    writer = outcomes.writer
    again = partial(_write_again, writer)
    return WriteResult(outcomes.outcomes, {}, OPERATIONS[writer.action].name, writer.source, again)


def _send(
    rows: Iterator[Any],
    outcomes: OutcomeCollector,
    jobs: Sequence[str] = (),
    *,
    is_retry: bool = False,
) -> QueryPlan[list[Outcome]]:
    """Write rows by the writer's route, and return the outcome of each."""
    writer = outcomes.writer
    least = writer.source.options.bulk_write_threshold
    if writer.via == "bulk":
        plan = by_jobs(rows, outcomes, list(map(str, jobs)), is_retry=is_retry)
    elif writer.via == "records" or least is None or not is_possible(writer):
        plan = by_records(rows, outcomes)
    else:
        plan = by_cheapest(rows, outcomes, least)
    yield from plan
    return outcomes.outcomes


def _write_again(
    writer: Writer, failed: Sequence[Outcome], via: WriteVia | None, progress: Report | None
) -> QueryPlan[list[Outcome]]:
    """Write failed rows again, except those that could be written twice.

    Rows of a bulk write that had not ended get the outcome of its job.
    """
    renewed: list[Outcome] = []
    groups: dict[str, list[Outcome]] = {}
    for outcome in failed:
        job_id = (
            outcome.details.get("job_id", "") if outcome.details.get("status") == PENDING else ""
        )
        if job_id or writer.may_send_again(outcome):
            groups.setdefault(job_id, []).append(outcome)
    # Rows without a job come last: an error before must not hide that they were written.
    for job_id, group in sorted(groups.items(), reverse=True):
        again = replace(writer, via="bulk" if job_id else via or writer.via)
        jobs = [job_id] if job_id else []
        rows = iter([outcome.input for outcome in group])
        outcomes = yield from _send(rows, OutcomeCollector(again, progress), jobs, is_retry=True)
        for old, new in zip(group, outcomes, strict=True):
            if is_in_doubt(old.error):
                if new.code == "NOT_SENT":
                    continue  # no response this time: the first outcome stays
                new = as_deleted(new) if writer.action == "delete" else new
            renewed.append(replace(new, index=old.index))
    return renewed
