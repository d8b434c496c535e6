"""Runs a COQL query: filters, groups, orders and pages the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

from django_zcrm.emulator.api.coql.conditions import Test, predicate
from django_zcrm.emulator.api.coql.syntax import Column, Order, Query
from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.request import Call
from django_zcrm.emulator.engine import criteria
from django_zcrm.emulator.engine.names import Name, Names, unknown_column
from django_zcrm.emulator.engine.views import sort_key
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.store import Record

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
class Reach:
    """The limits of one version of COQL."""

    rows: int
    depth: int
    values: int
    columns: int


def reach(version: float) -> Reach:
    """Return the limits of a version (COQL limitations pages v2 to v8; columns: Kaizen 183)."""
    if version < 4:
        return Reach(200, 10_000, 50, 50)
    if version < 7:
        return Reach(2_000, 10_000, 50, 50)
    return Reach(2_000, 100_000, 100, 500)


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of one page, and whether there are more."""

    rows: list[dict[str, Any]]
    more: bool


def run(org: Organisation, call: Call, module: Module, query: Query) -> Found:
    """Return the rows that a query asks for.

    Raises Problem INVALID_QUERY, LIMIT_EXCEEDED, DUPLICATE_DATA, INVALID_ALIAS, DUPLICATE_ALIAS.
    """
    limits = reach(call.version)
    _check_sizes(query, limits)
    names = Names(org, call, module)
    _check_columns(query, names)
    test = _test(org, call, module, query, names)
    limit = DEFAULT_LIMIT if query.limit is None else query.limit
    if query.group_by or any(column.aggregate for column in query.columns):
        rows = _grouped(query, names, filter(test, _rows(org, module)))
        window = rows[query.offset : query.offset + limit + 1]
        return Found(window[:limit], len(window) > limit)
    records = _ordered(org, module, query, names, test)
    window = list(islice(records, query.offset, query.offset + limit + 1))
    shows = [
        (column.key, names.find(column.path).shown)
        for column in query.columns
        if column.path != "id"
    ]
    return Found(
        [
            {**{key: show(record) for key, show in shows}, "id": record["id"]}
            for record in window[:limit]
        ],
        len(window) > limit,
    )


def _rows(org: Organisation, module: Module) -> Iterable[Record]:
    return org.records.table(module.api_name).rows.values()


def _check_sizes(query: Query, limits: Reach) -> None:
    aggregates = sum(bool(column.aggregate) for column in query.columns)
    widest = max(
        (len(found.values) for found in query.condition.predicates() if found.operator == "in"),
        default=0,
    )
    limit = DEFAULT_LIMIT if query.limit is None else query.limit
    for what, count, most in (
        ("select columns", len(query.columns), limits.columns),
        ("criteria", sum(1 for _ in query.condition.predicates()), MAX_CONDITIONS),
        ("order by", len(query.order_by), MAX_ORDERS),
        ("group by", len(query.group_by), MAX_GROUPS),
        ("aggregate functions", aggregates, MAX_AGGREGATES),
        ("in values", widest, limits.values),
        ("limit", limit, limits.rows),
        ("offset", query.offset + limit, limits.depth),
    ):
        if count > most:
            raise Problem(
                "LIMIT_EXCEEDED",
                "the given value exceeds the limit",
                details={"by": what, "limit": most},
            )


def _check_columns(query: Query, names: Names) -> None:
    aliases = [column.alias for column in query.columns if column.alias]
    if len(set(aliases)) < len(aliases):
        raise Problem(
            "DUPLICATE_ALIAS",
            "the alias given is used already",
            details={"alias": next(a for a in aliases if aliases.count(a) > 1)},
        )
    for several in (
        query.group_by,
        tuple(order.name for order in query.order_by),
        tuple(str(column) for column in query.columns if column.aggregate),
    ):
        if len(set(several)) < len(several):
            raise Problem(
                "DUPLICATE_DATA",
                "duplicate data",
                details={"column_name": next(name for name in several if several.count(name) > 1)},
            )
    grouped = bool(query.group_by or any(column.aggregate for column in query.columns))
    for column in query.columns:
        name = names.find(column.path)
        if column.alias and column.path == "id" and not grouped:
            raise Problem(
                "INVALID_ALIAS", "the column cannot have an alias", details={"column_name": "id"}
            )
        _check_aggregate(column, name)
        if grouped and not column.aggregate and column.path not in query.group_by:
            raise Problem(
                "INVALID_QUERY",
                "invalid query formed",
                details={"column_name": column.path, "reason": "column is not in group by"},
            )
    for path in query.group_by:
        names.find(path)


def _check_aggregate(column: Column, name: Name) -> None:
    allowed = {"": None, "COUNT": COUNTABLE, "SUM": SUMMABLE, "AVG": SUMMABLE}.get(
        column.aggregate, COMPARABLE
    )
    if allowed is not None and name.kind not in allowed:
        raise Problem(
            "INVALID_QUERY",
            "column given seems to be invalid",
            details={
                "column_name": column.path,
                "reason": f"{column.aggregate} does not take this type",
            },
        )


