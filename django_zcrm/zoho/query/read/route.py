"""Decides whether records are read by COQL, list or bulk read, by their costs and limits.

| work              | list                   | COQL (v7)          | bulk read               |
|-------------------|------------------------|--------------------|-------------------------|
| 100 ids           | 1 credit               | 1, heavy           | -                       |
| 2,000 records     | 10, with an order 30   | 3, heavy           | 50 for the job          |
| 1,000,000 records | stops at 100,000       | 1,500 by 500 calls | 250 by 5 jobs, minutes  |

(API limits page, Kaizen 93 and 203.) Only ten heavy calls may run concurrently in an organisation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from ...errors import ConfigurationError, NotSupported
from ...operations.versions import MAX_FIELDS
from ..compile import bulk_criteria as bulk
from ..compile import coql
from ..compile.query import CHILD_TYPES, CompiledQuery
from . import batches, listing, searching

Via = Literal["auto", "coql", "list", "bulk"]

COQL_CREDITS = ((200, 1), (1_000, 2), (2_000, 3))
"""Credits of a query by its LIMIT."""

LIST_CREDITS, LIST_CREDITS_SORTED = 1, 3
JOB_CREDITS = 50
JOB_REQUESTS = 8
"""Requests of one job of a bulk read: one to create it, some to ask for its state, the download."""


@dataclass(frozen=True, slots=True)
class RouteCost:
    """The cost of a route: requests, API credits, and the number of heavy requests."""

    requests: int
    credits: int
    heavy: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A route with its cost.

    `unsupported` is the reason why the route is impossible. `difference` is the difference of its
    result from COQL's, because of which `via="auto"` does not choose the route.
    """

    route: str
    cost: RouteCost
    unsupported: str = ""
    difference: str = ""

    @property
    def is_open(self) -> bool:
        """Whether `via="auto"` may choose this route."""
        return not self.unsupported and not self.difference


def candidates(compiled: CompiledQuery, records: int) -> tuple[Candidate, ...]:
    """Return the candidate routes for this number of records, COQL first."""
    if compiled.query.search:
        pages = _pages(compiled, records)
        cost = RouteCost(pages, pages * searching.CREDITS, pages)
        return (Candidate("search", cost, _find_obstacle(searching.check, compiled)),)
    return (
        Candidate("coql", _coql_cost(compiled, records), _find_obstacle(_check_coql, compiled)),
        Candidate(
            "list",
            _list_cost(compiled, records),
            _find_obstacle(listing.check, compiled) or _beyond(compiled, records),
            listing.difference(compiled),
        ),
        Candidate(
            "bulk",
            _bulk_cost(records),
            _find_obstacle(bulk.check, compiled),
            bulk.difference(compiled),
        ),
    )


def choose_route(
    compiled: CompiledQuery, via: Via, records: int, *, is_streamed: bool
) -> Candidate:
    """Return the route to take: the cheapest with the same result, or the requested one.

    A bulk read takes minutes, so `auto` only chooses it where records are streamed. Raises
    NotSupported if the requested route, or every route, is impossible.
    """
    routes = candidates(compiled, records)
    if via not in get_args(Via):
        raise ConfigurationError(f"via is one of {', '.join(get_args(Via))}, not {via!r}.")
    if via != "auto":
        candidate = next((candidate for candidate in routes if candidate.route == via), None)
        if candidate is None:
            raise NotSupported("Only Zoho's search can read the results of search().")
        if candidate.unsupported:
            raise NotSupported(candidate.unsupported)
        return candidate
    possible = [
        candidate
        for candidate in routes
        if candidate.is_open and (is_streamed or candidate.route != "bulk")
    ]
    if not possible:
        raise NotSupported(routes[0].unsupported)
    return min(possible, key=_price)


def _price(candidate: Candidate) -> tuple[int, int, int]:
    return candidate.cost.credits, candidate.cost.heavy, candidate.cost.requests


