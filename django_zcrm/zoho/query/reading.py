"""Plans that read a record set by the cheapest route, count it, and explain it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..errors import ConfigurationError, Forbidden
from ..results import Record
from . import batches, coql, exporting, listing, route, searching, selecting
from .exporting import Report
from .fields import ID_PATH
from .literals import literal
from .query import Compiled, Load, Query, compiled
from .route import Via
from .selecting import COQL
from .steps import Perform, Plan, RecordSource
from .tree import NONE

PAGE = 2_000
"""Records for which routes are compared where nobody knows how many there are."""


def rows(
    query: Query,
    source: RecordSource,
    chunk_size: int,
    load: Load,
    via: Via = "auto",
    *,
    is_streamed: bool = False,
    report: Report | None = None,
    job_id: str = "",
) -> Plan[None]:
    """Yield the records of a query, converted by `load`, by the cheapest route or the one given.

    `job_id` is that of a bulk read which was begun before for the same query. Raises NotSupported
    when that route cannot read them.
    """
    asked = yield from compiled(query, source)
    if _is_empty(asked):
        return
    taken = route.chosen(asked, via, expected(asked), is_streamed=is_streamed)
    if taken.route == "search":
        yield from searching.rows(asked, source.version, chunk_size, load)
    elif taken.route == "list":
        yield from listing.rows(asked, source.version, chunk_size, load)
    elif taken.route == "bulk":
        yield from exporting.rows(asked, source, chunk_size, load, report, job_id)
    elif len(queries := batches.split(asked)) > 1:
        may_mix = is_streamed and not query.is_sliced and not query.orders and not query.is_reversed
        read = batches.streamed if may_mix else batches.joined
        yield from read(queries, chunk_size, load)
    else:
        may_change = via == "auto" and is_streamed and query.size is None
        take_over = _taking_over(asked, source, chunk_size, load, report) if may_change else None
        yield from selecting.rows(asked, chunk_size, load, take_over)


def expected(asked: Compiled) -> int:
    """Return how many records a query yields at most; the size of a page if unknown."""
    ids = listing.ids_of(asked.where)
    sizes = [
        size for size in (asked.query.size, None if ids is None else len(ids)) if size is not None
    ]
    return min(sizes, default=PAGE)


def _taking_over(
    asked: Compiled, source: RecordSource, chunk_size: int, load: Load, report: Report | None
) -> selecting.TakeOver | None:
    """Return a plan that reads the rest by bulk read if that is cheaper; None if it cannot be."""
    if not next(
        candidate for candidate in route.candidates(asked, PAGE) if candidate.route == "bulk"
    ).is_open:
        return None

    def take_over(last: str) -> Plan[bool]:
        total = yield from count(asked.query, source)
        rest = total - selecting.PAGES_BEFORE_BULK * chunk_size
        candidates = route.candidates(asked, max(rest, 1))
        costs = {candidate.route: candidate.cost.credits for candidate in candidates}
        if costs["bulk"] >= costs["coql"]:
            return False

        has_begun = False

        def unseen(rows: list[Record]) -> Sequence[Any]:
            nonlocal has_begun
            has_begun = True
            return load([row for row in rows if int(row["id"]) > int(last)])

        try:
            yield from exporting.rows(asked, source, chunk_size, unseen, report)
        except Forbidden:
            if has_begun:
                raise
            return False  # without the scope for bulk reads, COQL goes on
        return True

    return take_over


def count(query: Query, source: RecordSource) -> Plan[int]:
    """Return how many records a query's slice holds."""
    asked = yield from compiled(replace(query, fields=("id",), orders=()), source)
    if _is_empty(asked):
        return 0
    if query.search:
        total = yield from searching.count(asked)
    else:
        total = yield from _counted(asked)
    left = max(0, total - query.start)
    return left if query.size is None else min(left, query.size)


def _counted(asked: Compiled) -> Plan[int]:
    total = 0
    for query_part in batches.split(asked):
        select = coql.Select(
            ["COUNT(id)"], query_part.query.module, query_part.where, view=query_part.query.view
        )
        page = yield Perform(COQL, {"select_query": coql.write(select, query_part.limits)})
        total += int(next(iter(page.rows[0].values()), 0)) if page.rows else 0
    return total


def explanation(
    query: Query, source: RecordSource, via: Via, records: int | None
) -> Plan[route.Explanation]:
    """Explain how a query is answered, without asking for more than metadata."""
    asked = yield from compiled(query, source)
    count = expected(asked) if records is None else records
    written = (
        "" if _is_empty(asked) or route.candidates(asked, count)[0].unsupported else _text(asked)
    )
    return route.explained(asked, via, count, written)


def text(query: Query, source: RecordSource) -> Plan[str]:
    """Return the COQL of a query's first request."""
    asked = yield from compiled(query, source)
    return "" if query.search or _is_empty(asked) else _text(asked)


def _is_empty(asked: Compiled) -> bool:
    return asked.where == NONE or asked.query.is_none or asked.query.size == 0


def _text(asked: Compiled) -> str:
    query = asked.query
    limit = asked.limits.rows if query.size is None else min(query.size, asked.limits.rows)
    columns = asked.columns[: asked.limits.columns]
    first = batches.split(asked)[0]
    step = selecting.select(first, columns, first.where, limit, query.start)
    return str(step.given["select_query"])


def check_unique(module: str, name: str, source: RecordSource) -> Plan[None]:
    """Raise ConfigurationError unless no two records have the same value in a field."""
    if name != "id":
        asked = yield from compiled(Query(module, fields=(name,)), source)
        if not asked.columns[0].path.field.is_unique:
            raise ConfigurationError(
                f"in_bulk() takes the id or a field without duplicates, and {name} may have some."
            )


def id_of(record: Any) -> str:
    """Return the id of a record, or of what stands for one; raise ConfigurationError."""
    return literal(ID_PATH, "id", "=", record, None)
