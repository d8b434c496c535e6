"""Deliberate failures: faults as data, matched against requests."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any

from .errors import Refusal
from .response import HtmlResponse, JsonResponse, Response
from .routing import Route

OPERATIONS: dict[str, frozenset[str]] = {
    name: frozenset(shapes)
    for name, shapes in {
        "oauth.token": ["POST /oauth/v2/token"],
        "records.list": ["GET /crm/{}/{}"],
        "records.get": ["GET /crm/{}/{}/{}"],
        "records.create": ["POST /crm/{}/{}", "POST /crm/{}/Notes"],
        "records.update": ["PUT /crm/{}/{}", "PUT /crm/{}/{}/{}"],
        "records.upsert": ["POST /crm/{}/{}/upsert"],
        "records.delete": ["DELETE /crm/{}/{}", "DELETE /crm/{}/{}/{}"],
        "records.search": ["GET /crm/{}/{}/search"],
        "records.count": ["GET /crm/{}/{}/actions/count"],
        "records.deleted": ["GET /crm/{}/{}/deleted"],
        "leads.convert": ["POST /crm/{}/Leads/{}/actions/convert"],
        "attachments.upload": ["POST /crm/{}/{}/{}/Attachments"],
        "attachments.download": ["GET /crm/{}/{}/{}/Attachments/{}"],
        "coql.query": ["POST /crm/{}/coql"],
        "users.list": ["GET /crm/{}/users"],
        "users.get": ["GET /crm/{}/users/{}"],
        "org.get": ["GET /crm/{}/org"],
        "fields.list": ["GET /crm/{}/settings/fields"],
        "modules.list": ["GET /crm/{}/settings/modules"],
        "bulk.read": ["POST /crm/bulk/{}/read"],
        "bulk.read_status": ["GET /crm/bulk/{}/read/{}"],
        "bulk.read_result": ["GET /crm/bulk/{}/read/{}/result"],
        "bulk.upload": ["POST /crm/{}/upload"],
        "bulk.write": ["POST /crm/bulk/{}/write"],
        "bulk.write_status": ["GET /crm/bulk/{}/write/{}"],
        "bulk.write_result": ["GET /v2/crm/{}/bulk-write/{}/{}"],
        "functions.execute": [
            "GET /crm/{}/functions/{}/actions/execute",
            "POST /crm/{}/functions/{}/actions/execute",
        ],
    }.items()
}
STATUSES = {
    "TOO_MANY_REQUESTS": 429,
    "RATE_LIMIT_EXCEEDED": 429,
    "INTERNAL_ERROR": 500,
    "BAD_GATEWAY": 502,
    "SERVICE_UNAVAILABLE": 503,
    "NO_PERMISSION": 403,
    "INVALID_TOKEN": 401,
    "AUTHENTICATION_FAILURE": 401,
    "INVALID_OAUTHTOKEN": 401,
    "OAUTH_SCOPE_MISMATCH": 401,
    "INVALID_URL_PATTERN": 404,
    "ALREADY_MODIFIED": 412,
}
DROPS = ("before", "after")
NOTICES = ("lost", "doubled", "late")
LONGEST = 1_000_000_000
"""The highest duration of a fault: neither the clock nor a timer takes any number."""


class ConnectionDropped(ConnectionResetError):
    """The connection must be cut without a response."""


@dataclass
class Fault:
    """A deliberate failure of some requests.

    Which calls: ``method``, ``path`` (with ``*``), ``operation`` (a name in OPERATIONS, or like
    ``GET /crm/{version}/{module}``); the first ``skip`` of them pass, then ``times`` are hit (None:
    all). What happens: ``delay_ms``; ``expire_token`` (the access token expires first); ``drop``
    the connection ``before`` or ``after`` the work; a response in place of the work, by ``code``
    (with ``status``, ``message``, ``details``), by ``status`` with ``body`` and ``headers``, as an
    ``html`` page with this status, or as the token ``throttle`` (400 or 200); ``bad_item``: the
    item at this index is refused with ``code``, the others are processed. ``backdate_s``: the times
    of written records are so many seconds earlier, as if the call had begun then and others had
    overtaken it. ``notices``: notifications of the call are ``lost``, ``doubled``, or ``late``
    (posted after those of the next call); ``notices_delay_s``: they are posted so many seconds
    later.
    """

    method: str | None = None
    path: str = "*"
    operation: str | None = None
    skip: int = 0
    times: int | None = 1
    delay_ms: float = 0
    expire_token: bool = False
    drop: str | None = None
    status: int | None = None
    code: str | None = None
    message: str = "emulated fault"
    details: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    html: int | None = None
    throttle: int | None = None
    bad_item: int | None = None
    backdate_s: float = 0
    notices: str | None = None
    notices_delay_s: float = 0
    hits: int = 0

    @classmethod
    def from_json(cls, description: object) -> Fault:
        """Read a client's description of a fault. Raises Refusal with the reason."""
        if not isinstance(description, Mapping):
            raise _invalid("a fault is a JSON object")
        names = set(cls.__dataclass_fields__) - {"hits"}
        for name in set(description) - names:
            close = get_close_matches(name, names, 1)
            raise _invalid(
                f"unknown key {name!r}" + (f", did you mean {close[0]!r}?" if close else "")
            )
        # A null means something for `times` only; any other key with null counts as left out.
        keys = {n: value for n, value in description.items() if value is not None or n == "times"}
        fault = cls(**keys)
        fault._check()
        return fault

    def _check(self) -> None:
        for value_type, (description, names) in _KINDS.items():
            for name in names:
                value = getattr(self, name)
                if not isinstance(value, value_type | None):
                    raise _invalid(f"{name} is {description}")
        if self.operation and " " not in self.operation and self.operation not in OPERATIONS:
            raise _invalid(f"unknown operation {self.operation!r}; one of {', '.join(OPERATIONS)}")
        if self.drop is not None and self.drop not in DROPS:
            raise _invalid("drop is 'before' or 'after'")
        if self.notices is not None and self.notices not in NOTICES:
            raise _invalid(f"notices is one of {', '.join(NOTICES)}")
        for name, value in self.headers.items():
            if not _HEADER.fullmatch(f"{name}: {value}"):
                raise _invalid(f"{name!r} is not a header that HTTP can send")
        for name in ("status", "html", "throttle"):
            status = getattr(self, name)
            if status is not None and (type(status) is not int or not _is_status(status)):
                raise _invalid(f"{name} is an HTTP status")
        for name in ("skip", "bad_item", "times", *_DURATIONS):
            number: Any = getattr(self, name)
            number_types = (int, float) if name in _DURATIONS else (int,)
            if number is not None and (not isinstance(number, number_types) or number < 0):
                raise _invalid(f"{name} is a number from 0 up")
            if number is not None and name in _DURATIONS and number > LONGEST:
                raise _invalid(f"{name} is at most {LONGEST:,}")

    def matches(self, method: str, path: str, route: Route | None) -> bool:
        """Return whether this fault applies to a request."""
        if self.method is not None and method != self.method.upper():
            return False
        if not fnmatchcase(path, self.path):
            return False
        if self.operation is None:
            return True
        if route is None:
            return False
        shapes = OPERATIONS.get(self.operation)
        if shapes is not None:
            return f"{route.method} {route.shape}" in shapes
        return self.operation == f"{route.method} {route.path}"

    def to_json(self) -> dict[str, Any]:
        """The keys of the description, and the number of requests hit."""
        keys = {
            name: value for name, value in asdict(self).items() if value != getattr(_DEFAULTS, name)
        }
        return {**keys, "times": self.times, "hits": self.hits}

    @property
    def is_spent(self) -> bool:
        return self.times is not None and self.hits >= self.skip + self.times

    def response(self) -> Response | None:
        """The response that replaces the work, if this fault has one."""
        if self.bad_item is not None:
            return None
        if self.throttle is not None:
            return JsonResponse(make_throttled_body(), self.throttle, self.headers)
        if self.html is not None:
            return HtmlResponse(_error_page(self.html), self.html, self.headers)
        if isinstance(self.body, str):
            return HtmlResponse(self.body, self.status or 200, self.headers)
        if self.body is not None:
            return JsonResponse(self.body, self.status or 200, self.headers)
        if self.code is not None:
            return JsonResponse(self.refusal().body, self.refusal().status, self.headers)
        if self.status is not None:
            return Response(status=self.status, headers=self.headers)
        return None

    def refusal(self, code: str = "INVALID_DATA") -> Refusal:
        """The error in Zoho's shape; `code` is the code if the fault has none."""
        code = self.code or code
        return Refusal(code, self.message, self.status or STATUSES.get(code, 400), self.details)


