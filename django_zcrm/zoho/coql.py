"""Pages of COQL that is written by hand: the query itself says which rows it wants.

Parses no more of the language than it takes to find and to add a LIMIT. Record sets write their
queries from parts, and need none of this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .http import Response
from .readers import Call, items
from .results import BasePage, Page

# How a text writes its own quotes is not settled: Zoho (Kaizen 171) doubles them, other people
# escape them with a backslash.
_READINGS = (
    re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL),
    re.compile(r"'(?:''|[^'])*'|\"(?:\"\"|[^\"])*\""),
)
_LEFT_OVER = re.compile(r"['\"\\]")
_LIMIT = re.compile(r"\blimit\s+\d", re.IGNORECASE)


def rows(reply: Response, call: Call) -> Page[Any]:
    """Read the rows of a query.

    A query without LIMIT is paged through to its end, or to Zoho's maximum (100,000 rows from v7,
    10,000 before; the page after that raises Limited or Invalid). One with LIMIT gives a single
    page.
    """
    content = reply.json if isinstance(reply.json, Mapping) else {}
    page_info = content.get("info")
    info = {name: extra for name, extra in content.items() if name not in {"data", "info"}}
    info |= page_info if isinstance(page_info, Mapping) else {}
    query = str(call.given["select_query"])
    if has_limit(query):
        return Page(items(reply, call), info)

    def advance(page: BasePage[Any]) -> Mapping[str, Any] | None:
        offset = page.reached + len(page.rows)
        limited = f"{query.rstrip()} limit {_limit(call.version, offset)} offset {offset}"
        return {"select_query": limited} if page.rows else None

    return Page(items(reply, call), info, call.again, advance)


def has_limit(query: str) -> bool:
    """Tell whether a query has a LIMIT, outside of its texts.

    Where the two readings of quotes differ, they never meet again: from there on, what one takes
    for the end of a text is the beginning of one to the other. So one of them leaves a quote or a
    backslash outside of all texts, which is malformed, and if that is Zoho's, Zoho says so.
    """
    outside = (reading.sub(" ", query) for reading in _READINGS)
    return any(_LIMIT.search(rest) for rest in outside if not _LEFT_OVER.search(rest))


def _limit(version: float, offset: int) -> int:
    """Return how many rows to ask for: as many as one call gives, within Zoho's maximum."""
    most = 2_000 if version >= 4 else 200
    reach = 100_000 if version >= 7 else 10_000
    return max(1, min(most, reach - offset))
