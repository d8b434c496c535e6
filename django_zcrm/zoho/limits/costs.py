"""The cost of requests in terms of an organisation's limits. Pure functions.

Figures: docs v8 api-limits, Kaizen 203 (which calls are heavy), composite requests (v7).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..http.encoding import loads
from ..http.messages import ZohoRequest


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a request: API credits, and slots (concurrent calls) while it runs.

    Zoho runs at most ten `heavy` requests concurrently, in every edition.
    """

    credits: int = 1
    slots: int = 1
    heavy: bool = False


ONE = Cost()
COMPOSITE = Cost(slots=5)
COMPOSITE_WITH_ROLLBACK = Cost(credits=2, slots=5)
CONVERT = Cost(credits=5, heavy=True)
SEND_MAIL = Cost(heavy=True)
FILTERED = Cost(credits=3, heavy=True)
DELETED_IDS = Cost(credits=2)
BULK_READ = Cost(credits=50)
BULK_WRITE = Cost(credits=500)
NEW_MODULE = Cost(credits=500)
COQL = {1: Cost(1, 1, True), 2: Cost(2, 1, True), 3: Cost(3, 1, True)}
WRITES = tuple(Cost(max(1, -(-count // 10)), 1, count > 10) for count in range(101))
"""The cost of writing so many records."""

DEFAULT_ROWS = 200
"""The rows of a COQL query without a LIMIT."""

TAGGED_AT_ONE_CREDIT = 50
"""Records whose tags are changed for one credit."""

_FILTERS = frozenset({"cvid", "sort_by"})
_TAGGING = frozenset({"add_tags", "remove_tags"})
_ROLLBACK = re.compile(rb'"rollback_on_fail"\s*:\s*true')
_LIMIT = re.compile(rb"\blimit\s+(?:\d+\s*,\s*)?(\d{1,9})", re.IGNORECASE)


def cost_of(request: ZohoRequest) -> Cost | None:
    """Return the cost of a request; None if Zoho's API limits do not count it."""
    if request.host == "accounts":
        return None
    parts = request.path.split("/", 7)
    if len(parts) < 4 or parts[1] != "crm":
        return ONE
    method, name, count = request.method, parts[3], len(parts)
    if parts[2] == "bulk":
        return _of_bulk(method, parts)
    if method == "GET":
        return _of_reading(request, parts)
    if name == "coql":
        return _of_query(request.body or b"")
    if name == "__composite_requests":
        rolls_back = _ROLLBACK.search(request.body or b"")
        return COMPOSITE_WITH_ROLLBACK if rolls_back else COMPOSITE
    if name == "settings":
        return NEW_MODULE if method == "POST" and parts[4:] == ["modules"] else ONE
    if count >= 6 and parts[-2] == "actions":
        return _of_action(request, parts[-1])
    if count <= 5 and (request.records or method in {"POST", "PUT"}):
        return of_records(request.records)
    return ONE


def records_in(body: object) -> int:
    """Return the number of records in a body's `data`; the body may already be JSON text."""
    if isinstance(body, str | bytes):
        try:
            body = loads(body.encode() if isinstance(body, str) else body)
        except (ValueError, RecursionError):
            return 0
    rows = body.get("data") if isinstance(body, Mapping) else None
    return len(rows) if isinstance(rows, list | tuple) else 0


def of_records(count: int) -> Cost:
    """Return the cost of writing `count` records."""
    return WRITES[count] if count < len(WRITES) else Cost(-(-count // 10), 1, True)


def _of_bulk(method: str, parts: list[str]) -> Cost:
    if method != "POST" or len(parts) != 5:
        return ONE
    return {"read": BULK_READ, "write": BULK_WRITE}.get(parts[4], ONE)


def _of_reading(request: ZohoRequest, parts: list[str]) -> Cost:
    if len(parts) == 4:
        return ONE if _FILTERS.isdisjoint(dict(request.params)) else FILTERED
    if len(parts) == 5 and parts[3] != "settings":
        return {"search": FILTERED, "deleted": DELETED_IDS}.get(parts[4], ONE)
    return ONE


def _of_query(query: bytes) -> Cost:
    # The last match: a text in a condition may also contain the word.
    limits = _LIMIT.findall(query)
    rows = int(limits[-1]) if limits else DEFAULT_ROWS
    return COQL[1 if rows <= 200 else 2 if rows <= 1000 else 3]


def _of_action(request: ZohoRequest, action: str) -> Cost:
    if action == "convert":
        return CONVERT
    if action == "send_mail":
        return SEND_MAIL
    if action in _TAGGING:
        ids = next((value for name, value in request.params if name == "ids"), "")
        return Cost(-(-(ids.count(",") + 1) // TAGGED_AT_ONE_CREDIT))
    return ONE
