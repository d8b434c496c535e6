"""Writes rows so that each has one outcome, and none is written twice, also after a crash."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice, repeat
from typing import Any, Literal, NamedTuple

from django.utils.translation import gettext as _

from ..exceptions import ApiError, ConfigurationError, NotFound, NotSupported, ZCRMError
from ..zoho.client import Client
from ..zoho.operations.results import BatchResult, Outcome
from ..zoho.query.read.exporting import Progress, Report
from ..zoho.query.read.waiting import ENDS
from ..zoho.query.write.operation import is_in_doubt, is_transient
from ..zoho.query.write.sending import MAX_UNANSWERED, is_final
from ..zoho.resources.record_actions import Trigger
from .columns import Converter, Item
from .files import Csv, RowFile
from .interrupts import Interrupts
from .part_file import PartFile, WriterState

BATCHES = {"records": 100, "bulk": 25_000}
"""Rows of one request, and of one bulk write: Zoho's limits."""

ImportVia = Literal["records", "bulk"]
Advance = Callable[[int, str], None]
"""Receives the number of finished rows, and a description of the current step."""

Line = dict[str, Any]

RESULT = Csv(("line", "outcome", "id", "error"))

CREATED, UPDATED, REFUSED, UNKNOWN = "created", "updated", "refused", "unknown"
OUTCOMES = frozenset({CREATED, UPDATED, REFUSED, UNKNOWN})


class FileRow(NamedTuple):
    """A row of the file: the line in which it begins, its item for Zoho, and its error, if any."""

    line: int
    item: Item
    problem: str


def rows_of(file: RowFile, converter: Converter) -> Iterator[FileRow]:
    """Yield the rows of a file. Raises TransferError."""
    for row in file.rows():
        yield FileRow(row.line, *converter.item(row))


def can_resume(writer_state: WriterState, rows: int) -> bool:
    """Return whether an import can resume from the stored state of an earlier one."""
    match writer_state:
        case {"sent": int(sent), "jobs": list(jobs), "tally": dict(tally)}:
            return (
                tally.keys() <= OUTCOMES
                and all(isinstance(count, int) and count >= 0 for count in tally.values())
                and all(isinstance(job, str) and job.isdecimal() for job in jobs)
                and sum(tally.values()) == rows <= sent <= sys.maxsize
            )
    return False


