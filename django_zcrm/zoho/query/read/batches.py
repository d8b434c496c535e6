"""Splits a query whose list of values is too long for one query, and joins the records.

`Account_Name__in=[...3,000 ids]` exceeds the 25 conditions of COQL. If every record has one value
in the field, no record matches two of the queries, so records and counts can be added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..compile import coql
from ..compile.fields import ID_PATH, Path
from ..compile.query import Column, CompiledQuery, Load
from ..compile.tree import Comparison, Junction, join
from ..steps import QueryPlan, Rows, collect
from . import selecting
from .convert import shaping


def split(compiled: CompiledQuery) -> list[CompiledQuery]:
    """Split a query with too many conditions into several.

    Return only the query itself if it has few enough conditions, or if it cannot be split. A query
    cannot be split if its order is not by id, or if it has no list of values at the top level.
    """
    limits = compiled.limits
    count = coql.conditions(compiled.where, limits)
    if count <= limits.conditions or not compiled.is_by_id:
        return [compiled]
    where = compiled.where
    parts = where.parts if isinstance(where, Junction) and where.word == "and" else (where,)
    lists = [part for part in parts if isinstance(part, Comparison) and _is_split(part)]
    if not lists:
        return [compiled]
    longest = max(lists, key=lambda part: len(part.values))
    others = [part for part in parts if part is not longest]
    # One condition is reserved for the id at which a page begins.
    room = limits.conditions - sum(coql.conditions(part, limits) for part in others) - 1
    size = room * limits.values
    if size <= 0:
        return [compiled]
    # Values that are equal for Zoho would find the same records twice.
    distinct = list({_identify(longest.path, value): value for value in longest.values}.values())
    return [
        replace(compiled, where=join("and", [longest._replace(values=tuple(values)), *others]))
        for start in range(0, len(distinct), size)
        if (values := distinct[start : start + size])
    ]


def _identify(path: Path, value: str) -> str | float:
    """Return the same for values that Zoho considers equal: it ignores case and time zones."""
    if path.kind == "datetime":
        return datetime.fromisoformat(value).timestamp()
    return value.lower()


def _is_split(comparison: Comparison) -> bool:
    return comparison.operator == "in" and comparison.path.kind != "choices"


def stream(queries: list[CompiledQuery], chunk_size: int, load: Load) -> QueryPlan[None]:
    """Yield the records of several queries, one after the other."""
    for part in queries:
        yield from selecting.rows(part, chunk_size, load)


def merge(queries: list[CompiledQuery], chunk_size: int, load: Load) -> QueryPlan[None]:
    """Yield the records of several queries together, in the order of their ids."""
    first = queries[0]
    start, stop = first.query.start, first.query.stop
    rows: list[dict[str, Any]] = []
    take: Callable[[Any], None] = rows.extend
    for part in queries:
        plain = unshaped(replace(part, query=replace(part.query, start=0)))
        yield from collect(selecting.rows(plain, chunk_size, list), take)
    rows.sort(key=lambda row: int(row["id"]), reverse=first.orders[0].is_descending)
    yield Rows(load(shaping(first.query.shape, first.columns)(rows[start:stop])))


def unshaped(compiled: CompiledQuery) -> CompiledQuery:
    """Return a query whose rows are COQL's, with the id; `shaping` gives them their shape."""
    columns = [Column(column.path.text, column.path) for column in compiled.columns]
    columns.append(Column("id", ID_PATH))
    return replace(compiled, columns=tuple(columns), query=replace(compiled.query, shape="values"))
