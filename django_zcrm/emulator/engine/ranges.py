"""Which part of an ordered table is worth looking at: what criteria say of a time and of ids.

A range may hold records that the criteria are not true of, and lacks none that they are true of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import itemgetter
from typing import Any

from django_zcrm.emulator.engine.views import sort_key
from django_zcrm.emulator.state.ids import ID_DIGITS
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.store import Position, Record, Table

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

    `ids` are the only ones that there may be, None where they are not known one by one.
    """

    low: Position = _LOWEST
    high: Position = _HIGHEST
    first_id: str = _FIRST
    last_id: str = _LAST
    ids: frozenset[str] | None = None

    def both(self, other: Range) -> Range:
        """Return the range of what is in both."""
        shared = Range(
            max(self.low, other.low),
            min(self.high, other.high),
            max(self.first_id, other.first_id),
            min(self.last_id, other.last_id),
            _shared(self.ids, other.ids),
        )
        if not shared.low or shared.low[0] != shared.high[0]:
            return shared
        # Of one value, the ids say which positions are left: that is how deltas are paged.
        value = shared.low[0]
        low, high = (value, shared.first_id), (value, shared.last_id)
        return replace(shared, low=max(shared.low, low), high=min(shared.high, high))

    def either(self, other: Range) -> Range:
        """Return the range of what is in one of them or in between."""
        return Range(
            min(self.low, other.low),
            max(self.high, other.high),
            min(self.first_id, other.first_id),
            max(self.last_id, other.last_id),
            None if self.ids is None or other.ids is None else self.ids | other.ids,
        )

    @property
    def is_of_ids(self) -> bool:
        """Tell whether it limits the ids."""
        return self.first_id != _FIRST or self.last_id != _LAST

    @property
    def places(self) -> tuple[Position | None, Position | None]:
        """Return the positions from and to, None where there is no limit."""
        return (
            None if self.low == _LOWEST else self.low,
            None if self.high == _HIGHEST else self.high,
        )


def _shared(ids: frozenset[str] | None, others: frozenset[str] | None) -> frozenset[str] | None:
    if ids is None or others is None:
        return others if ids is None else ids
    return ids & others


EVERYTHING = Range()


def joined(word: str, ranges: Iterable[Range]) -> Range:
    """Return the range of criteria that are joined by a word."""
    return reduce(Range.either if word == "or" else Range.both, ranges)


def of_values(operator: str, values: tuple[Any, ...]) -> Range:
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


def of_ids(operator: str, ids: tuple[Any, ...]) -> Range:
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
) -> Iterator[Record]:
    """Iterate by id over the records worth looking at; `names` are the times compared.

    With `to_the_end` all of them will be looked at, not a page.
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
            rows = table.ordered(name, key, low=low, high=high)
            return iter(sorted(rows, key=itemgetter("id"), reverse=descending))
    if by_id.is_of_ids:
        return table.with_ids(by_id.first_id, by_id.last_id, descending=descending)
    return table.newest_first() if descending else iter(table.rows.values())
