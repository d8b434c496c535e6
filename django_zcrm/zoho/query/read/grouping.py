"""Plans of aggregates: `aggregate()` over all records, and `values().annotate()` by groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from ...errors import ConfigurationError, NotSupported, TooManyRecords
from ..compile import aggregates, coql, lookups
from ..compile.aggregates import Aggregation
from ..compile.fields import Path
from ..compile.limits import CoqlLimits
from ..compile.query import CompiledQuery, Load, Query, Shape, resolve_and_compile
from ..compile.tree import NONE, join
from ..steps import Perform, QueryPlan, RecordSource, Rows
from .selecting import COQL


def totals(
    query: Query, aggregations: Sequence[Aggregation], source: RecordSource
) -> QueryPlan[dict[str, Any]]:
    """Return the aggregates of all records that match, by key."""
    if query.is_sliced:
        raise NotSupported(
            "COQL aggregates all records that match, not a slice of them: compute it from the rows."
        )
    fields = tuple(dict.fromkeys(aggregation.field for aggregation in aggregations))
    compiled = yield from resolve_and_compile(
        replace(query, fields=fields, shape="values", orders=(), left_out=()), source
    )
    paths = {column.key: column.path for column in compiled.columns}
    results: dict[str, Any] = {}
    joint, without_count = [], []
    for aggregation in aggregations:
        path = paths[aggregation.field]
        if aggregation.function == "COUNT" and not aggregates.is_taken("COUNT", path):
            without_count.append(aggregation)
        else:
            aggregates.check(aggregation.function, path)
            joint.append(aggregation)
    if compiled.where == NONE or query.is_none:
        return {aggregation.key: _result(aggregation, None) for aggregation in aggregations}
    size = compiled.limits.aggregates
    for start in range(0, len(joint), size):
        part = joint[start : start + size]
        columns = list(
            dict.fromkeys(_write(aggregation, paths[aggregation.field]) for aggregation in part)
        )
        row = yield from _row(compiled, columns)
        results |= {
            aggregation.key: _result(
                aggregation, _cell(row, _key(aggregation, paths[aggregation.field]))
            )
            for aggregation in part
        }
    for aggregation in without_count:
        # COQL counts values of some types only; for other types, count the records with a value.
        has_value = lookups.node(paths[aggregation.field], "isnull", False, False, UTC)
        where = join("and", (compiled.where, has_value))
        row = yield from _row(replace(compiled, where=where), ["COUNT(id)"])
        results[aggregation.key] = _result(aggregation, _cell(row, "COUNT(id)"))
    return {aggregation.key: results[aggregation.key] for aggregation in aggregations}


def _row(compiled: CompiledQuery, columns: Sequence[str]) -> QueryPlan[dict[str, Any]]:
    select = coql.Select(columns, compiled.query.module, compiled.where, view=compiled.query.view)
    page = yield Perform(COQL, {"select_query": coql.write(select, compiled.limits)})
    row: dict[str, Any] = page.rows[0] if page.rows else {}
    return row


def _write(aggregation: Aggregation, path: Path) -> str:
    return f"{aggregation.function}({coql.name(path.text)})"


def _key(aggregation: Aggregation, path: Path) -> str:
    return f"{aggregation.function}({path.text})"


def _cell(row: dict[str, Any], key: str) -> Any:
    """Return a computed value; its key in a row is the text of the function."""
    return row.get(key) if len(row) > 1 else next(iter(row.values()), None)


def _result(aggregation: Aggregation, value: Any) -> Any:
    if aggregation.function == "COUNT":
        return int(value or 0)
    return aggregation.default if value is None else value


@dataclass(frozen=True, slots=True)
class _Cell:
    """A column: its key in the result, its key in COQL's rows, and its aggregate."""

    key: str
    source: str
    expression: str
    aggregation: Aggregation | None = None


