"""Pages of hand-written COQL, whose LIMIT determines the rows.

Parses only as much of the language as is needed to find and to add a LIMIT. Record sets build their
queries from parts and do not use this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..http.messages import ZohoResponse
from .readers import Call, items
from .results import BasePage, Page

# The escape of quotes in a text is not settled: Zoho (Kaizen 171) doubles them, other sources use a
# backslash.
_READINGS = (
    re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL),
    re.compile(r"'(?:''|[^'])*'|\"(?:\"\"|[^\"])*\""),
)
_LEFT_OVER = re.compile(r"['\"\\]")
_LIMIT = re.compile(r"\blimit\s+\d", re.IGNORECASE)


def rows(response: ZohoResponse, call: Call) -> Page[Any]:
    """Read the rows of a query.

    A query without LIMIT is paged through to its end, or to Zoho's maximum (100,000 rows from v7,
    10,000 before; the page after that raises Limited or Invalid). A query with LIMIT returns a
    single page.
    """
    content = response.json if isinstance(response.json, Mapping) else {}
    page_info = content.get("info")
    info = {name: extra for name, extra in content.items() if name not in {"data", "info"}}
    info |= page_info if isinstance(page_info, Mapping) else {}
    query = str(call.arguments["select_query"])
    if has_limit(query):
        return Page(items(response, call), info)

    def advance(page: BasePage[Any]) -> Mapping[str, Any] | None:
        offset = page.reached + len(page.rows)
        next_query = f"{query.rstrip()} limit {_limit(call.version, offset)} offset {offset}"
        return {"select_query": next_query} if page.rows else None

    return Page(items(response, call), info, call.again, advance)


def has_limit(query: str) -> bool:
    """Return whether a query has a LIMIT outside its string literals.

    Once the two readings of quotes differ, they never agree again: the end of a literal for one is
    the beginning of a literal for the other. So one of them leaves a quote or a backslash outside
    all literals, which is malformed. If that is Zoho's reading, Zoho reports an error.
    """
    outside = (reading.sub(" ", query) for reading in _READINGS)
    return any(_LIMIT.search(rest) for rest in outside if not _LEFT_OVER.search(rest))


def _limit(version: float, offset: int) -> int:
    """Return the number of rows to request: as many as one call returns, up to Zoho's maximum."""
    most = 2_000 if version >= 4 else 200
    reach = 100_000 if version >= 7 else 10_000
    return max(1, min(most, reach - offset))
