"""Reads records in chunks, so that an interrupted export can be resumed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from ..exceptions import Forbidden, NotSupported
from ..zoho.query import RecordSet
from ..zoho.query.read.exporting import CREATE, Progress
from ..zoho.query.read.route import RouteCost, Via
from .part_file import WriterState

CHUNK = 2_000
"""Number of records that are read, written and committed at once."""

BY_ID: tuple[list[str], ...] = ([], ["id"], ["-id"])
"""Orders in which an export can be resumed: in others, records move in the meantime."""

Row = dict[str, Any]

Take = Callable[[list[Row], WriterState], None]
"""Takes rows, and what has to be known to go on behind them: the `last` id; or the `job` and how
many rows were read `in_job`."""

ReportWords = Callable[[str], None]
"""Receives the state of a bulk read."""


def can_resume(writer_state: WriterState, rows: int) -> bool:
    """Return whether an export can resume from the stored state of an earlier one."""
    match writer_state:
        case {"fields": [str(), *_] as names, **rest} if all(isinstance(x, str) for x in names):
            match rest:
                case {"last": str(last)}:
                    return last.isdecimal()
                case {"job": str(job), "in_job": int(in_job)}:
                    return job.isdecimal() and 0 <= in_job <= sys.maxsize
    return False


class RecordExport:
    """Reads the fields `names`, the id among them, of records in an `order`.

    The constructor fetches the number of records (`total`; None if Zoho cannot count them) and
    chooses the route. With `needs_names`, the route must return names of lookups and ids of tags,
    which bulk reads lack. Raises NotSupported when no route can read the records,
    ConfigurationError for names and values that do not fit the module's fields.
    """

    def __init__(
        self,
        records: RecordSet[Any],
        names: Sequence[str],
        via: Via,
        order: list[str],
        *,
        needs_names: bool,
    ) -> None:
        self._records = records
        self.names = names
        self._is_descending = order == ["-id"]
        rows = records.values(*names)
        _routes(rows, via, None, needs_names)  # before any request
        self.total: int | None = None
        forbidden = None
        if via != "bulk":
            try:
                self.total = rows.count()
            except NotSupported:  # COQL has no such conditions
                pass
            except Forbidden as error:  # the connection has no scope for COQL
                forbidden = error
        routes = _routes(rows, via, self.total, needs_names)
        if forbidden is not None:
            routes = [route for route in routes if route != "coql"]
            if not routes:
                raise forbidden
        self._via, *self._others = routes

    def read(
        self, take: Take, report: ReportWords, writer_state: WriterState | None = None
    ) -> None:
        """Read the records; with `writer_state`, only those after the ones of an earlier export."""
        rows, writer_state = self._records.values(*self.names), writer_state or {}
        if writer_state.get("job"):
            _by_job(rows, writer_state["job"], writer_state["in_job"], take, report)
        elif writer_state.get("last"):
            name = "id__lt" if self._is_descending else "id__gt"
            _by_keys(rows.filter(**{name: writer_state["last"]}), "coql", take)
        elif self._via != "bulk":
            _by_keys(rows, self._via, take)
        else:
            self._by_new_job(rows, take, report)

    def _by_new_job(self, rows: RecordSet[Row], take: Take, report: ReportWords) -> None:
        try:
            _by_job(rows, "", 0, take, report)
        except Forbidden as error:  # the connection may have no scope for bulk reads
            if not self._others or error.operation != CREATE.name:
                raise
            _by_keys(rows, self._others[0], take)


def _routes(rows: RecordSet[Any], via: Via, total: int | None, needs_names: bool) -> list[Via]:
    """Return the routes that can read the records, the cheapest first.

    Raises the first error if none can.
    """
    vias: list[Via] = ["coql", "list", "bulk"] if via == "auto" else [via]
    costs: dict[Via, RouteCost] = {}
    first_error = None
    for route in vias:
        try:
            candidate = rows.explain(via=route, records=total).choice
        except NotSupported as error:
            first_error = first_error or error
            continue
        if via != "auto" or not (needs_names and candidate.difference):
            costs[route] = candidate.cost
    if not costs and first_error is not None:
        raise first_error
    return sorted(costs, key=lambda route: (costs[route].credits, costs[route].heavy))


def _by_keys(rows: RecordSet[Row], via: Via, take: Take) -> None:
    for chunk in _chunks(rows.iterator(CHUNK, via=via)):
        take(chunk, {"last": chunk[-1]["id"]})


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows_left = iter(rows)
    while chunk := list(islice(rows_left, CHUNK)):
        yield chunk


def _by_job(rows: RecordSet[Row], job: str, in_job: int, take: Take, report: ReportWords) -> None:
    """Read by bulk read; a job's file has the same rows in the same order, for about a day."""
    first = in_job
    pending: list[Row] = []

    def hand_over() -> None:
        nonlocal in_job
        in_job += len(pending)
        take(pending.copy(), {"job": job, "in_job": in_job})
        pending.clear()

    def report_progress(progress: Progress) -> None:
        nonlocal job, in_job
        if progress.job_id != job:  # a job has begun: store its id at once
            if pending:
                hand_over()
            job, in_job = progress.job_id, 0
            hand_over()
        report(progress.state)

    records = rows.iterator(CHUNK, via="bulk", progress=report_progress, job=job)
    for row in islice(records, first, None):
        pending.append(row)
        if len(pending) == CHUNK:
            hand_over()
    if pending:
        hand_over()