_DURATIONS = ("delay_ms", "backdate_s", "notices_delay_s")
_KINDS: dict[type, tuple[str, tuple[str, ...]]] = {
    str: ("text", ("method", "path", "operation", "drop", "code", "message", "notices")),
    Mapping: ("a JSON object", ("details", "headers")),
}
_HEADER = re.compile(r"[!-9;-~]+: [\t -~\x80-\xff]*")
_DEFAULTS = Fault()


class Faults:
    """The active faults, in their order."""

    def __init__(self) -> None:
        self.listed: list[Fault] = []
        self._lock = threading.Lock()

    def take(self, method: str, path: str, route: Route | None) -> list[Fault]:
        """Return the faults that hit a request, and count each hit."""
        hits = []
        with self._lock:
            for fault in self.listed:
                if fault.is_spent or not fault.matches(method, path, route):
                    continue
                fault.hits += 1
                if fault.hits > fault.skip:
                    hits.append(fault)
        return hits


def make_throttled_body() -> dict[str, str]:
    """The accounts server's response to too many token requests."""
    return {
        "error_description": "You have made too many requests continuously. Please try again "
        "after some time.",
        "error": "Access Denied",
        "status": "failure",
    }


def _is_status(number: int) -> bool:
    return 200 <= number <= 599


def _error_page(status: int) -> str:
    # Gateways also send non-standard statuses, such as 520.
    phrase = next(
        (entry.phrase for entry in HTTPStatus if entry == status),
        "Error",
    )
    return f"<html><head><title>{status} {phrase}</title></head><body>{phrase}</body></html>"


def _invalid(message: str) -> Refusal:
    return Refusal("INVALID_FAULT", message)
