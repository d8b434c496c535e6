"""Plans that write rows by bulk write: upload a CSV, create a job, wait, read the outcomes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any

from ...calls.metadata import ModuleFields
from ...errors import ApiError, ConfigurationError, NotSupported, ZCRMError, error_from
from ...operations.readers import unread
from ...operations.results import Outcome
from ...resources.bulk_write import BulkWrite
from ..read import waiting
from ..steps import CallFunction, Perform, QueryPlan, QueryStep, ReadFields, Wait
from .bulk_csv import (
    MAX_BYTES,
    ROWS,
    BulkCSV,
    CSVRow,
    ResultLine,
    columns_of,
    csv_row,
    match_lines,
    read_result,
)
from .operation import Writer, is_in_doubt, is_transient
from .sending import OutcomeCollector, by_records, pause_after, prepare

UPLOAD = BulkWrite.upload.operation  # type: ignore[attr-defined]
CREATE = BulkWrite.create.operation  # type: ignore[attr-defined]
GET = BulkWrite.get.operation  # type: ignore[attr-defined]
DOWNLOAD = BulkWrite.download.operation  # type: ignore[attr-defined]

PENDING = "INPROGRESS"
"""The status, in the details of its outcome, of a row whose job had not ended when last seen."""

_OPERATIONS = {"create": "insert", "update": "update", "upsert": "upsert"}
_ACTIONS = {"ADDED": "insert", "UPDATED": "update"}


def check_supported(writer: Writer) -> None:
    """Raise NotSupported if a bulk write does not support the writer's options."""
    if writer.action == "delete":
        raise NotSupported("Zoho has no bulk write that deletes.")
    if writer.arguments.get("trigger") is not None:
        raise NotSupported("A bulk write has no trigger: write with via='records'.")
    if writer.action == "upsert" and len(writer.on) != 1:
        raise NotSupported("A bulk write finds records by one field: name it, as in on=['Email'].")


def is_possible(writer: Writer) -> bool:
    """Return whether a bulk write supports the writer's options."""
    try:
        check_supported(writer)
    except NotSupported:
        return False
    return True


def by_jobs(
    rows: Iterator[Any], outcomes: OutcomeCollector, jobs: list[str], *, is_retry: bool = False
) -> QueryPlan[ZCRMError | None]:
    """Write rows with a job per 25,000 of them; return the error that ended it early, if any.

    Adds an outcome for each row, NOT_SENT for those after a job that failed as a whole. `jobs` are
    the ids of jobs created before for the first of these rows; these jobs are not created again.
    Raises an error if no row has got a response from Zoho before.
    """
    check_supported(outcomes.writer)
    fields = yield from _fields(outcomes.writer)
    jobs_left = list(jobs)
    while chunk := list(islice(rows, ROWS)):
        job = _Import(chunk, outcomes, fields, jobs_left, is_retry=is_retry)
        yield CallFunction(job.prepare)
        failure = yield from job.write()
        if failure is not None:
            outcomes.stop(failure, rows)
            return failure
    if jobs_left and not is_retry:
        raise ConfigurationError(f"There are no rows left for the bulk write {jobs_left[0]}.")
    return None


def by_cheapest(
    rows: Iterator[Any], outcomes: OutcomeCollector, minimum: int
) -> QueryPlan[ZCRMError | None]:
    """Write rows by jobs if there are at least `minimum` and that is possible; else by records."""
    head = list(islice(rows, minimum))
    rows = chain(head, rows)
    if len(head) < minimum:
        return (yield from by_records(rows, outcomes))
    fields = yield from _fields(outcomes.writer)
    while chunk := list(islice(rows, ROWS)):
        job = _Import(chunk, outcomes, fields, [])
        pays = len(chunk) >= min(minimum, ROWS) and (yield CallFunction(job.is_possible))
        failure = yield from job.write() if pays else by_records(iter(chunk), outcomes)
        if failure is not None:
            outcomes.stop(failure, rows)
            return failure
    return None


def _fields(writer: Writer) -> QueryPlan[ModuleFields]:
    module = writer.meta.module
    fields: ModuleFields = writer.source.get_cached_fields(module) or (yield ReadFields(module))
    return fields


