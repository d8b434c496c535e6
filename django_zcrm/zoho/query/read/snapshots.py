"""Plans of single steps of a module's bulk read, for callers that store their progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ...errors import ApiError
from ..compile import bulk_criteria as bulk
from ..compile import coql, tree
from ..compile.query import Column, CompiledQuery, Query, resolve_and_compile
from ..compile.tree import Q
from ..steps import Perform, QueryPlan, RecordSource
from . import exporting
from .changes import DATED, LISTED

CREATED = "Created_Time"


class FailedJob(Exception):
    """Zoho did not write the file of a job; `error` says why. Another job may succeed."""

    def __init__(self, error: ApiError) -> None:
        super().__init__(str(error))
        self.error = error


def clock(source: RecordSource, module: str) -> QueryPlan[datetime | None]:
    """Return Zoho's time, by a request that needs only the permission to read the module."""
    page = yield Perform(LISTED, {"module": module, "fields": ["id"], "per_page": 1})
    moment: datetime | None = page.info["server_time"]
    return moment


def count(
    source: RecordSource, module: str, begin: datetime | None = None, end: datetime | None = None
) -> QueryPlan[int]:
    """Return the number of records created from `begin` until before `end`, or of all."""
    compiled = yield from resolve_and_compile(_query(module, ("id",), begin, end), source)
    select = coql.Select(["COUNT(id)"], module, compiled.where)
    page = yield Perform(DATED, {"select_query": coql.write(select, compiled.limits)})
    return int(next(iter(page.rows[0].values()), 0)) if page.rows else 0


def begin_job(
    source: RecordSource,
    module: str,
    fields: Sequence[str],
    begin: datetime | None = None,
    end: datetime | None = None,
) -> QueryPlan[str]:
    """Create a bulk read of the records created in a window; return the job's id.

    Raises NotSupported for features that bulk read lacks.
    """
    compiled: CompiledQuery = yield from resolve_and_compile(
        _query(module, fields, begin, end), source
    )
    bulk.check(compiled)
    job_id = yield from exporting.create_job(compiled, source)
    return job_id


def continue_job(job: Mapping[str, Any]) -> QueryPlan[str]:
    """Create the job for records that did not fit into a job's file; return its id."""
    outcome = yield Perform(exporting.CREATE, {"query": exporting.following(job)})
    return str(outcome.id)


def find_ended_job(job_id: str) -> QueryPlan[dict[str, Any] | None]:
    """Return a job if it has ended; None if it is still running.

    Raises NotFound for a job that Zoho has deleted, and FailedJob for one that failed.
    """
    job: dict[str, Any] = yield Perform(exporting.GET, {"job_id": job_id})
    state = job.get("state")
    if state == "COMPLETED":
        return job
    if state in ("FAILURE", "FAILED"):
        raise FailedJob(exporting.failure(job, job_id))
    return None


def columns(
    source: RecordSource, module: str, fields: Sequence[str]
) -> QueryPlan[Sequence[Column]]:
    """Return the columns to read from a job's file."""
    compiled: CompiledQuery = yield from resolve_and_compile(
        _query(module, fields, None, None), source
    )
    return compiled.columns


def _query(
    module: str, fields: Sequence[str], begin: datetime | None, end: datetime | None
) -> Query:
    window = {f"{CREATED}__gte": begin, f"{CREATED}__lt": end}
    limits: dict[str, Any] = {name: moment for name, moment in window.items() if moment is not None}
    conditions = (Q(**limits),) if limits else ()
    return Query(
        module,
        where=tree.tree_of(conditions, {}, str, negated=False) if conditions else None,
        fields=tuple(dict.fromkeys(("id", *fields))),
        shape="values",
    )