class RecordImport:
    """Writes rows in batches, and the outcome of each into a part file.

    Before a batch is sent, the part file records that, with the id of a bulk write. When an import
    is resumed, rows that were sent without an outcome may have been written. A bulk write reports
    their outcomes. Other rows are sent again if that cannot make a duplicate; otherwise their
    outcome is `unknown`.
    """

    def __init__(
        self,
        client: Client,
        module: str,
        converter: Converter,
        part: PartFile,
        *,
        via: ImportVia,
        trigger: Sequence[Trigger] | None,
        interrupts: Interrupts,
    ) -> None:
        self._client = client
        self._module = module
        self._action, self._on = converter.action, converter.on
        self._via: ImportVia = via
        self._trigger = trigger
        self._part = part
        self._interrupts = interrupts
        self._unanswered = 0
        writer_state = part.position.writer_state
        self.done = part.position.rows
        self._sent = int(writer_state.get("sent", self.done))
        self._jobs: list[str] = list(writer_state.get("jobs", ()))
        self.tally = Counter[str](writer_state.get("tally", {}))

    def write(self, rows: Iterator[FileRow], advance: Advance) -> None:
        """Write the rows that have no outcome yet.

        Raises an error that would affect every other row, too. Its rows have no outcome.
        """
        if not self._part.position.size:
            self._part.write(RESULT.head())
        advance(self.done, "")
        rows_left: Iterator[FileRow] = islice(rows, self.done, None)
        rows_in_doubt = list(islice(rows_left, self._sent - self.done))
        if rows_in_doubt and self._jobs:
            self._write(rows_in_doubt, advance)
        elif rows_in_doubt and self._action == "create":
            self._note(
                rows_in_doubt,
                repeat(_make_unknown_line(_("interrupted before a response arrived"))),
            )
        else:
            rows_left = chain(rows_in_doubt, rows_left)
        advance(self.done, "")
        while batch := list(_batch(rows_left, BATCHES[self._via])):
            self._write(batch, advance)
            advance(self.done, "")

    def _write(self, batch: list[FileRow], advance: Advance) -> None:
        items = [row.item for row in batch if not row.problem]
        if not items:
            self._note(batch, [])
            return
        sent = self.done + len(batch)
        self._interrupts.hold()
        self._commit(sent=sent)

        def report_progress(progress: Progress) -> None:
            if progress.job_id and progress.job_id not in self._jobs:
                self._jobs.append(progress.job_id)
                self._commit(sent=sent)
            advance(self.done, progress.state)
            if progress.job_id and progress.state not in ENDS:  # the job can be queried later
                self._interrupts.release()
            else:  # the next job of a large file may be created
                self._interrupts.hold()

        try:
            outcomes = self._send(items, report_progress)
            failure = _failure(outcomes)
            if failure is not None and (self._jobs or not self._may_be_lost(failure)):
                raise failure
        except ZCRMError as error:
            # A job that Zoho did not carry out has an error without an HTTP status; so has a call
            # that was not sent.
            is_refused = (
                isinstance(error, ApiError)
                and error.sent
                and not (error.status or is_in_doubt(error))
            )
            # Zoho keeps a bulk write's outcomes for about a day.
            is_gone = bool(self._jobs) and isinstance(error, NotFound) and not is_refused
            if is_gone or is_refused:
                self._jobs = []
            if is_gone and self._action == "create":
                self._note(batch, repeat(_make_unknown_line(str(error))))
                self._interrupts.release()
                return
            if not self._jobs:  # nothing was written, or it can be sent again
                self._commit(sent=self.done)
            raise
        self._unanswered = self._unanswered + 1 if failure else 0
        self._jobs = []
        self._note(batch, [self._result(outcome) for outcome in outcomes])
        self._interrupts.release()
        if failure is not None and self._unanswered >= MAX_UNANSWERED:
            raise failure

    def _may_be_lost(self, failure: ZCRMError) -> bool:
        """Return whether records may have been created that a retry would create again."""
        return self._action == "create" and is_in_doubt(failure)

    def _send(self, items: list[Item], progress: Report) -> BatchResult:
        if self._action == "update":
            return self._client.records.update(self._module, items, trigger=self._trigger)
        return self._client.objects(self._module).bulk_create(
            items,
            unique_fields=self._on,
            via=self._via,
            jobs=tuple(self._jobs),
            trigger=self._trigger,
            progress=progress,
        )

    def _result(self, outcome: Outcome) -> Line:
        if outcome.error is None:
            is_update = self._action == "update" or outcome.action == "update"
            return {"outcome": UPDATED if is_update else CREATED, "id": outcome.id, "error": ""}
        if is_in_doubt(outcome.error):
            return _make_unknown_line(str(outcome.error))
        error = outcome.error
        fields = error.field_errors if isinstance(error, ApiError) else {}
        reason = ", ".join(f"{words} ({field})" for field, words in fields.items())
        reason = f"{outcome.code}: {reason or outcome.message}"
        return {"outcome": REFUSED, "id": "", "error": reason}

    def _note(self, rows: Sequence[FileRow], results: Iterable[Line]) -> None:
        """Write and commit the outcomes of rows; rows with a problem count as refused."""
        outcomes = iter(results)
        lines: list[Line] = [
            {"line": row.line, "outcome": REFUSED, "id": "", "error": row.problem}
            if row.problem
            else {"line": row.line, **next(outcomes)}
            for row in rows
        ]
        self._part.write(RESULT.text(lines))
        self.tally.update(str(line["outcome"]) for line in lines)
        self.done += len(rows)
        self._commit(sent=self.done)

    def _commit(self, *, sent: int) -> None:
        self._part.commit(self.done, sent=sent, jobs=self._jobs, tally=dict(self.tally))


def _failure(outcomes: BatchResult) -> ZCRMError | None:
    """Return the error of a whole request; None if each row has its own outcome.

    Those errors are one and the same for all rows.
    """
    first = outcomes[0].error
    if first is None or isinstance(first, ConfigurationError | NotSupported):
        return None
    is_one = all(outcome.error is first for outcome in outcomes)
    return first if is_one and (is_final(first) or is_transient(first)) else None


def _make_unknown_line(reason: str) -> Line:
    return {"outcome": UNKNOWN, "id": "", "error": reason}


def _batch(rows: Iterator[FileRow], size: int) -> Iterator[FileRow]:
    """Yield rows until `size` of them can be sent, or ten times as many are refused."""
    count = 0
    for row in islice(rows, 10 * size):
        yield row
        count += not row.problem
        if count == size:
            return