class _Import:
    """Writes the rows of one job, or of several if the file would be too large.

    `jobs` are the ids of jobs that were created before; used ids are removed from the list.
    """

    def __init__(
        self,
        rows: list[Any],
        outcomes: OutcomeCollector,
        fields: ModuleFields,
        jobs: list[str],
        *,
        is_retry: bool = False,
    ) -> None:
        self.writer = outcomes.writer
        self._rows = rows
        self._outcomes = outcomes
        self._start = outcomes.next_index
        self._fields = fields
        self._jobs = jobs
        self._is_retry = is_retry
        self._key = {"update": "id", "upsert": "".join(self.writer.on[:1])}.get(
            self.writer.action, ""
        )
        self._items: dict[int, CSVRow] = {}
        self._found: dict[int, Outcome] = {}

    def prepare(self) -> None:
        """Convert the rows to those of a CSV; takes a while."""
        self._items, self._found = prepare(self._rows, self._start, self.writer, self._csv_row)

    def _csv_row(self, row: Any) -> CSVRow:
        texts = csv_row(self.writer.item(row), self._fields)
        if self._key and not texts.get(self._key):
            raise ConfigurationError(
                f"A bulk write finds records by {self._key}, which this row lacks."
            )
        if self._key != "id" and "id" in texts:
            raise NotSupported(
                f"A bulk write finds records by {self._key} alone, and this row has an id: use "
                "bulk_update(), or write with via='records'."
            )
        return texts

    @property
    def _is_new(self) -> bool:
        return self.writer.action == "create"

    def is_possible(self) -> bool:
        """Prepare the rows; return whether a job can write all rows that the records API can."""
        self.prepare()
        if any(isinstance(outcome.error, NotSupported) for outcome in self._found.values()):
            return False
        try:
            columns_of(list(self._items.values()), self._key, is_new=self._is_new)
        except ConfigurationError:
            return False
        return bool(self._items)

    def write(self) -> QueryPlan[ZCRMError | None]:
        """Write the rows; return the error if all failed."""
        failure = (yield from self._part(self._items)) if self._items else None
        self._outcomes.add(self._found[at] for at in sorted(self._found))
        self._outcomes.report_progress()
        return failure

    def _part(self, items: dict[int, CSVRow]) -> QueryPlan[ZCRMError | None]:
        with tempfile.TemporaryFile() as file:
            make_file = partial(BulkCSV, list(items.values()), self._key, file, is_new=self._is_new)
            try:
                csv_file: BulkCSV = yield CallFunction(make_file)
            except ConfigurationError as error:
                return self._store_failure(items, error)
            if csv_file.size <= MAX_BYTES or len(items) == 1:
                return (yield from self._job(items, csv_file))
        places = sorted(items)
        for half in (places[: len(places) // 2], places[len(places) // 2 :]):
            part = {at: items[at] for at in half}
            if failure := (yield from self._part(part)):
                rest = {at: items[at] for at in items if at not in self._found}
                return self._store_failure(rest, failure, is_sent=False)
        return None

    def _job(self, items: dict[int, CSVRow], csv_file: BulkCSV) -> QueryPlan[ZCRMError | None]:
        """Write the rows of one job, or find out its result; return the error if it failed."""
        is_resumed = bool(self._jobs)
        if is_resumed:
            job_id = self._jobs.pop(0)
        else:
            try:
                file_id = yield from self._upload(csv_file)
            except ZCRMError as error:
                return self._store_failure(items, error, is_sent=False)
            try:
                job_id = yield from self._create_job(csv_file, file_id)
            except ZCRMError as error:
                return self._store_failure(items, error)
            self._outcomes.report_progress(job_id, "ADDED")
        try:
            job = yield from self._wait(job_id)
            refusal = _refusal(job, job_id)
            lines = [] if refusal else (yield from _lines(job, job_id, csv_file.key_cells))
        except ZCRMError as error:
            if is_resumed and not is_transient(error) and not self._is_retry:
                raise
            return self._pending(items, job_id, error)
        if refusal is not None:
            return self._store_failure(items, refusal)
        result_lines, is_known = yield CallFunction(partial(match_lines, csv_file.key_cells, lines))
        if is_resumed and not is_known and not self._is_retry:
            raise ConfigurationError(f"These are not the rows of the bulk write {job_id}.")
        for at, line in zip(items, result_lines, strict=True):
            self._set(at, _outcome(line, job_id))
        return None

    def _set(self, at: int, outcome: Outcome) -> None:
        self._found[at] = self.writer.outcome(at, self._rows[at - self._start], outcome)

    def _store_failure(
        self, items: dict[int, CSVRow], error: ZCRMError, *, is_sent: bool = True
    ) -> ZCRMError:
        """Store the error of rows that were not written; raise it if no row was written so far."""
        has_answers = self._outcomes.has_answers or any(
            outcome.code != "NOT_SENT" for outcome in self._found.values()
        )
        if not has_answers and not (is_sent and is_in_doubt(error)):
            raise error
        outcome_of = self.writer.failure if is_sent else self.writer.not_sent
        for at in items:
            self._found[at] = outcome_of(at, self._rows[at - self._start], error)
        return error

    def _pending(self, items: dict[int, CSVRow], job_id: str, error: ZCRMError) -> ZCRMError:
        """Store that the outcomes of a job's rows are not known."""
        message = f"It is not known how the bulk write {job_id} ended: {error}"
        reason = unread(message, 0, GET.name)
        for at in items:
            self._set(at, _in_doubt(reason, {"job_id": job_id, "status": PENDING}))
        return error

    def _upload(self, csv_file: BulkCSV) -> QueryPlan[str]:
        """Upload the file and return its id; retried after errors."""

        def upload() -> QueryStep:
            csv_file.file.seek(0)
            return Perform(UPLOAD, {"file": ("rows.zip", csv_file.file), "feature": "bulk-write"})

        outcome: Outcome = yield from _retry(upload, lambda error: True)
        if "file_id" not in outcome.details:
            raise unread("The upload has no file_id", 0, UPLOAD.name)
        return str(outcome.details["file_id"])

    def _create_job(self, csv_file: BulkCSV, file_id: str) -> QueryPlan[str]:
        """Create the job and return its id; creates are not retried if in doubt."""
        resource: dict[str, Any] = {
            "type": "data",
            "module": self.writer.meta.module,
            "file_id": file_id,
            "field_mappings": csv_file.mappings(self._fields),
        }
        arguments: dict[str, Any] = {
            "operation": _OPERATIONS[self.writer.action],
            "character_encoding": "UTF-8",
            "resource": [resource],
        }
        if self._key:
            resource["find_by"] = self._key
        if csv_file.ignore_empty and not self._is_new:
            # Next to `operation` in Zoho's manual (ZD 362), in each resource in OAS 3.1.
            arguments["ignore_empty"] = resource["ignore_empty"] = True
        outcome: Outcome = yield from _retry(
            lambda: Perform(CREATE, arguments),
            lambda error: not self._is_new or not is_in_doubt(error),
        )
        return outcome.id

    def _wait(self, job_id: str) -> QueryPlan[dict[str, Any]]:
        resume = f"jobs=[{job_id!r}], given to the same call, takes it up again"
        report_state = partial(self._outcomes.report_progress, job_id)
        job = yield from waiting.wait(GET, job_id, "bulk write", resume, report_state)
        resource = job["resource"][0]
        module = resource["module"]
        name = module["api_name"] if isinstance(module, Mapping) else module
        expected = (_OPERATIONS[self.writer.action], self.writer.meta.module)
        if (job["operation"], name) != expected:
            raise ConfigurationError(
                f"The bulk write {job_id} is an {job['operation']} of {name}, not an {expected[0]} "
                f"of {expected[1]}."
            )
        return job


def _retry(
    step: Callable[[], QueryStep], may_repeat: Callable[[ZCRMError], bool]
) -> QueryPlan[Any]:
    """Do a step until it succeeds, five times at most; raise the last error.

    If one of the attempts may have been performed, its error is raised.
    """
    doubt: ZCRMError | None = None
    attempt = 1
    while True:
        try:
            return (yield step())
        except ZCRMError as error:
            doubt = error if is_in_doubt(error) else doubt
            wait = pause_after(error, attempt) if may_repeat(error) else None
            if wait is None:
                raise doubt or error from None
        yield Wait(wait)
        attempt += 1


def _refusal(job: Mapping[str, Any], job_id: str) -> ZCRMError | None:
    """Return the error of a job that wrote no row; None if the job has a result."""
    result = job.get("result")
    if isinstance(result, Mapping) and result.get("download_url"):
        return None
    code = str(job["resource"][0].get("code") or "SUCCESS")
    if code == "SUCCESS":
        return unread(f"The bulk write {job_id} has no result", 0, GET.name)
    message = f"the bulk write {job_id} was not carried out"
    return error_from({"code": code, "message": message}, 0, GET.name)


def _lines(
    job: Mapping[str, Any], job_id: str, key_cells: Sequence[tuple[str, ...]]
) -> QueryPlan[list[ResultLine]]:
    """Return the lines of a job's result."""
    with tempfile.TemporaryFile() as file:
        arguments = {"download_url": job["result"]["download_url"]}
        yield from waiting.download(DOWNLOAD, arguments, file)
        lines: list[ResultLine] = yield CallFunction(partial(read_result, file, job_id, key_cells))
    return lines


def _outcome(line: ResultLine | None, job_id: str) -> Outcome:
    """Return the outcome of a row from its line in the result."""
    if line is None:
        message = f"The result of the bulk write {job_id} does not contain this row"
        return _in_doubt(unread(message, 0, GET.name), {"job_id": job_id})
    details: dict[str, Any] = {"job_id": job_id, "status": line.status}
    if line.status in _ACTIONS:
        details["id"] = line.record_id
        return Outcome(0, "SUCCESS", "", details, action=_ACTIONS[line.status])
    refusals = [refusal.partition("-") for refusal in line.errors.split(":") if refusal]
    code, _, name = refusals[0] if refusals else (line.status, "", "")
    if name:
        details["api_name"] = name
    if len(refusals) > 1:
        details["errors"] = [
            {"code": refused, "message": refused, "details": {"api_name": field}}
            for refused, _, field in refusals
        ]
    error: ApiError = error_from(
        {"code": code, "message": line.errors, "details": details}, 0, CREATE.name
    )
    return Outcome(0, code, line.errors, details, error=error)


def _in_doubt(reason: ZCRMError, details: dict[str, Any]) -> Outcome:
    return Outcome(0, "NO_RESPONSE", str(reason), details, error=reason)
