"""Pages of COQL, Zoho's query language: the query itself says which rows it wants.

Parses no more of the language than it takes to find and to add a LIMIT.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .http import Response
from .results import BasePage, Call, Page, items

_TEXT = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_LIMIT = re.compile(r"\blimit\s+\d", re.IGNORECASE)


def rows(reply: Response, call: Call) -> Page[Any]:
    """Read the rows of a query.

    A query without LIMIT is paged through to its end, or to Zoho's maximum (100,000 rows from v7,
    10,000 before; the page after that raises Limited or Invalid). One with LIMIT gives a single
    page.
    """
    found = reply.json if isinstance(reply.json, Mapping) else {}
    said = found.get("info")
    info = {name: extra for name, extra in found.items() if name not in {"data", "info"}}
    info |= said if isinstance(said, Mapping) else {}
    query = str(call.given["select_query"])
    if _LIMIT.search(_TEXT.sub("", query)):
        return Page(items(reply, call), info)

    def advance(page: BasePage[Any]) -> Mapping[str, Any] | None:
        offset = page.reached + len(page.rows)
        limited = f"{query.rstrip()} limit {_limit(call.version, offset)} offset {offset}"
        return {"select_query": limited} if page.rows else None

    return Page(items(reply, call), info, call.again, advance)


def _limit(version: float, offset: int) -> int:
    """Return how many rows to ask for: as many as one call gives, within Zoho's maximum."""
    most = 2_000 if version >= 4 else 200
    reach = 100_000 if version >= 7 else 10_000
    return max(1, min(most, reach - offset))
