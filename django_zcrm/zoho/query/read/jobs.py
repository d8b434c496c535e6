"""Bulk read jobs by their id, to continue after a crash or in another process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, NoReturn, cast

from ...calls.session import Session
from ...errors import ConfigurationError
from ...operations.results import RecordDict
from ...types.jobs import BulkReadJob
from ..options import Options
from ..steps import AsyncPerforms, QueryPlan, RecordSource
from . import exporting
from .exporting import Progress, Report

CHUNK_SIZE = 2_000


class ReadJob:
    """A started bulk read: `for record in crm.bulk_read.job(id): ...`.

    Iteration waits for the end of the job. It yields the job's records as `.iterator(via="bulk")`
    does, and those of the jobs that continue it. Raises TimedOut when a job takes more than an
    hour, Zoho's error when it failed, NotFound when there is none (Zoho keeps results for about a
    day).
    """

    def __init__(self, id: str, source: RecordSource, report: Report) -> None:
        self.id = id
        self._source = source
        self._report = report

    def completed(self) -> BulkReadJob:
        """Wait for the end of the job and return Zoho's description of it, with its `result`."""
        return cast("BulkReadJob", self._source.run(self._wait()))

    async def acompleted(self) -> BulkReadJob:
        """Async version of `completed`."""
        return cast("BulkReadJob", await self._source.arun(self._wait()))

    def _wait(self) -> QueryPlan[dict[str, Any]]:
        return exporting.wait_for_job(self.id, self._report_state)

    def _report_state(self, state: str) -> None:
        self._report(Progress(0, self.id, state))

    def _rows(self) -> QueryPlan[None]:
        return exporting.read(self.id, self._source, None, list, CHUNK_SIZE, self._report)

    def __iter__(self) -> Iterator[RecordDict]:
        for rows in self._source.stream(self._rows()):
            yield from rows

    async def __aiter__(self) -> AsyncIterator[RecordDict]:
        async for rows in self._source.astream(self._rows()):
            for row in rows:
                yield row

    def __repr__(self) -> str:
        return f"<ReadJob {self.id}>"


class ReadJobs:
    """The methods of `bulk_read` that are not operations."""

    session: Any

    def job(self, job_id: str, *, progress: Report | None = None) -> ReadJob:
        """Return a job by its id, to wait for it and to read its records.

        `progress` is called with a Progress whenever there is news.
        """
        session: Session | AsyncPerforms = self.session
        if isinstance(session, Session):
            source = RecordSource(session, _blocking, Options())
        else:
            async_session = session
            source = RecordSource(None, lambda: async_session, Options())
        return ReadJob(str(job_id), source, progress or (lambda news: None))


def _blocking() -> NoReturn:
    raise ConfigurationError(
        "This job makes blocking calls: use crm.aio.bulk_read.job() to await it."
    )
