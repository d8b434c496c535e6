"""Plans that compute: `aggregate()` over all records, and `values().annotate()` by groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import ConfigurationError, NotSupported, TooManyRecords
from . import aggregates, coql
from .aggregates import Wanted
from .fields import Path
from .limits import CoqlLimits
from .query import Compiled, Load, Query, Shape, compiled
from .selecting import COQL
from .steps import Perform, Plan, Rows, Source
from .tree import NONE, Comparison, join


def totals(query: Query, wanted: Sequence[Wanted], source: Source) -> Plan[dict[str, Any]]:
    """Return the aggregates of all records that match, by key."""
    if query.is_sliced:
        raise NotSupported(
            "COQL aggregates all records that match, not a slice of them: compute it from the rows."
        )
    fields = tuple(dict.fromkeys(one.field for one in wanted))
    asked = yield from compiled(
        replace(query, fields=fields, shape="values", orders=(), left_out=()), source
    )
    paths = {column.key: column.path for column in asked.columns}
    found: dict[str, Any] = {}
    joint, counted = [], []
    for one in wanted:
        path = paths[one.field]
        if one.function == "COUNT" and not aggregates.is_taken("COUNT", path):
            counted.append(one)
        else:
            aggregates.check(one.function, path)
            joint.append(one)
    if asked.where == NONE or query.is_none:
        return {one.key: _result(one, None) for one in wanted}
    size = asked.limits.aggregates
    for start in range(0, len(joint), size):
        part = joint[start : start + size]
        columns = list(dict.fromkeys(_written(one, paths[one.field]) for one in part))
        row = yield from _row(asked, columns)
        found |= {one.key: _result(one, _cell(row, _key(one, paths[one.field]))) for one in part}
    for one in counted:
        # COQL counts values of some types only; of the others, the records that have one.
        where = join("and", (asked.where, Comparison(paths[one.field], "not null")))
        row = yield from _row(replace(asked, where=where), ["COUNT(id)"])
        found[one.key] = _result(one, _cell(row, "COUNT(id)"))
    return {one.key: found[one.key] for one in wanted}


def _row(asked: Compiled, columns: Sequence[str]) -> Plan[dict[str, Any]]:
    select = coql.Select(columns, asked.query.module, asked.where, view=asked.query.view)
    page = yield Perform(COQL, {"select_query": coql.write(select, asked.limits)})
    found: dict[str, Any] = page.rows[0] if page.rows else {}
    return found


def _written(wanted: Wanted, path: Path) -> str:
    return f"{wanted.function}({coql.name(path.text)})"


def _key(wanted: Wanted, path: Path) -> str:
    return f"{wanted.function}({path.text})"


def _cell(row: dict[str, Any], key: str) -> Any:
    """Return a computed value; it comes under the text of the function."""
    return row.get(key) if len(row) > 1 else next(iter(row.values()), None)


def _result(wanted: Wanted, value: Any) -> Any:
    if wanted.function == "COUNT":
        return int(value or 0)
    return wanted.default if value is None else value


@dataclass(frozen=True, slots=True)
class _Cell:
    """A column of the answer: its key in the rows handed over, in COQL's, and what it computes."""

    key: str
    source: str
    written: str
    wanted: Wanted | None = None


def groups(query: Query, source: Source, chunk_size: int, load: Load) -> Plan[None]:
    """Hand over a row for each group of records: the fields grouped by, and the aggregates.

    Raises NotSupported for more groups and aggregates than COQL takes, TooManyRecords behind the
    last group that Zoho reaches.
    """
    names = tuple(dict.fromkeys((*query.groups, *(one.field for one in query.aggregates))))
    asked = yield from compiled(
        replace(query, fields=names, shape="values", orders=(), left_out=()), source
    )
    if asked.where == NONE or query.is_none:
        return
    paths = {column.key: column.path for column in asked.columns}
    cells = _cells(query, paths, asked.limits)
    by_key = {cell.key: cell for cell in cells}
    keys = query.groups + tuple(one.key for one in query.aggregates)
    shown = [by_key[key] for key in query.fields or keys]
    select = coql.Select(
        [cell.written for cell in cells],
        query.module,
        asked.where,
        _orders(query, by_key),
        [paths[name] for name in query.groups],
        query.view,
    )
    left, offset = query.size, query.start
    while left is None or left > 0:
        limit = min(chunk_size, asked.limits.rows, asked.limits.reach - offset)
        limit = limit if left is None else min(limit, left)
        if limit <= 0:
            raise TooManyRecords(f"Zoho reaches {asked.limits.reach:,} groups: narrow the filter.")
        text = coql.write(replace(select, limit=limit, offset=offset), asked.limits)
        page = yield Perform(COQL, {"select_query": text})
        if page.rows:
            yield Rows(load(_shaped(query.shape, shown, page.rows)))
        if not page.rows or not page.more_records:
            return
        offset += len(page.rows)
        left = None if left is None else left - len(page.rows)


def _cells(query: Query, paths: dict[str, Path], limits: CoqlLimits) -> list[_Cell]:
    if len(query.groups) > limits.groups or len(query.aggregates) > limits.aggregates:
        raise NotSupported(
            f"COQL groups by {limits.groups} fields and computes {limits.aggregates} aggregates: "
            "ask in several queries."
        )
    ordered = {name.lstrip("+-") for name in query.orders}
    cells = [_Cell(name, paths[name].text, coql.name(paths[name].text)) for name in query.groups]
    for one in query.aggregates:
        path = paths[one.field]
        aggregates.check(one.function, path)
        written, key = _written(one, path), _key(one, path)
        if one.key in ordered:
            # Zoho refuses an aggregate in both SELECT and ORDER BY (reported): it gets an alias.
            written, key = f"{written} as {coql.name(one.key)}", one.key
        cells.append(_Cell(one.key, key, written, one))
    return cells


def _orders(query: Query, cells: dict[str, _Cell]) -> list[str]:
    """Return the items of ORDER BY, in the last place the groups, so that pages do not overlap."""
    names = [name.lstrip("+-") for name in query.orders]
    for name in names:
        if name not in cells:
            raise ConfigurationError(
                f"{name!r} is neither a field that is grouped by nor an aggregate: groups are "
                f"ordered by {', '.join(cells)}."
            )
    is_descending = dict.fromkeys(query.groups, False)
    for order, name in zip(query.orders, names, strict=True):
        is_descending[name] = order.startswith("-")
    first = {name: is_descending[name] for name in names}
    return [
        f"{coql.name(cells[name].source)} {'desc' if down is not query.is_reversed else 'asc'}"
        for name, down in {**first, **is_descending}.items()
    ]


def _shaped(shape: Shape, cells: Sequence[_Cell], rows: Sequence[dict[str, Any]]) -> list[Any]:
    def value(cell: _Cell, row: dict[str, Any]) -> Any:
        found = row.get(cell.source)
        return found if cell.wanted is None else _result(cell.wanted, found)

    if shape == "flat":
        return [value(cells[0], row) for row in rows]
    if shape == "tuples":
        return [tuple(value(cell, row) for cell in cells) for row in rows]
    return [{cell.key: value(cell, row) for cell in cells} for row in rows]