@dataclass(frozen=True, slots=True)
class Explanation:
    """The route for reading records, its cost, and the reasons against other routes.

    `route`, `requests`, `credits` and `heavy` are those of the route that is taken; `candidates`
    are all routes. `coql` is the first query if the route is COQL.
    """

    module: str
    records: int
    choice: Candidate
    candidates: tuple[Candidate, ...]
    coql: str = ""

    @property
    def route(self) -> str:
        """The route: coql, list, bulk or search."""
        return self.choice.route

    @property
    def requests(self) -> int:
        """The number of requests."""
        return self.choice.cost.requests

    @property
    def credits(self) -> int:
        """The number of API credits."""
        return self.choice.cost.credits

    @property
    def heavy(self) -> int:
        """The number of heavy requests, of which only ten may run concurrently."""
        return self.choice.cost.heavy

    def __str__(self) -> str:
        lines = [f"{_format_count(self.records, 'record')} of {self.module}:"]
        for candidate in self.candidates:
            cost = candidate.cost
            mark = "->" if candidate.route == self.route else "  "
            why = candidate.unsupported or candidate.difference
            lines.append(
                f"{mark} {candidate.route:4}  {_format_count(cost.requests, 'request')}, "
                f"{_format_count(cost.credits, 'credit')}, {cost.heavy:,} heavy"
                + (f". {why}" if why else "")
            )
        if self.route == "coql":
            excerpt = self.coql if len(self.coql) <= 300 else f"{self.coql[:299]}…"
            lines.append(excerpt)
        return "\n".join(lines)


def _format_count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def explain(compiled: CompiledQuery, via: Via, records: int) -> Explanation:
    """Explain how records would be streamed. Raises NotSupported if every route is impossible."""
    return Explanation(
        compiled.query.module,
        records,
        choose_route(compiled, via, records, is_streamed=True),
        candidates(compiled, records),
    )


def _find_obstacle(check: Callable[[CompiledQuery], None], compiled: CompiledQuery) -> str:
    """Return the reason for which a check raises NotSupported; an empty string if it passes."""
    try:
        check(compiled)
    except NotSupported as error:
        return error.message
    return ""


def _check_coql(compiled: CompiledQuery) -> None:
    """Raise NotSupported if COQL cannot answer the query."""
    for batch in batches.split(compiled):
        coql.check(batch.where, batch.limits, batch.query.view)
    for column in compiled.columns:
        if column.path.field.data_type in CHILD_TYPES:
            raise NotSupported(
                f"COQL does not return {column.path.text} ({column.path.field.data_type}): read "
                "single records, as crm.records.get() does."
            )


def _beyond(compiled: CompiledQuery, records: int) -> str:
    if records <= listing.REACH or listing.ids_of(compiled.where) is not None:
        return ""
    return f"Lists return at most {listing.REACH:,} records."


def _coql_cost(compiled: CompiledQuery, records: int) -> RouteCost:
    rows, columns = compiled.limits.rows, compiled.limits.columns
    whole, rest = divmod(max(records, 1), rows)
    # Without a slice or ids, every query requests the maximum, even for the last few records.
    is_bounded = compiled.query.size is not None or listing.ids_of(compiled.where) is not None
    limits = [rows] * whole + ([rest if is_bounded else rows] if rest else [])
    limits += [rows] * (len(batches.split(compiled)) - len(limits))
    times = max(1, -(-len(compiled.columns) // columns))
    credits = sum(next(cost for most, cost in COQL_CREDITS if limit <= most) for limit in limits)
    return RouteCost(len(limits) * times, credits * times, len(limits) * times)


def _pages(compiled: CompiledQuery, records: int) -> int:
    """Return the pages of a list or a search, which are read from the first one on."""
    return -(-(compiled.query.start + max(records, 1)) // listing.PER_PAGE)


def _list_cost(compiled: CompiledQuery, records: int) -> RouteCost:
    ids = listing.ids_of(compiled.where)
    pages = _pages(compiled, records) if ids is None else -(-len(ids) // listing.MAX_IDS)
    times = max(1, -(-len(compiled.columns) // MAX_FIELDS))
    requests = max(1, pages) * times
    if listing.is_sorted(compiled):
        return RouteCost(requests, requests * LIST_CREDITS_SORTED, requests)
    return RouteCost(requests, requests * LIST_CREDITS, 0)


def _bulk_cost(records: int) -> RouteCost:
    jobs = -(-max(records, 1) // bulk.ROWS)
    requests = jobs * JOB_REQUESTS
    return RouteCost(requests, jobs * JOB_CREDITS + requests - jobs, 0)
