"""Finds the ranges of times and ids in an ordered table that can match criteria.

A range contains all matching records, and may contain others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import itemgetter
from typing import Any

from ..state import Module, StoredRecord, Table
from ..state.ids import ID_DIGITS
from ..state.store import Position
from .views import sort_key

TIMES = frozenset({"date", "datetime"})
"""The types whose stored values are in the order of their text."""

NARROW, NARROW_FOR_PAGE = 2, 20
"""A range that holds one record of so many is read by itself, and then sorted by id.

A page is soon full without that, unless few records match.
"""

_FIRST, _LAST = "", "\U0010ffff"
_LOWEST: Position = ()
_HIGHEST: Position = (_LAST,)


@dataclass(frozen=True, slots=True)
class Range:
    """Positions (a value and an id) in the order by one field, and ids, both from and to.

    `ids` are the only possible ids, or None if they are not enumerated.
    """

    low: Position = _LOWEST
    high: Position = _HIGHEST
    first_id: str = _FIRST
    last_id: str = _LAST
    ids: frozenset[str] | None = None

    def both(self, other: Range) -> Range:
        """Return the intersection of two ranges."""
        shared = Range(
            max(self.low, other.low),
            min(self.high, other.high),
            max(self.first_id, other.first_id),
            min(self.last_id, other.last_id),
            _intersect(self.ids, other.ids),
        )
        if not shared.low or shared.low[0] != shared.high[0]:
            return shared
        # Within one value, the ids limit the positions: deltas are paged in this way.
        value = shared.low[0]
        low, high = (value, shared.first_id), (value, shared.last_id)
        return replace(shared, low=max(shared.low, low), high=min(shared.high, high))

    def either(self, other: Range) -> Range:
        """Return the smallest range that contains both."""
        return Range(
            min(self.low, other.low),
            max(self.high, other.high),
            min(self.first_id, other.first_id),
            max(self.last_id, other.last_id),
            None if self.ids is None or other.ids is None else self.ids | other.ids,
        )

    @property
    def is_of_ids(self) -> bool:
        """Return whether the range limits the ids."""
        return self.first_id != _FIRST or self.last_id != _LAST

    @property
    def places(self) -> tuple[Position | None, Position | None]:
        """Return the positions from and to, None where there is no limit."""
        return (
            None if self.low == _LOWEST else self.low,
            None if self.high == _HIGHEST else self.high,
        )


def _intersect(ids: frozenset[str] | None, others: frozenset[str] | None) -> frozenset[str] | None:
    if ids is None or others is None:
        return others if ids is None else ids
    return ids & others


EVERYTHING = Range()


def join_ranges(word: str, ranges: Iterable[Range]) -> Range:
    """Return the range of criteria that are joined by `and` or `or`."""
    return reduce(Range.either if word == "or" else Range.both, ranges)


def range_of_values(operator: str, values: tuple[Any, ...]) -> Range:
    """Return the range of a comparison by an operator of `criteria.comparison`."""
    match operator:
        case "equal" | "in" | "between":
            return Range((min(values),), (max(values), _LAST))
        case "greater_than":
            return Range(low=(values[0], _LAST))
        case "greater_equal":
            return Range(low=(values[0],))
        case "less_than":
            return Range(high=(values[0],))
        case "less_equal":
            return Range(high=(values[0], _LAST))
    return EVERYTHING


def range_of_ids(operator: str, ids: tuple[Any, ...]) -> Range:
    """Return the range of a comparison of ids."""
    texts = [str(record_id).zfill(ID_DIGITS) for record_id in ids]
    match operator:
        case "equal" | "in":
            return Range(first_id=min(texts), last_id=max(texts), ids=frozenset(texts))
        case "between":
            return Range(first_id=texts[0], last_id=texts[-1])
        case "greater_than" | "greater_equal":
            return Range(first_id=texts[0])
        case "less_than" | "less_equal":
            return Range(last_id=texts[0])
    return EVERYTHING


def rows_by_id(
    table: Table,
    module: Module,
    range_of: Callable[[str], Range],
    names: Iterable[str],
    *,
    descending: bool = False,
    to_the_end: bool = False,
) -> Iterator[StoredRecord]:
    """Iterate by id over possible matches; `names` are the compared time fields.

    With `to_the_end`, the caller checks all of them, not only a page.
    """
    by_id = range_of("id")
    if by_id.ids is not None:
        records = map(table.get, sorted(by_id.ids, reverse=descending))
        return (record for record in records if record is not None)
    narrow = NARROW if to_the_end else NARROW_FOR_PAGE
    for name in names:
        (low, high), key = range_of(name).places, sort_key(module, name)
        if low is None and high is None:
            continue
        if table.count_ordered(name, key, low, high) * narrow < len(table):
            rows = table.order_by(name, key, low=low, high=high)
            return iter(sorted(rows, key=itemgetter("id"), reverse=descending))
    if by_id.is_of_ids:
        return table.with_ids(by_id.first_id, by_id.last_id, descending=descending)
    return table.newest_first() if descending else iter(table.rows.values())
