"""Plans that read records from Zoho's search index: by a word, an address, a number, or criteria.

It is a way of its own, never a substitute for conditions: the index lags behind writes, and its
`equals` on text means contains (ZD 161).
"""

from __future__ import annotations

from typing import Any

from ..errors import NotSupported, TooManyRecords
from ..resources.record_search import RecordSearch
from ..versions import MAX_FIELDS
from .convert import listed, shaping
from .listing import PER_PAGE, Slice
from .query import UNLISTED_TYPES, Compiled, Load
from .steps import Perform, Plan, Rows

REACH = 2_000
CREDITS = 3
"""Credits of a page (API limits page)."""

SEARCH = RecordSearch.search.operation  # type: ignore[attr-defined]
COUNT = RecordSearch.count.operation  # type: ignore[attr-defined]


def check(asked: Compiled) -> None:
    """Raise NotSupported if a search cannot answer the query."""
    for column in asked.columns:
        if "." in column.path.text or column.path.field.data_type in UNLISTED_TYPES:
            raise NotSupported(f"A search does not give {column.path.text}.")


def rows(asked: Compiled, version: float, chunk_size: int, load: Load) -> Plan[None]:
    """Yield the results; raise TooManyRecords after the last that a search can reach."""
    columns = asked.columns
    convert, shape = listed(columns, version), shaping(asked.query.shape, columns)
    names = [column.path.text for column in columns]
    per_page = min(chunk_size, PER_PAGE, asked.query.stop or PER_PAGE)
    given: dict[str, Any] = {**_searched(asked), "per_page": per_page}
    if len(names) <= MAX_FIELDS:
        given["fields"] = names
    slice_ = Slice(asked.query.start, asked.query.size)
    number = 1
    while not slice_.is_over:
        if number * per_page > REACH:
            raise TooManyRecords(
                f"Zoho's search reaches {REACH:,} records of {asked.query.module}: search for "
                "something narrower, or use .filter()."
            )
        page = yield Perform(SEARCH, {**given, "page": number})
        converted = convert(slice_.of(page.rows))
        yield Rows(load(shape([{name: row.get(name) for name in names} for row in converted])))
        if not page.more_records:
            return
        number += 1


def count(asked: Compiled) -> Plan[int]:
    """Return how many records a search finds; the number lags behind, as the search does."""
    number = yield Perform(COUNT, _searched(asked))
    return int(number or 0)


def _searched(asked: Compiled) -> dict[str, Any]:
    return {
        "module": asked.query.module,
        **dict([asked.query.search] if asked.query.search else []),
    }
