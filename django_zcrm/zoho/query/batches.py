"""Splits a query with a list of values that is too long for one, and joins the records.

`Account_Name__in=[...3,000 ids]` is more than the 25 conditions of COQL. Where every record has one
value in the field, the queries share none, so that their records and counts add up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import coql, selecting
from .convert import shaping
from .fields import ID_PATH
from .query import Column, Compiled, Load
from .steps import Plan, Rows, collected
from .tree import Comparison, Junction, join


def split(asked: Compiled) -> list[Compiled]:
    """Split a query with too many conditions into several.

    That is the query alone where it has few enough, and where it cannot be split: when it has an
    order but the ids', or no list of its own.
    """
    limits = asked.limits
    count = coql.conditions(asked.where, limits)
    if count <= limits.conditions or not asked.is_by_id:
        return [asked]
    where = asked.where
    parts = where.parts if isinstance(where, Junction) and where.word == "and" else (where,)
    lists = [part for part in parts if isinstance(part, Comparison) and _is_split(part)]
    if not lists:
        return [asked]
    longest = max(lists, key=lambda part: len(part.values))
    others = [part for part in parts if part is not longest]
    # One condition is left for the ids that pages begin with.
    room = limits.conditions - sum(coql.conditions(part, limits) for part in others) - 1
    size = room * limits.values
    if size <= 0:
        return [asked]
    return [
        replace(asked, where=join("and", [longest._replace(values=values), *others]))
        for start in range(0, len(longest.values), size)
        if (values := longest.values[start : start + size])
    ]


def _is_split(comparison: Comparison) -> bool:
    return comparison.operator == "in" and comparison.path.kind != "choices"


def streamed(queries: list[Compiled], chunk_size: int, load: Load) -> Plan[None]:
    """Yield the records of several queries, one after the other."""
    for part in queries:
        yield from selecting.rows(part, chunk_size, load)


def joined(queries: list[Compiled], chunk_size: int, load: Load) -> Plan[None]:
    """Yield the records of several queries together, in the order of their ids."""
    first = queries[0]
    start, stop = first.query.start, first.query.stop
    columns = [Column(part.path.text, part.path) for part in first.columns]
    columns.append(Column("id", ID_PATH))
    rows: list[dict[str, Any]] = []
    take: Callable[[Any], None] = rows.extend
    for part in queries:
        query = replace(part.query, shape="values", start=0)
        plain = replace(part, columns=tuple(columns), query=query)
        yield from collected(selecting.rows(plain, chunk_size, list), take)
    rows.sort(key=lambda row: int(row["id"]), reverse=first.orders[0].is_descending)
    yield Rows(load(shaping(first.query.shape, first.columns)(rows[start:stop])))
