"""Runs a COQL query: filters, groups, orders and pages the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from math import fsum
from operator import itemgetter
from typing import Any

from ...core import Refusal, Request
from ...core.options import COQL_REFUSED
from ...engine import ranges
from ...engine.criteria import Test, join_tests
from ...engine.field_resolver import FieldResolver, ResolvedField, unknown_column
from ...engine.numbers import drop_zero_fraction
from ...engine.views import sort_key, view_tests
from ...engine.visibility import visibility_test
from ...guesses import behaves
from ...state import Module, Organisation, StoredRecord
from .conditions import predicate, range_of, time_fields
from .syntax import Column, Order, Query

DEFAULT_LIMIT = 200
MAX_CONDITIONS = 25
MAX_ORDERS, MAX_GROUPS, MAX_AGGREGATES = 10, 4, 5
COUNTABLE = frozenset(
    {
        "id",
        "integer",
        "double",
        "currency",
        "percent",
        "bigint",
        "lookup",
        "ownerlookup",
        "userlookup",
        "multi_module_lookup",
        "picklist",
    }
)
SUMMABLE = frozenset({"integer", "double", "currency", "percent"})
COMPARABLE = SUMMABLE | {"date", "datetime"}


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """The limits of one version of COQL."""

    rows: int
    depth: int
    values: int
    columns: int


def limits_in(version: float) -> QueryLimits:
    """Return the limits of a version (COQL limitations pages v2 to v8; columns: Kaizen 183)."""
    if version < 4:
        return QueryLimits(200, 10_000, 50, 50)
    if version < 7:
        return QueryLimits(2_000, 10_000, 50, 50)
    values = 50 if behaves("coql.in-values", "50") else 100
    columns = 50 if behaves("coql.columns", "50") else 500
    return QueryLimits(2_000, 100_000, values, columns)


@dataclass(frozen=True, slots=True)
class QueryPage:
    """The rows of one page, and whether there are more."""

    rows: list[dict[str, Any]]
    more: bool


def run(org: Organisation, request: Request, module: Module, query: Query) -> QueryPage:
    """Return the rows of a query.

    Raises Refusal INVALID_QUERY, LIMIT_EXCEEDED, DUPLICATE_DATA, INVALID_ALIAS, DUPLICATE_ALIAS.
    """
    limits = limits_in(request.version)
    _check_sizes(query, limits)
    _check_grouping(request, query)
    resolver = FieldResolver(org, request, module)
    _check_columns(query, resolver)
    test = _test(org, request, module, query, resolver)
    limit = DEFAULT_LIMIT if query.limit is None else query.limit
    if query.group_by or any(column.aggregate for column in query.columns):
        all_rows = _rows_by_id(org, module, query, resolver, to_the_end=True)
        rows = _group_rows(query, resolver, filter(test, all_rows))
        window = rows[query.offset : query.offset + limit + 1]
        return QueryPage(window[:limit], len(window) > limit)
    records = _sort_records(org, module, query, resolver, test)
    window = list(islice(records, query.offset, query.offset + limit + 1))
    shows = [
        (column.key, resolver.resolve(column.path).render)
        for column in query.columns
        if column.path != "id"
    ]
    return QueryPage(
        [
            {**{key: show(record) for key, show in shows}, "id": record["id"]}
            for record in window[:limit]
        ],
        len(window) > limit,
    )


def _rows_by_id(
    org: Organisation,
    module: Module,
    query: Query,
    resolver: FieldResolver,
    *,
    descending: bool = False,
    to_the_end: bool = False,
) -> Iterable[StoredRecord]:
    return ranges.rows_by_id(
        org.records.table(module.api_name),
        module,
        partial(range_of, resolver, query.condition),
        time_fields(resolver, query.condition),
        descending=descending,
        to_the_end=to_the_end,
    )


def _check_sizes(query: Query, limits: QueryLimits) -> None:
    aggregates = sum(bool(column.aggregate) for column in query.columns)
    widest = max(
        (
            len(condition.values)
            for condition in query.condition.conditions()
            if condition.operator == "in"
        ),
        default=0,
    )
    limit = DEFAULT_LIMIT if query.limit is None else query.limit
    for what, count, most in (
        ("select columns", len(query.columns), limits.columns),
        ("criteria", sum(1 for _ in query.condition.conditions()), MAX_CONDITIONS),
        ("order by", len(query.order_by), MAX_ORDERS),
        ("group by", len(query.group_by), MAX_GROUPS),
        ("aggregate functions", aggregates, MAX_AGGREGATES),
        ("in values", widest, limits.values),
        ("limit", limit, limits.rows),
        ("offset", query.offset + limit, limits.depth),
        ("empty limit", not limit and behaves("coql.limit-zero", "refused"), 0),
    ):
        if count > most:
            raise Refusal(
                "LIMIT_EXCEEDED",
                "the given value exceeds the limit",
                details={"by": what, "limit": most},
            )


def _check_grouping(request: Request, query: Query) -> None:
    grouped = query.group_by or any(column.aggregate for column in query.columns)
    if grouped and request.version < 4 and behaves("coql.v2-grouping", "refused"):
        raise Refusal("SYNTAX_ERROR", "error occured while parsing the query")


def _check_columns(query: Query, resolver: FieldResolver) -> None:
    aliases = [column.alias for column in query.columns if column.alias]
    if len(set(aliases)) < len(aliases):
        raise Refusal(
            "DUPLICATE_ALIAS",
            "the alias given is used already",
            details={"alias": next(a for a in aliases if aliases.count(a) > 1)},
        )
    for several in (
        query.group_by,
        tuple(order.name for order in query.order_by),
        tuple(str(column) for column in query.columns),
    ):
        if len(set(several)) < len(several):
            raise Refusal(
                "DUPLICATE_DATA",
                "duplicate data",
                details={
                    "column_name": next(field for field in several if several.count(field) > 1)
                },
            )
    grouped = bool(query.group_by or any(column.aggregate for column in query.columns))
    for column in query.columns:
        field = resolver.resolve(column.path)
        if column.alias and column.path == "id" and not grouped:
            raise Refusal(
                "INVALID_ALIAS", "the column cannot have an alias", details={"column_name": "id"}
            )
        _check_aggregate(column, field)
        if grouped and not column.aggregate and column.path not in query.group_by:
            raise Refusal(
                "INVALID_QUERY",
                "invalid query formed",
                details={"column_name": column.path, "reason": "column is not in group by"},
            )
    for path in query.group_by:
        resolver.resolve(path)
    _check_contested(query, resolver)


def _check_contested(query: Query, resolver: FieldResolver) -> None:
    """Raise Refusal INVALID_QUERY for features in the option `coql_refused`."""
    refused = {
        *resolver.org.coql_refused,
        *(name for name in COQL_REFUSED if behaves(f"coql.{name}", "refused")),
    }
    ordered = {order.name for order in query.order_by}
    for column in query.columns:
        field = resolver.resolve(column.path).own_field
        is_formula = field is not None and field.data_type == "formula"
        if (is_formula and "formulas" in refused) or (
            column.aggregate and column.key in ordered and "ordered-aggregates" in refused
        ):
            raise unknown_column(column.path, resolver.module.api_name)


def _check_aggregate(column: Column, field: ResolvedField) -> None:
    value_types = {"": None, "COUNT": COUNTABLE, "SUM": SUMMABLE, "AVG": SUMMABLE}.get(
        column.aggregate, COMPARABLE
    )
    if value_types is not None and field.value_type not in value_types:
        raise Refusal(
            "INVALID_QUERY",
            "column given seems to be invalid",
            details={
                "column_name": column.path,
                "reason": f"{column.aggregate} does not take this type",
            },
        )


def _test(
    org: Organisation, request: Request, module: Module, query: Query, resolver: FieldResolver
) -> Test:
    tests = [predicate(resolver, query.condition)]
    if query.view:
        tests.append(_view_test(org, request, module, query.view))
    shows_all = behaves("mirror.converted-leads", "shown")
    if (
        module.convertable
        and not shows_all
        and not any(
            condition.path.startswith(("Converted", "$converted"))
            for condition in query.condition.conditions()
        )
    ):
        # Converted leads are hidden everywhere unless requested.
        tests.append(lambda record: not record.get("Converted__s"))
    is_visible = visibility_test(org, request, module)
    if is_visible is not None:
        tests.append(is_visible)
    return join_tests("and", tests)


def _view_test(org: Organisation, request: Request, module: Module, view_id: str) -> Test:
    view = next((view for view in module.views if view.id == view_id), None)
    if view is None:
        raise Refusal(
            "INVALID_QUERY",
            "invalid query formed",
            details={"reason": "the custom view is not known", "module": module.api_name},
        )
    return join_tests("and", view_tests(org, request, module, view))


def _sort_value(field: ResolvedField) -> Callable[[StoredRecord], Any]:
    read = field.read
    if field.value_type in ("id", "bigint"):
        return lambda record: None if (value := read(record)) is None else int(value)
    if field.value_type in (*SUMMABLE, "boolean"):
        return read
    return lambda record: None if (value := read(record)) is None else str(value).casefold()


def _sort_records(
    org: Organisation, module: Module, query: Query, resolver: FieldResolver, test: Test
) -> Iterator[StoredRecord]:
    orders = [
        (order, resolver.resolve(_find_ordered_column(order, query).path))
        for order in query.order_by
    ]
    table = org.records.table(module.api_name)
    if not orders or [field.value_type for _, field in orders] == ["id"]:
        backwards = bool(orders) and orders[0][0].descending
        return filter(test, _rows_by_id(org, module, query, resolver, descending=backwards))
    (order, field), *others = orders
    if field.own_field is not None:
        # The table is sorted by one field, so that a page needs hardly any sorting.
        name = field.own_field.api_name
        key = sort_key(module, name)
        span = ranges.EVERYTHING
        if field.value_type in ranges.TIMES:
            span = range_of(resolver, query.condition, name)
        low, high = span.places
        rows = table.order_by(name, key, descending=order.descending, low=low, high=high)
        matching = filter(test, rows)
        if not others or [(o.name, o.descending) for o, _ in others] == [("id", order.descending)]:
            return matching
        return _refine_order(matching, key, others)
    records = list(filter(test, table.rows.values()))
    _sort_by(orders, records)
    return iter(records)


def _refine_order(
    rows: Iterable[StoredRecord],
    key: Callable[[StoredRecord], Any],
    orders: list[tuple[Order, ResolvedField]],
) -> Iterator[StoredRecord]:
    """Sort rows with the same value in a field by the other orders, lazily."""
    for _, alike in groupby(rows, key):
        group = sorted(alike, key=itemgetter("id"))
        _sort_by(orders, group)
        yield from group


def _sort_by(orders: list[tuple[Order, ResolvedField]], rows: list[StoredRecord]) -> None:
    for order, field in reversed(orders):
        _sort(rows, _sort_value(field), descending=order.descending)


def _sort(rows: list[Any], value: Callable[[Any], Any], *, descending: bool) -> None:
    """Sort in place and stably; empty values come last either way."""
    keyed = [(value(row), row) for row in rows]
    full = [pair for pair in keyed if pair[0] is not None]
    full.sort(key=lambda pair: pair[0], reverse=descending)
    rows[:] = [row for _, row in full] + [row for key, row in keyed if key is None]


def _find_ordered_column(order: Order, query: Query) -> Column:
    """Find the column that an ORDER BY item names by path, by its text or by its alias."""
    for column in query.columns:
        if order.name in (column.alias, column.key):
            return column
    return Column(order.name)


def _group_rows(
    query: Query, resolver: FieldResolver, records: Iterable[StoredRecord]
) -> list[dict[str, Any]]:
    keys = [resolver.resolve(path).read for path in query.group_by]
    groups: dict[tuple[Any, ...], list[StoredRecord]] = {}
    for record in records:
        key = tuple(_hashable(read(record)) for read in keys)
        groups.setdefault(key, []).append(record)
    if not query.group_by:
        groups = {(): next(iter(groups.values()), [])}
    rows = [
        {column.key: _cell(column, resolver, members) for column in query.columns}
        for members in groups.values()
    ]
    for order in reversed(query.order_by):
        column = _find_ordered_column(order, query)
        if column not in query.columns:
            raise unknown_column(order.name, resolver.module.api_name)
        _sort(rows, _cell_of(column.key), descending=order.descending)
    return rows


def _cell_of(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda row: _fold_case(row[key])


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _fold_case(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join(str(_fold_case(member)) for member in value)
    if isinstance(value, dict):
        value = value.get("name") or value.get("id")
    return value.casefold() if isinstance(value, str) else value


def _cell(column: Column, resolver: FieldResolver, members: Sequence[StoredRecord]) -> Any:
    field = resolver.resolve(column.path)
    if not column.aggregate:
        return field.render(members[0])
    filled = [record for record in members if field.read(record) is not None]
    values = [field.read(record) for record in filled]
    if column.aggregate == "COUNT":
        return len(values)
    if not values:
        return None
    if column.aggregate in ("SUM", "AVG"):
        total = fsum(values) / (len(values) if column.aggregate == "AVG" else 1)
        return drop_zero_fraction(round(total, 9))
    extreme = min if column.aggregate == "MIN" else max
    return field.render(extreme(filled, key=field.read))  # a datetime in the caller's zone
