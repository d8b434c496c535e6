"""Plans that read a record set by the cheapest route, count it, and explain it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...errors import ApiError, ConfigurationError, NotSupported
from ...operations.results import RecordDict
from ..compile import coql
from ..compile.fields import ID_PATH
from ..compile.literals import literal
from ..compile.query import CompiledQuery, Load, Query, resolve_and_compile
from ..compile.tree import NONE
from ..steps import Perform, QueryPlan, RecordSource
from . import batches, exporting, grouping, listing, route, searching, selecting
from .convert import shaping
from .exporting import Report
from .route import Via
from .selecting import COQL

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
) -> QueryPlan[None]:
    """Yield the records of a query, converted by `load`, by the cheapest or the requested route.

    `job_id` is that of a bulk read that was started before for the same query. Raises NotSupported
    when that route cannot read them.
    """
    compiled = yield from resolve_and_compile(query, source)
    if _is_empty(compiled):
        return
    candidate = route.choose_route(compiled, via, estimate(compiled), is_streamed=is_streamed)
    if candidate.route == "search":
        yield from searching.rows(compiled, source.version, chunk_size, load)
    elif candidate.route == "list":
        yield from listing.rows(compiled, source.version, chunk_size, load)
    elif candidate.route == "bulk":
        yield from exporting.rows(compiled, source, chunk_size, load, report, job_id)
    elif len(queries := batches.split(compiled)) > 1:
        may_mix = is_streamed and not query.is_sliced and not query.orders and not query.is_reversed
        read = batches.stream if may_mix else batches.merge
        yield from read(queries, chunk_size, load)
    else:
        may_change = via == "auto" and is_streamed and query.size is None
        take_over = _taking_over(compiled, source, chunk_size, load, report) if may_change else None
        yield from selecting.rows(queries[0], chunk_size, load, take_over)


def estimate(compiled: CompiledQuery) -> int:
    """Return the maximum number of records of a query; the size of a page if unknown."""
    ids = listing.ids_of(compiled.where)
    sizes = [
        size
        for size in (compiled.query.size, None if ids is None else len(ids))
        if size is not None
    ]
    return min(sizes, default=PAGE)


def _taking_over(
    compiled: CompiledQuery,
    source: RecordSource,
    chunk_size: int,
    load: Load,
    report: Report | None,
) -> selecting.TakeOver | None:
    """Return a plan that reads the rest by bulk read if that is cheaper; None if it cannot be."""
    if not next(
        candidate for candidate in route.candidates(compiled, PAGE) if candidate.route == "bulk"
    ).is_open:
        return None

    def take_over(last: str) -> QueryPlan[bool]:
        total = yield from count(compiled.query, source)
        rest = total - selecting.PAGES_BEFORE_BULK * min(chunk_size, compiled.limits.rows)
        candidates = route.candidates(compiled, max(rest, 1))
        costs = {candidate.route: candidate.cost.credits for candidate in candidates}
        if costs["bulk"] >= costs["coql"]:
            return False

        has_begun = False
        plain, shape = batches.unshaped(compiled), shaping(compiled.query.shape, compiled.columns)

        def keep_unseen(rows: list[RecordDict]) -> Sequence[Any]:
            nonlocal has_begun
            has_begun = True
            return load(shape([row for row in rows if int(row["id"]) > int(last)]))

        try:
            yield from exporting.rows(plain, source, chunk_size, keep_unseen, report)
        except (ApiError, NotSupported):
            if has_begun:
                raise
            return False  # where a bulk read is refused, COQL continues
        return True

    return take_over


def count(query: Query, source: RecordSource) -> QueryPlan[int]:
    """Return the number of records in a query's slice."""
    compiled = yield from resolve_and_compile(replace(query, fields=("id",), orders=()), source)
    if _is_empty(compiled):
        return 0
    if query.search:
        total = yield from searching.count(compiled)
    else:
        total = yield from _count(compiled)
    count_left = max(0, total - query.start)
    return count_left if query.size is None else min(count_left, query.size)


def _count(compiled: CompiledQuery) -> QueryPlan[int]:
    total = 0
    for query_part in batches.split(compiled):
        select = coql.Select(
            ["COUNT(id)"], query_part.query.module, query_part.where, view=query_part.query.view
        )
        page = yield Perform(COQL, {"select_query": coql.write(select, query_part.limits)})
        total += int(next(iter(page.rows[0].values()), 0)) if page.rows else 0
    return total


def explanation(
    query: Query, source: RecordSource, via: Via, records: int | None
) -> QueryPlan[route.Explanation]:
    """Explain how a query is answered; fetch only metadata."""
    compiled = yield from resolve_and_compile(query, source)
    count = estimate(compiled) if records is None else records
    explained = route.explain(compiled, via, count)
    if explained.route != "coql" or _is_empty(compiled):
        return explained
    return replace(explained, coql=_text(compiled))


def text(query: Query, source: RecordSource) -> QueryPlan[str]:
    """Return the COQL of a query's first request."""
    if query.aggregates:
        return (yield from grouping.text(query, source))
    compiled = yield from resolve_and_compile(query, source)
    return "" if query.search or _is_empty(compiled) else _text(compiled)


def _is_empty(compiled: CompiledQuery) -> bool:
    return compiled.where == NONE or compiled.query.is_none or compiled.query.size == 0


def _text(compiled: CompiledQuery) -> str:
    query = compiled.query
    limit = compiled.limits.rows if query.size is None else min(query.size, compiled.limits.rows)
    columns = compiled.columns[: compiled.limits.columns]
    first = batches.split(compiled)[0]
    step = selecting.select(first, columns, first.where, limit, query.start)
    return str(step.arguments["select_query"])


def check_unique(module: str, name: str, source: RecordSource) -> QueryPlan[None]:
    """Raise ConfigurationError unless no two records have the same value in a field."""
    if name != "id":
        compiled = yield from resolve_and_compile(Query(module, fields=(name,)), source)
        if not compiled.columns[0].path.field.is_unique:
            raise ConfigurationError(
                f"in_bulk() needs the id or a unique field, and {name} may have duplicates."
            )


def id_of(record: Any) -> str:
    """Return the id of a record or of an equivalent value; raise ConfigurationError."""
    return literal(ID_PATH, "id", "=", record, None)