def _test(org: Organisation, call: Call, module: Module, query: Query, names: Names) -> Test:
    tests = [predicate(names, query.condition)]
    if query.view:
        tests.append(_view_test(org, call, module, query.view))
    if module.convertable and not any(
        found.path.startswith(("Converted", "$converted")) for found in query.condition.predicates()
    ):
        # Converted leads are hidden everywhere unless asked for.
        tests.append(lambda record: not record.get("Converted__s"))
    if len(tests) == 1:
        return tests[0]
    return lambda record: all(test(record) for test in tests)


def _view_test(org: Organisation, call: Call, module: Module, view_id: str) -> Test:
    view = next((view for view in module.views if view.id == view_id), None)
    if view is None:
        raise Problem(
            "INVALID_QUERY",
            "invalid query formed",
            details={"reason": "the custom view is not known", "module": module.api_name},
        )
    tests: list[Test] = []
    if view.only_mine:
        user_id = call.user.id
        tests.append(lambda record: record.get("Owner") == user_id)
    if view.criteria:
        tests.append(
            criteria.predicate(org, module, criteria.parse(view.criteria), call.version, exact=True)
        )
    return lambda record: all(test(record) for test in tests)


def _sort_value(name: Name) -> Callable[[Record], Any]:
    read = name.stored
    if name.kind in ("id", "bigint"):
        return lambda record: None if (found := read(record)) is None else int(found)
    if name.kind in (*SUMMABLE, "boolean"):
        return read
    return lambda record: None if (found := read(record)) is None else str(found).casefold()


def _ordered(
    org: Organisation, module: Module, query: Query, names: Names, test: Test
) -> Iterator[Record]:
    orders = [(order, names.find(_meant(order, query).path)) for order in query.order_by]
    table = org.records.table(module.api_name)
    if not orders or [name.kind for _, name in orders] == ["id"]:
        backwards = bool(orders) and orders[0][0].descending
        return filter(test, table.newest_first() if backwards else table.rows.values())
    (order, name), *others = orders
    if name.own is not None:
        # The table caches its order by one field, so that a page needs hardly any sorting.
        key = sort_key(module, name.own.api_name)
        rows = table.ordered(name.own.api_name, key, descending=order.descending)
        return _refined(filter(test, rows), key, others) if others else filter(test, rows)
    found = list(filter(test, table.rows.values()))
    _sort_by(orders, found)
    return iter(found)


def _refined(
    rows: Iterable[Record], key: Callable[[Record], Any], orders: list[tuple[Order, Name]]
) -> Iterator[Record]:
    """Sort rows with the same value in a field by the other orders, lazily."""
    for _, alike in groupby(rows, key):
        found = sorted(alike, key=itemgetter("id"))
        _sort_by(orders, found)
        yield from found


def _sort_by(orders: list[tuple[Order, Name]], rows: list[Record]) -> None:
    for order, name in reversed(orders):
        _sort(rows, _sort_value(name), descending=order.descending)


def _sort(rows: list[Any], value: Callable[[Any], Any], *, descending: bool) -> None:
    """Sort in place and stably; empty values come last either way."""
    keyed = [(value(row), row) for row in rows]
    full = [pair for pair in keyed if pair[0] is not None]
    full.sort(key=lambda pair: pair[0], reverse=descending)
    rows[:] = [row for _, row in full] + [row for key, row in keyed if key is None]


def _meant(order: Order, query: Query) -> Column:
    """Find the column that an ORDER BY item names by path, by its text or by its alias."""
    for column in query.columns:
        if order.name in (column.alias, column.key):
            return column
    return Column(order.name)


def _grouped(query: Query, names: Names, records: Iterable[Record]) -> list[dict[str, Any]]:
    keys = [names.find(path).stored for path in query.group_by]
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for record in records:
        key = tuple(_hashable(read(record)) for read in keys)
        groups.setdefault(key, []).append(record)
    if not query.group_by:
        groups = {(): next(iter(groups.values()), [])}
    rows = [
        {column.key: _cell(column, names, members) for column in query.columns}
        for members in groups.values()
    ]
    for order in reversed(query.order_by):
        column = _meant(order, query)
        if column not in query.columns:
            raise unknown_column(order.name, names.module.api_name)
        _sort(rows, _cell_of(column.key), descending=order.descending)
    return rows


def _cell_of(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda row: _plain(row[key])


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return ";".join(str(_plain(one)) for one in value)
    if isinstance(value, dict):
        value = value.get("name") or value.get("id")
    return value.casefold() if isinstance(value, str) else value


def _cell(column: Column, names: Names, members: Sequence[Record]) -> Any:
    name = names.find(column.path)
    if not column.aggregate:
        return name.shown(members[0])
    values = [value for record in members if (value := name.stored(record)) is not None]
    if column.aggregate == "COUNT":
        return len(values)
    if not values:
        return None
    if column.aggregate == "SUM":
        return sum(values)
    if column.aggregate == "AVG":
        return sum(values) / len(values)
    return min(values) if column.aggregate == "MIN" else max(values)
