"""Reads records in chunks, so that an interrupted export can be resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from ..exceptions import Forbidden, NotSupported
from ..zoho.query import RecordSet
from ..zoho.query.exporting import CREATE, Progress
from ..zoho.query.route import RouteCost, Via

CHUNK = 2_000
"""Records that are read, written and made sure of at once."""

BY_ID: tuple[list[str], ...] = ([], ["id"], ["-id"])
"""Orders in which a reading can be gone on with: in others, records move meanwhile."""

Row = dict[str, Any]
Seen = dict[str, Any]
"""What has to be known to go on: the `last` id; or the `job` and the rows read `in_job`."""

Take = Callable[[list[Row], Seen], None]
"""Takes rows, and what has to be known to go on behind them."""

ReportWords = Callable[[str], None]
"""Is told the state of a bulk read."""


class RecordExport:
    """Reads the fields `names`, the id among them, of records in an `order`.

    Making one asks how many records there are (`total`; None where Zoho cannot count them) and
    chooses the route. Names of lookups and ids of tags, which bulk reads lack, count where it
    `needs_names`. Raises NotSupported when no route can read the records, ConfigurationError for
    names and values that do not fit the module's fields.
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
        self._is_chosen = via == "auto"
        rows = records.values(*names)
        _routes(rows, via, None, needs_names)  # before anything is counted
        self.total = None if via == "bulk" else _counted(rows)
        routes = _routes(rows, via, self.total, needs_names)
        _, self._via = min(routes, key=lambda route: (route[0].credits, route[0].heavy))

    def read(self, take: Take, report: ReportWords, seen: Seen | None = None) -> None:
        """Read the records, behind those of an earlier reading if there is anything `seen`."""
        rows, seen = self._records.values(*self.names), seen or {}
        if seen.get("job"):
            _by_job(rows, seen["job"], seen["in_job"], take, report)
        elif seen.get("last"):
            name = "id__lt" if self._is_descending else "id__gt"
            _by_keys(rows.filter(**{name: seen["last"]}), "coql", take)
        elif self._via != "bulk":
            _by_keys(rows, self._via, take)
        else:
            self._by_new_job(rows, take, report)

    def _by_new_job(self, rows: RecordSet[Row], take: Take, report: ReportWords) -> None:
        try:
            _by_job(rows, "", 0, take, report)
        except Forbidden as error:
            if not self._is_chosen or error.operation != CREATE.name:
                raise
            _by_keys(rows, "coql", take)  # the connection has no scope for bulk reads


def _routes(
    rows: RecordSet[Any], via: Via, total: int | None, needs_names: bool
) -> list[tuple[RouteCost, Via]]:
    """Return the routes that can read the records; raise the first error if none can."""
    vias: list[Via] = ["coql", "list", "bulk"] if via == "auto" else [via]
    routes, first_error = [], None
    for route in vias:
        try:
            taken = rows.explain(via=route, records=total).taken
        except NotSupported as error:
            first_error = first_error or error
            continue
        if via != "auto" or not (needs_names and taken.difference):
            routes.append((taken.cost, route))
    if not routes and first_error is not None:
        raise first_error
    return routes


def _counted(rows: RecordSet[Any]) -> int | None:
    try:
        return rows.count()
    except NotSupported:  # COQL has no such conditions, but bulk reads may
        return None


def _by_keys(rows: RecordSet[Row], via: Via, take: Take) -> None:
    for chunk in _chunks(rows.iterator(CHUNK, via=via)):
        take(chunk, {"last": chunk[-1]["id"]})


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows_left = iter(rows)
    while chunk := list(islice(rows_left, CHUNK)):
        yield chunk


def _by_job(rows: RecordSet[Row], job: str, in_job: int, take: Take, report: ReportWords) -> None:
    """Read by bulk read; a job's file has the same rows in the same order, for about a day."""
    known = in_job
    pending: list[Row] = []

    def hand_over() -> None:
        nonlocal in_job
        in_job += len(pending)
        take(pending.copy(), {"job": job, "in_job": in_job})
        pending.clear()

    def told(progress: Progress) -> None:
        nonlocal job, in_job
        if progress.job_id != job:  # a job has begun: its id is worth keeping at once
            if pending:
                hand_over()
            job, in_job = progress.job_id, 0
            hand_over()
        report(progress.state)

    records = rows.iterator(CHUNK, via="bulk", progress=told, job=job)
    for row in islice(records, known, None):
        pending.append(row)
        if len(pending) == CHUNK:
            hand_over()
    if pending:
        hand_over()