def groups(query: Query, source: RecordSource, chunk_size: int, load: Load) -> QueryPlan[None]:
    """Yield a row for each group of records, with the group's fields and the aggregates.

    Raises NotSupported for more groups and aggregates than COQL allows, and TooManyRecords after
    the last group that Zoho returns.
    """
    compiled, select, by_key = yield from _compile(query, source)
    if compiled.where == NONE or query.is_none:
        return
    keys = query.groups + tuple(aggregation.key for aggregation in query.aggregates)
    requested_cells = [by_key[key] for key in query.fields or keys]
    rows_left, offset = query.size, query.start
    while rows_left is None or rows_left > 0:
        limit = min(chunk_size, compiled.limits.rows, compiled.limits.reach - offset)
        limit = limit if rows_left is None else min(limit, rows_left)
        if limit <= 0:
            raise TooManyRecords(
                f"Zoho returns at most {compiled.limits.reach:,} groups: narrow the filter."
            )
        text = coql.write(replace(select, limit=limit, offset=offset), compiled.limits)
        page = yield Perform(COQL, {"select_query": text})
        if page.rows:
            yield Rows(load(_shape(query.shape, requested_cells, page.rows)))
        if not page.rows or not page.more_records:
            return
        offset += len(page.rows)
        rows_left = None if rows_left is None else rows_left - len(page.rows)


def text(query: Query, source: RecordSource) -> QueryPlan[str]:
    """Return the COQL of the first request for groups."""
    compiled, select, _ = yield from _compile(query, source)
    if compiled.where == NONE or query.is_none or query.size == 0:
        return ""
    limit = compiled.limits.rows if query.size is None else min(query.size, compiled.limits.rows)
    return coql.write(replace(select, limit=limit, offset=query.start), compiled.limits)


def _compile(
    query: Query, source: RecordSource
) -> QueryPlan[tuple[CompiledQuery, coql.Select, dict[str, _Cell]]]:
    """Return the compiled query, its SELECT without a limit, and the columns by their keys."""
    names = tuple(
        dict.fromkeys((*query.groups, *(aggregation.field for aggregation in query.aggregates)))
    )
    compiled = yield from resolve_and_compile(
        replace(query, fields=names, shape="values", orders=(), left_out=()), source
    )
    paths = {column.key: column.path for column in compiled.columns}
    cells = _cells(query, paths, compiled.limits)
    by_key = {cell.key: cell for cell in cells}
    select = coql.Select(
        list(dict.fromkeys(cell.expression for cell in cells)),
        query.module,
        compiled.where,
        _orders(query, by_key),
        [paths[name] for name in query.groups],
        query.view,
    )
    return compiled, select, by_key


def _cells(query: Query, paths: dict[str, Path], limits: CoqlLimits) -> list[_Cell]:
    if len(query.groups) > limits.groups or len(query.aggregates) > limits.aggregates:
        raise NotSupported(
            f"COQL groups by at most {limits.groups} fields and computes at most "
            f"{limits.aggregates} aggregates: use several queries."
        )
    ordered = {name.lstrip("+-") for name in query.orders}
    cells = [_Cell(name, paths[name].text, coql.name(paths[name].text)) for name in query.groups]
    for aggregation in query.aggregates:
        path = paths[aggregation.field]
        aggregates.check(aggregation.function, path)
        expression, key = _write(aggregation, path), _key(aggregation, path)
        if aggregation.key in ordered:
            # Zoho refuses an aggregate in both SELECT and ORDER BY (reported): it gets an alias.
            expression, key = f"{expression} as {coql.name(aggregation.key)}", aggregation.key
        cells.append(_Cell(aggregation.key, key, expression, aggregation))
    return cells


def _orders(query: Query, cells: dict[str, _Cell]) -> list[str]:
    """Return the items of ORDER BY; the groups come last, so that pages do not overlap."""
    names = [name.lstrip("+-") for name in query.orders]
    for name in names:
        if name not in cells:
            raise ConfigurationError(
                f"{name!r} is neither a field that is grouped by nor an aggregate: groups are "
                f"ordered by {', '.join(cells)}."
            )
    is_descending: dict[str, bool] = {}
    for order, name in zip(query.orders, names, strict=True):
        is_descending.setdefault(name, order.startswith("-"))  # the second name has no effect
    for name in query.groups:
        is_descending.setdefault(name, False)
    return [
        f"{coql.name(cells[name].source)} {'desc' if down is not query.is_reversed else 'asc'}"
        for name, down in is_descending.items()
    ]


def _shape(shape: Shape, cells: Sequence[_Cell], rows: Sequence[dict[str, Any]]) -> list[Any]:
    def value(cell: _Cell, row: dict[str, Any]) -> Any:
        raw = row.get(cell.source)
        return raw if cell.aggregation is None else _result(cell.aggregation, raw)

    if shape == "flat":
        return [value(cells[0], row) for row in rows]
    if shape == "tuples":
        return [tuple(value(cell, row) for cell in cells) for row in rows]
    return [{cell.key: value(cell, row) for cell in cells} for row in rows]
