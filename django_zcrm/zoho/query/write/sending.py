"""Plans that write rows by the records API, 100 per request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from ...calls.retry import backoff
from ...errors import (
    ApiError,
    ConfigurationError,
    Forbidden,
    NotFound,
    NotSupported,
    Unauthenticated,
    ZCRMError,
)
from ...operations.results import BatchResult, Outcome
from ..read.exporting import Progress, Report
from ..steps import Perform, QueryPlan, Wait
from .operation import OPERATIONS, Writer, encoding_error, is_in_doubt, is_transient

ATTEMPTS = 5
"""How often a request that may be repeated is sent."""

MAX_UNANSWERED = 3
"""Unanswered requests in a row after which the rest is not sent."""

FIRST_WAIT, MAX_WAIT = 1.0, 30.0
"""Seconds; longer ones are left to the caller."""


class OutcomeCollector:
    """Collects the outcomes of rows in their order, and reports the progress."""

    def __init__(self, writer: Writer, report: Report | None) -> None:
        self.writer = writer
        self.outcomes: list[Outcome] = []
        self.failed = 0
        self._report = report

    @property
    def next_index(self) -> int:
        """The index of the next row."""
        return len(self.outcomes)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Add the outcomes of the next rows."""
        for outcome in outcomes:
            self.outcomes.append(outcome)
            self.failed += not outcome.ok

    def report_progress(self, job_id: str = "", state: str = "") -> None:
        """Report the progress."""
        if self._report is not None:
            self._report(Progress(len(self.outcomes), job_id, state, self.failed))

    def stop(self, reason: ZCRMError, rows: Iterator[Any]) -> None:
        """Add the outcomes of the remaining rows, which are not sent."""
        self.add(
            self.writer.not_sent(at, row, reason) for at, row in enumerate(rows, len(self.outcomes))
        )
        self.report_progress()

    @property
    def has_answers(self) -> bool:
        """Whether Zoho responded, or may have acted, for any row."""
        return any(outcome.code != "NOT_SENT" for outcome in self.outcomes)


def by_records(rows: Iterator[Any], outcomes: OutcomeCollector) -> QueryPlan[ZCRMError | None]:
    """Write rows in requests of `writer.rows` each; return the error that ended it early, if any.

    Adds an outcome for each row. A plain create whose response is lost is not repeated: its rows
    get NO_RESPONSE, and the next rows are sent. Repeatable requests are sent up to five times.
    After a refusal that applies to every row, or after three consecutive requests without response,
    the remaining rows get NOT_SENT. Raises that error if no row has got a response before.
    """
    writer, unanswered = outcomes.writer, 0
    while chunk := list(islice(rows, writer.rows)):
        failure = yield from _chunk(chunk, outcomes)
        unanswered = unanswered + 1 if failure is not None and is_transient(failure) else 0
        if failure is not None and (is_final(failure) or unanswered >= MAX_UNANSWERED):
            outcomes.stop(failure, rows)
            return failure
    return None


def is_final(reason: ZCRMError) -> bool:
    """Return whether an error would apply to every other row, too."""
    return (not isinstance(reason, ApiError) and not is_transient(reason)) or isinstance(
        reason, Forbidden | NotFound | Unauthenticated
    )


def prepare(
    rows: Sequence[Any], start: int, writer: Writer, item: Callable[[Any], Any]
) -> tuple[dict[int, Any], dict[int, Outcome]]:
    """Return the items to send, and the outcomes of rows that cannot be sent, by index."""
    items: dict[int, Any] = {}
    refused: dict[int, Outcome] = {}
    for index, row in enumerate(rows, start):
        try:
            items[index] = item(row)
        except (ConfigurationError, NotSupported) as error:
            refused[index] = writer.not_sent(index, row, error)
    return items, refused


def _chunk(rows: list[Any], outcomes: OutcomeCollector) -> QueryPlan[ZCRMError | None]:
    """Write the rows of one request; return the error if it failed as a whole."""
    writer, start = outcomes.writer, outcomes.next_index
    items, outcome_by_index = prepare(rows, start, writer, writer.item)
    failure: ZCRMError | None = None
    if items:
        try:
            answer = yield from _answer(writer, list(items.values()))
        except ConfigurationError:
            unfit = {at: error for at, item in items.items() if (error := encoding_error(item))}
            if not unfit:
                raise
            outcome_by_index |= {
                at: writer.not_sent(at, rows[at - start], unfit[at]) for at in unfit
            }
            items = {at: item for at, item in items.items() if at not in unfit}
            answer = (yield from _answer(writer, list(items.values()))) if items else NOTHING
        if isinstance(answer, ZCRMError):
            failure = answer
            if not outcomes.has_answers and not is_in_doubt(failure):
                raise failure
            outcome_by_index |= {at: writer.failure(at, rows[at - start], failure) for at in items}
        else:
            for at, outcome in zip(items, answer, strict=False):
                outcome_by_index[at] = writer.outcome(at, rows[at - start], outcome)
    outcomes.add(outcome_by_index[at] for at in sorted(outcome_by_index))
    outcomes.report_progress()
    return failure


NOTHING = BatchResult([])


def _answer(writer: Writer, items: list[Any]) -> QueryPlan[BatchResult | ZCRMError]:
    """Return Zoho's response to one request, or the error of the last attempt.

    If an attempt may have been performed, its error is returned. Raises ConfigurationError for an
    invalid request.
    """
    operation = OPERATIONS[writer.action]
    arguments = {"module": writer.meta.module, **writer.arguments}
    arguments[operation.each or operation.body] = items
    doubt: ZCRMError | None = None
    attempt = 1
    while True:
        try:
            answer: BatchResult = yield Perform(operation, arguments)
        except ConfigurationError:
            raise
        except ZCRMError as error:
            may_repeat = not is_in_doubt(error) or all(map(writer.may_repeat, items))
            doubt = error if is_in_doubt(error) else doubt
            wait = pause_after(error, attempt) if may_repeat else None
            if wait is None:
                return doubt or error
            yield Wait(wait)
            attempt += 1
        else:
            if doubt and writer.action == "delete":
                return replace(answer, outcomes=[as_deleted(outcome) for outcome in answer])
            return answer


def pause_after(error: ZCRMError, attempt: int) -> float | None:
    """Return the seconds until a request is sent again; None if it should not be."""
    advised = getattr(error, "retry_after", None)
    wait = backoff(attempt - 1, FIRST_WAIT) if advised is None else float(advised)
    is_worth_it = is_transient(error) and attempt < ATTEMPTS and wait <= MAX_WAIT
    return wait if is_worth_it else None


def as_deleted(outcome: Outcome) -> Outcome:
    """Return the outcome of a repeated deletion: a missing record was deleted the first time."""
    if outcome.code != "INVALID_DATA":
        return outcome
    return replace(
        outcome, code="SUCCESS", message="deleted by a request without response", error=None
    )
