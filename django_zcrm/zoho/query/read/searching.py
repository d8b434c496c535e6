"""Plans that read records from Zoho's search index: by a word, an address, a number, or criteria.

A search is never a substitute for conditions: the index lags behind writes, and `equals` on a text
means "contains" (ZD 161).
"""

from __future__ import annotations

from typing import Any

from ...errors import NotSupported, TooManyRecords
from ...operations.versions import MAX_FIELDS
from ...resources.record_search import RecordSearch
from ..compile.query import UNLISTED_TYPES, CompiledQuery, Load
from ..steps import Perform, QueryPlan, Rows
from .convert import list_converter, shaping
from .listing import PER_PAGE, Slice

REACH = 2_000
CREDITS = 3
"""Credits of a page (API limits page)."""

SEARCH = RecordSearch.search.operation  # type: ignore[attr-defined]
COUNT = RecordSearch.count.operation  # type: ignore[attr-defined]


def check(compiled: CompiledQuery) -> None:
    """Raise NotSupported if a search cannot answer the query."""
    for column in compiled.columns:
        if "." in column.path.text or column.path.field.data_type in UNLISTED_TYPES:
            raise NotSupported(f"A search does not return {column.path.text}.")


def rows(compiled: CompiledQuery, version: float, chunk_size: int, load: Load) -> QueryPlan[None]:
    """Yield the results; raise TooManyRecords after the last that a search returns."""
    columns = compiled.columns
    convert, shape = list_converter(columns, version), shaping(compiled.query.shape, columns)
    names = list(dict.fromkeys(column.path.text for column in columns))
    stop = compiled.query.stop or REACH
    per_page = min(chunk_size, PER_PAGE, stop)
    while stop > per_page and REACH % per_page:  # the last page ends where Zoho's search does
        per_page -= 1
    arguments: dict[str, Any] = {**_search_arguments(compiled), "per_page": per_page}
    if len(names) <= MAX_FIELDS:
        arguments["fields"] = names
    slice_ = Slice(compiled.query.start, compiled.query.size)
    number = 1
    while not slice_.is_over:
        if number * per_page > REACH:
            raise TooManyRecords(
                f"Zoho's search returns at most {REACH:,} records of {compiled.query.module}: "
                "search for something narrower, or use .filter()."
            )
        page = yield Perform(SEARCH, {**arguments, "page": number})
        converted = convert(slice_.of(page.rows))
        yield Rows(load(shape([{name: row.get(name) for name in names} for row in converted])))
        if not page.more_records:
            return
        number += 1


def count(compiled: CompiledQuery) -> QueryPlan[int]:
    """Return the number of records that a search finds; like the search, it lags behind writes."""
    number = yield Perform(COUNT, _search_arguments(compiled))
    return int(number or 0)


def _search_arguments(compiled: CompiledQuery) -> dict[str, Any]:
    return {
        "module": compiled.query.module,
        **dict([compiled.query.search] if compiled.query.search else []),
    }
