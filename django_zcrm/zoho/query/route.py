"""Decides whether records are read by COQL, list or bulk read, by their costs and limits.

| work              | list                   | COQL (v7)          | bulk read               |
|-------------------|------------------------|--------------------|-------------------------|
| 100 ids           | 1 credit               | 1, heavy           | -                       |
| 2,000 records     | 10, with an order 30   | 3, heavy           | 50 for the job          |
| 1,000,000 records | stops at 100,000       | 1,500 by 500 calls | 250 by 5 jobs, minutes  |

(API limits page, Kaizen 93 and 203.) Only ten heavy calls may run at once in an organisation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from ..errors import ConfigurationError, NotSupported
from ..versions import MAX_FIELDS
from . import batches, bulk, coql, listing, searching
from .query import CHILD_TYPES, Compiled

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

    `unsupported` says why it cannot be taken; `difference` what would be different from COQL, for
    which `via="auto"` leaves it aside.
    """

    route: str
    cost: RouteCost
    unsupported: str = ""
    difference: str = ""

    @property
    def is_open(self) -> bool:
        """Whether `via="auto"` may take it."""
        return not self.unsupported and not self.difference


def candidates(asked: Compiled, records: int) -> tuple[Candidate, ...]:
    """Return the candidates for reading so many records, COQL first."""
    if asked.query.search:
        pages = -(-max(records, 1) // listing.PER_PAGE)
        cost = RouteCost(pages, pages * searching.CREDITS, pages)
        return (Candidate("search", cost, _unsupported(searching.check, asked)),)
    return (
        Candidate("coql", _coql_cost(asked, records), _unsupported(_check_coql, asked)),
        Candidate(
            "list",
            _list_cost(asked, records),
            _unsupported(listing.check, asked) or _beyond(asked, records),
            listing.difference(asked),
        ),
        Candidate(
            "bulk", _bulk_cost(records), _unsupported(bulk.check, asked), bulk.difference(asked)
        ),
    )


def chosen(asked: Compiled, via: Via, records: int, *, is_streamed: bool) -> Candidate:
    """Return the route to take: the cheapest with the same result, or the one that was asked for.

    A bulk read takes minutes, so `auto` only takes it where records are streamed. Raises
    NotSupported when the route, or every route, is closed.
    """
    routes = candidates(asked, records)
    if via not in get_args(Via):
        raise ConfigurationError(f"via is one of {', '.join(get_args(Via))}, not {via!r}.")
    if via != "auto":
        candidate = next((candidate for candidate in routes if candidate.route == via), None)
        if candidate is None:
            raise NotSupported("What is searched for is read by Zoho's search alone.")
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
    """How records would be read, what that costs, and why not by other routes.

    `route`, `requests`, `credits` and `heavy` are those of the route that is taken; `candidates`
    are all routes.
    """

    module: str
    records: int
    taken: Candidate
    candidates: tuple[Candidate, ...]
    coql: str

    @property
    def route(self) -> str:
        """The route: coql, list, bulk or search."""
        return self.taken.route

    @property
    def requests(self) -> int:
        """How many requests it takes."""
        return self.taken.cost.requests

    @property
    def credits(self) -> int:
        """How many API credits it takes."""
        return self.taken.cost.credits

    @property
    def heavy(self) -> int:
        """How many of the requests are of the kind of which only ten may run at once."""
        return self.taken.cost.heavy

    def __str__(self) -> str:
        lines = [f"{_counted(self.records, 'record')} of {self.module}:"]
        for candidate in self.candidates:
            cost = candidate.cost
            mark = "->" if candidate.route == self.route else "  "
            why = candidate.unsupported or candidate.difference
            lines.append(
                f"{mark} {candidate.route:4}  {_counted(cost.requests, 'request')}, "
                f"{_counted(cost.credits, 'credit')}, {cost.heavy:,} heavy"
                + (f". {why}" if why else "")
            )
        if self.route == "coql":
            shown = self.coql if len(self.coql) <= 300 else f"{self.coql[:299]}…"
            lines.append(shown)
        return "\n".join(lines)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def explained(asked: Compiled, via: Via, records: int, text: str) -> Explanation:
    """Explain how records would be streamed. Raises NotSupported when every route is closed."""
    return Explanation(
        asked.query.module,
        records,
        chosen(asked, via, records, is_streamed=True),
        candidates(asked, records),
        text,
    )


def _unsupported(check: Callable[[Compiled], None], asked: Compiled) -> str:
    """Return what a check raises NotSupported for; an empty string if it does not."""
    try:
        check(asked)
    except NotSupported as error:
        return error.message
    return ""


def _check_coql(asked: Compiled) -> None:
    """Raise NotSupported if COQL cannot answer the query."""
    for batch in batches.split(asked):
        coql.check(batch.where, batch.limits)
    for column in asked.columns:
        if column.path.field.data_type in CHILD_TYPES:
            raise NotSupported(
                f"COQL does not give {column.path.text}, a {column.path.field.data_type}: read "
                "single records, as crm.records.get() does."
            )
    if asked.query.view and not asked.limits.has_views:
        raise NotSupported("COQL reads custom views from v7 on: use a newer API_VERSION.")


def _beyond(asked: Compiled, records: int) -> str:
    if records <= listing.REACH or listing.ids_of(asked.where) is not None:
        return ""
    return f"Lists reach {listing.REACH:,} records."


def _coql_cost(asked: Compiled, records: int) -> RouteCost:
    rows, columns = asked.limits.rows, asked.limits.columns
    whole, rest = divmod(max(records, 1), rows)
    # Without a slice or ids, a query takes as many as it can, however few are left.
    is_bounded = asked.query.size is not None or listing.ids_of(asked.where) is not None
    limits = [rows] * whole + ([rest if is_bounded else rows] if rest else [])
    limits += [rows] * (len(batches.split(asked)) - len(limits))
    times = max(1, -(-len(asked.columns) // columns))
    credits = sum(next(cost for most, cost in COQL_CREDITS if limit <= most) for limit in limits)
    return RouteCost(len(limits) * times, credits * times, len(limits) * times)


def _list_cost(asked: Compiled, records: int) -> RouteCost:
    ids = listing.ids_of(asked.where)
    pages = (
        -(-max(records, 1) // listing.PER_PAGE) if ids is None else -(-len(ids) // listing.MAX_IDS)
    )
    times = max(1, -(-len(asked.columns) // MAX_FIELDS))
    requests = max(1, pages) * times
    if listing.is_sorted(asked):
        return RouteCost(requests, requests * LIST_CREDITS_SORTED, requests)
    return RouteCost(requests, requests * LIST_CREDITS, 0)


def _bulk_cost(records: int) -> RouteCost:
    jobs = -(-max(records, 1) // bulk.ROWS)
    requests = jobs * JOB_REQUESTS
    return RouteCost(requests, jobs * JOB_CREDITS + requests - jobs, 0)
