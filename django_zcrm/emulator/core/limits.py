"""API credits and concurrent requests, counted as Zoho does; each limit is off by default."""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

from ..state import Clock, Organisation
from .errors import Refusal
from .options import Options
from .request import Request
from .routing import Route

DAY = 24 * 3600.0
CREDITS_PER_USER = {"Standard": 250, "Professional": 500, "Enterprise": 1000, "Ultimate": 2000}
CREDIT_CAPS = {"Standard": 100_000, "Professional": 3_000_000, "Enterprise": 5_000_000}
CONCURRENCY = {"Free": 5, "Standard": 10, "Professional": 15, "Enterprise": 20, "Ultimate": 25}
SUB_CONCURRENCY = 10

OUT_OF_CREDITS = "You have reached your API call limit for a minute. Please try again later."
TOO_MANY_AT_ONCE = "Too many requests fired in concurrent than the allowed limit."
TOO_MANY_HEAVY_AT_ONCE = "Too many requests fired in concurrent than the allowed sub limit."

_WRITES = frozenset(
    {
        ("POST", "/crm/{}/{}"),
        ("PUT", "/crm/{}/{}"),
        ("PUT", "/crm/{}/{}/{}"),
        ("POST", "/crm/{}/{}/upsert"),
    }
)
_LIST = ("GET", "/crm/{}/{}")
_SEARCH = ("GET", "/crm/{}/{}/search")
_COQL = ("POST", "/crm/{}/coql")
_CONVERT = ("POST", "/crm/{}/Leads/{}/actions/convert")
_SEND_MAIL = ("POST", "/crm/{}/{}/{}/actions/send_mail")
_FIXED_COSTS = {
    _SEARCH: 3,
    ("GET", "/crm/{}/{}/deleted"): 2,
    _CONVERT: 5,
    ("POST", "/crm/bulk/{}/read"): 50,
    ("POST", "/crm/bulk/{}/write"): 500,
    ("POST", "/crm/{}/settings/modules"): 500,
}
_COQL_TEXT = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""")
_COQL_LIMIT = re.compile(r"\blimit\s+(?:\d+\s*,\s*)?(\d{1,9})", re.IGNORECASE)


def credits_of(edition: str, users: int) -> int:
    """The credits an organisation has in 24 hours (Zoho docs v8 api-limits)."""
    if edition == "Free":
        return 5000
    total = 50_000 + CREDITS_PER_USER[edition] * users
    return min(total, CREDIT_CAPS.get(edition, total))


def cost(route: Route, request: Request) -> int:
    """The credits that a request uses."""
    operation = route.method, route.shape
    if operation in _WRITES:
        return max(1, ceil(_record_count(request) / 10))
    if operation == _LIST and _is_filtered(request):
        return 3
    if operation == _COQL:
        rows = _coql_limit(request)
        return 1 if rows <= 200 else 2 if rows <= 1000 else 3
    return _FIXED_COSTS.get(operation, 1)


def is_heavy(route: Route, request: Request) -> bool:
    """Return whether a request is heavy: only ten of these may run at once (Kaizen #203)."""
    operation = route.method, route.shape
    if operation in _WRITES:
        return _record_count(request) > 10
    if operation == _LIST:
        return _is_filtered(request)
    return operation in (_SEARCH, _COQL, _CONVERT, _SEND_MAIL)


def _is_filtered(request: Request) -> bool:
    return "cvid" in request.args or "sort_by" in request.args


def _record_count(request: Request) -> int:
    try:
        return len(request.json["data"])
    except (Refusal, TypeError, KeyError):
        return 0


def _coql_limit(request: Request) -> int:
    try:
        # A text may look like a limit.
        limit = _COQL_LIMIT.search(_COQL_TEXT.sub("''", request.json["select_query"]))
    except (Refusal, TypeError, KeyError):
        return 0
    return int(limit[1]) if limit else 200


class RequestLimits:
    """The usage and the limits of every organisation."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._clock = clock
        self._lock = threading.Lock()
        self._spent: dict[str, deque[tuple[float, int]]] = {}
        self._running: Counter[tuple[str, str]] = Counter()
        self._running_heavy: Counter[tuple[str, str]] = Counter()
        limits = (
            options.limit_credits,
            options.limit_concurrency,
            options.limit_sub_concurrency,
        )
        self.are_on = any(limit is not False for limit in limits)

    @contextmanager
    def count_request(self, org: Organisation, request: Request) -> Iterator[dict[str, str]]:
        """Count a request while it runs; yields the headers for its response.

        Raises Refusal TOO_MANY_REQUESTS; only its message names the limit.
        """
        route = request.match.route
        if not self.are_on or route is None:
            yield {}
            return
        client = org.id, request.access_token.consent.client_id
        heavy = is_heavy(route, request)
        with self._lock:
            self._check_concurrency(org, client, heavy)
            headers = self._spend(org, cost(route, request))
            self._running[client] += 1
            self._running_heavy[client] += heavy
        try:
            yield headers
        finally:
            with self._lock:
                self._running[client] -= 1
                self._running_heavy[client] -= heavy

    def _check_concurrency(self, org: Organisation, client: tuple[str, str], heavy: bool) -> None:
        maximum = _limit(self._options.limit_concurrency, CONCURRENCY[org.edition])
        if maximum is not None and self._running[client] >= maximum:
            raise Refusal("TOO_MANY_REQUESTS", TOO_MANY_AT_ONCE, 429)
        maximum = _limit(self._options.limit_sub_concurrency, SUB_CONCURRENCY)
        if maximum is not None and heavy and self._running_heavy[client] >= maximum:
            raise Refusal("TOO_MANY_REQUESTS", TOO_MANY_HEAVY_AT_ONCE, 429)

    def _spend(self, org: Organisation, credits: int) -> dict[str, str]:
        maximum = _limit(self._options.limit_credits, credits_of(org.edition, len(org.users)))
        if maximum is None:
            return {}
        now = self._clock.time()
        spent = self._spent.setdefault(org.id, deque())
        while spent and spent[0][0] <= now - DAY:
            spent.popleft()
        used = sum(amount for _, amount in spent) + credits
        if used > maximum:
            raise Refusal("TOO_MANY_REQUESTS", OUT_OF_CREDITS, 429)
        spent.append((now, credits))
        # Sent only once half of the credits are used (Zoho docs v8 api-limits).
        return {"X-API-CREDITS-REMAINING": str(maximum - used)} if used * 2 >= maximum else {}


def _limit(option: bool | int, default: int) -> int | None:
    """The active limit: none, Zoho's, or a custom one."""
    if option is False:
        return None
    return default if option is True else option
