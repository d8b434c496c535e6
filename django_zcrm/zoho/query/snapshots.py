"""Plans of single steps of a module's bulk read, for callers that store their progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from . import bulk, coql, exporting, tree
from .changes import DATED, LISTED
from .query import Column, Compiled, Query, compiled
from .steps import Perform, Plan, RecordSource
from .tree import Q

CREATED = "Created_Time"


def clock(source: RecordSource, module: str) -> Plan[datetime | None]:
    """Return Zoho's time, by a request that needs no more than reading the module."""
    page = yield Perform(LISTED, {"module": module, "fields": ["id"], "per_page": 1})
    moment: datetime | None = page.info["server_time"]
    return moment


def count(
    source: RecordSource, module: str, begin: datetime | None = None, end: datetime | None = None
) -> Plan[int]:
    """Return how many records were created from `begin` on and before `end`; all without them."""
    asked = yield from compiled(_query(module, ("id",), begin, end), source)
    select = coql.Select(["COUNT(id)"], module, asked.where)
    page = yield Perform(DATED, {"select_query": coql.write(select, asked.limits)})
    return int(next(iter(page.rows[0].values()), 0)) if page.rows else 0


def begin_job(
    source: RecordSource,
    module: str,
    fields: Sequence[str],
    begin: datetime | None = None,
    end: datetime | None = None,
) -> Plan[str]:
    """Create a bulk read of the records created in a window; return the job's id.

    Raises NotSupported for what bulk read does not have.
    """
    asked: Compiled = yield from compiled(_query(module, fields, begin, end), source)
    bulk.check(asked)
    job_id = yield from exporting.begun(asked, source)
    return job_id


def continue_job(job: Mapping[str, Any]) -> Plan[str]:
    """Create the job for records that did not fit into a job's file; return its id."""
    outcome = yield Perform(exporting.CREATE, {"query": exporting.following(job)})
    return str(outcome.id)


def ended_job(job_id: str) -> Plan[dict[str, Any] | None]:
    """Return a job if it has ended; None if it is still running.

    Raises NotFound for one that Zoho has forgotten, and Zoho's error for one that failed.
    """
    job: dict[str, Any] = yield Perform(exporting.GET, {"job_id": job_id})
    state = job.get("state")
    if state == "COMPLETED":
        return job
    if state in ("FAILURE", "FAILED"):
        raise exporting.failure(job, job_id)
    return None


def columns(source: RecordSource, module: str, fields: Sequence[str]) -> Plan[Sequence[Column]]:
    """Return the columns to read from a job's file."""
    asked: Compiled = yield from compiled(_query(module, fields, None, None), source)
    return asked.columns


def _query(
    module: str, fields: Sequence[str], begin: datetime | None, end: datetime | None
) -> Query:
    window = {f"{CREATED}__gte": begin, f"{CREATED}__lt": end}
    limits: dict[str, Any] = {name: moment for name, moment in window.items() if moment is not None}
    conditions = (Q(**limits),) if limits else ()
    return Query(
        module,
        where=tree.given(conditions, {}, str, negated=False) if conditions else None,
        fields=tuple(dict.fromkeys(("id", *fields))),
        shape="values",
    )
