"""Plans that read records by bulk read: create a job, wait for it, read its CSV from disk.

Memory holds only one chunk of the records at a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import IO, Any

from ...calls.metadata import FieldMetadata, ModuleFields
from ...errors import ApiError, ConfigurationError, NotSupported, UnreadableResponse, error_from
from ...resources.bulk_read_jobs import BulkReadJobs
from ..compile import bulk_criteria as bulk
from ..compile.fields import Path
from ..compile.query import Column, CompiledQuery, Load, Query, resolve_and_compile
from ..compile.tree import Comparison, Node, comparisons, join
from ..steps import CallFunction, Perform, QueryPlan, ReadFields, RecordSource, Rows
from . import waiting
from .archives import DamagedArchive, ZippedCSV, reading_archive
from .convert import CellReader, cell, shaping

CREATE = BulkReadJobs.create.operation  # type: ignore[attr-defined]
GET = BulkReadJobs.get.operation  # type: ignore[attr-defined]
DOWNLOAD = BulkReadJobs.download.operation  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of reading or writing, and the running bulk job.

    `records` is the number of records delivered, or of rows whose outcome is known; `failed` is the
    number of failed rows.
    """

    records: int
    job_id: str = ""
    state: str = ""
    failed: int = 0


Report = Callable[[Progress], object]


def rows(
    compiled: CompiledQuery,
    source: RecordSource,
    chunk_size: int,
    load: Load,
    report: Report | None = None,
    job_id: str = "",
) -> QueryPlan[None]:
    """Yield the records of a query, with a job per 200,000 of them.

    `job_id` is that of a job which was begun before for the same query. Raises TimedOut when a job
    takes more than an hour, and Zoho's error when it failed.
    """
    report = report or _ignore
    if not job_id:
        job_id = yield from create_job(compiled, source)
        report(Progress(0, job_id, "ADDED"))
    shape = shaping(compiled.query.shape, compiled.columns)
    yield from read(
        job_id, source, compiled.columns, lambda page: load(shape(page)), chunk_size, report
    )


def create_job(compiled: CompiledQuery, source: RecordSource) -> QueryPlan[str]:
    """Create the job for a query, and return its id. Raises NotSupported."""
    where = yield from _exclude_converted(compiled, source)
    bulk.check_count(where)
    fields = dict.fromkeys(column.path.tested for column in compiled.columns)
    query: dict[str, Any] = {"module": compiled.query.module, "fields": list(fields)}
    if (criteria := bulk.criteria(where)) is not None:
        query["criteria"] = criteria
    if compiled.query.view:
        query["cvid"] = compiled.query.view
    outcome = yield Perform(CREATE, {"query": query})
    return str(outcome.id)


def _ignore(progress: Progress) -> None:
    """Report nothing."""


def _report(report: Report, records: int, job_id: str, state: str) -> None:
    report(Progress(records, job_id, state))


def _exclude_converted(compiled: CompiledQuery, source: RecordSource) -> QueryPlan[Node]:
    """Return conditions that leave out converted leads, as lists and COQL do.

    Whether a bulk read includes them is not documented. A query gets them if it names a field of
    converted leads.
    """
    module = compiled.query.module
    fields: ModuleFields = source.get_cached_fields(module) or (yield ReadFields(module))
    about = any(
        comparison.path.text.startswith("Converted") for comparison in comparisons(compiled.where)
    )
    if about or "Converted__s" not in fields:
        return compiled.where
    path = Path("Converted__s", fields["Converted__s"])
    return join("and", (compiled.where, Comparison(path, "=", ("false",))))


def read(
    job_id: str,
    source: RecordSource,
    columns: Sequence[Column] | None,
    load: Load,
    chunk_size: int,
    report: Report,
) -> QueryPlan[None]:
    """Yield the records of a job and of its continuations; `columns` None takes all."""
    records = 0
    while True:
        job = yield from wait_for_job(job_id, partial(_report, report, records, job_id))
        result = job["result"]
        if count := int(result.get("count") or 0):
            with tempfile.TemporaryFile() as file:
                yield from waiting.download(DOWNLOAD, {"job_id": job_id}, file)
                csv_file = yield CallFunction(partial(ExportedCSV, job_id, file, count))
                if columns is None:
                    columns = yield from _columns_of(job, csv_file.header, source)
                csv_file.take(columns)
                before = records
                while chunk := (yield CallFunction(partial(csv_file.rows, chunk_size))):
                    records += len(chunk)
                    yield Rows(load(chunk))
                    report(Progress(records, job_id, "COMPLETED"))
            if records - before != count:
                raise UnreadableResponse(
                    f"the bulk read {job_id} has {records - before} rows, but Zoho said {count}"
                )
        if not result.get("more_records"):
            return
        outcome = yield Perform(CREATE, {"query": following(job)})
        job_id = outcome.id
        report(Progress(records, job_id, "ADDED"))


def following(job: Mapping[str, Any]) -> dict[str, Any]:
    """Return the query for the job that continues after another one (tokens: from v7 on).

    It is the query in Zoho's job, in the form that was sent, because a token belongs to its query.
    """
    query = {name: _as_sent(part) for name, part in job["query"].items()}
    query.pop("page", None)
    query.pop("page_token", None)
    if token := job["result"].get("next_page_token"):
        return {**query, "page_token": token}
    return {**query, "page": int(job["result"].get("page") or 1) + 1}


def _as_sent(part: Any) -> Any:
    """Return a part of a query without the ids that Zoho adds to modules and fields."""
    if isinstance(part, Mapping):
        is_named = "api_name" in part
        return {
            name: _as_sent(value) for name, value in part.items() if not (is_named and name == "id")
        }
    return [_as_sent(item) for item in part] if isinstance(part, list) else part


def wait_for_job(job_id: str, report: Callable[[str], object]) -> QueryPlan[dict[str, Any]]:
    """Wait until a job has ended and return it; a failed one raises Zoho's error."""
    resume = f"crm.bulk_read.job({job_id!r}) takes it up again"
    job = yield from waiting.wait(GET, job_id, "bulk read", resume, report)
    if job.get("state") != "COMPLETED":
        raise failure(job, job_id)
    return job


def failure(job: Mapping[str, Any], job_id: str) -> ApiError:
    """Return the error of a failed job."""
    result = job.get("result")
    reason = result.get("error_message") if isinstance(result, Mapping) else None
    error = error_from(reason if isinstance(reason, Mapping) else {"code": "FAILURE"}, 0, GET.name)
    error.add_note(f"This is what became of the bulk read {job_id}.")
    return error


class ExportedCSV:
    """The CSV of a job with `count` rows, read in pieces from the zip on disk.

    Raises DamagedArchive for damaged files, and if there are more rows.
    """

    def __init__(self, job_id: str, file: IO[bytes], count: int) -> None:
        self._job_id = job_id
        self._name = f"bulk read {job_id}"
        with reading_archive(self._name):
            self._lines = ZippedCSV(file, max_rows=count)
        self.header = self._lines.header
        self._cells: list[tuple[str, int, CellReader]] = []

    def take(self, columns: Sequence[Column]) -> None:
        """Set the columns to read."""
        places = {name: place for place, name in enumerate(self.header)}
        places.setdefault("id", places.get("Id", 0))
        missing = [column.path.tested for column in columns if column.path.tested not in places]
        if missing:
            raise DamagedArchive(f"the bulk read {self._job_id} has no column {missing[0]}")
        paths = {column.path.text: column.path for column in columns}
        self._cells = [(text, places[path.tested], cell(path)) for text, path in paths.items()]

    def skip(self, count: int) -> None:
        """Skip the next rows."""
        with reading_archive(self._name):
            for _ in islice(self._lines, count):
                pass

    def rows(self, count: int) -> list[dict[str, Any]]:
        """Return the next rows, none at the end."""
        cells = self._cells
        with reading_archive(self._name):
            return [
                {name: read(line[place]) for name, place, read in cells}
                for line in islice(self._lines, count)
            ]


def _columns_of(
    job: Mapping[str, Any], header: Sequence[str], source: RecordSource
) -> QueryPlan[Sequence[Column]]:
    """Return the columns for a header whose query is not known; unknown columns are texts."""
    module = job["query"]["module"]
    name = str(module["api_name"] if isinstance(module, Mapping) else module)
    columns: list[Column] = []
    for title in header:
        key = "id" if title == "Id" else title
        try:
            compiled = yield from resolve_and_compile(
                Query(name, fields=(key,), shape="values"), source
            )
            columns += compiled.columns
        except (ConfigurationError, NotSupported):
            columns.append(Column(key, Path(key, FieldMetadata(key, "text"))))
    return columns
