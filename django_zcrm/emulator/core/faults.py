"""Deliberate failures: faults as data, matched against calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.core.response import Answer
from django_zcrm.emulator.core.versions import dialect

if TYPE_CHECKING:
    from django_zcrm.emulator.core.request import Call
    from django_zcrm.emulator.core.routing import Route

OPERATIONS: dict[str, frozenset[str]] = {
    name: frozenset(shapes)
    for name, shapes in {
        "oauth.token": ["POST /oauth/v2/token"],
        "records.list": ["GET /crm/{}/{}"],
        "records.get": ["GET /crm/{}/{}/{}"],
        "records.create": ["POST /crm/{}/{}"],
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


class ConnectionDropped(ConnectionResetError):
    """The connection must be cut without an answer."""


@dataclass
class Fault:
    """One thing that goes wrong.

    Which calls: ``method``, ``path`` (with ``*``), ``operation`` (a name in OPERATIONS, or like
    ``GET /crm/{version}/{module}``); the first ``skip`` of them pass, then ``times`` are hit
    (None: all). What happens: ``delay_ms``; ``expire_token`` (the access token expires first);
    ``drop`` the connection ``before`` or ``after`` the work; an answer in place of the work, by
    ``code`` (with ``status``, ``message``, ``details``), by ``status`` with ``body`` and
    ``headers``, as an ``html`` page with this status, or as the token ``throttle`` (400 or 200);
    ``bad_item``: the item at this index is refused with ``code``, the others are processed.
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
    hits: int = 0

    @classmethod
    def from_json(cls, given: object) -> Fault:
        """Read a client's description of a fault. Raises Problem that says what is wrong."""
        if not isinstance(given, Mapping):
            raise _bad("a fault is a JSON object")
        names = set(cls.__dataclass_fields__) - {"hits"}
        for name in set(given) - names:
            close = get_close_matches(name, names, 1)
            raise _bad(f"unknown key {name!r}" + (f", did you mean {close[0]!r}?" if close else ""))
        # A null means something for `times` only; any other key with null counts as left out.
        fault = cls(**{n: value for n, value in given.items() if value is not None or n == "times"})
        fault._check()
        return fault

    def _check(self) -> None:
        for kind, (what, names) in _KINDS.items():
            for name in names:
                value = getattr(self, name)
                if not isinstance(value, kind | None):
                    raise _bad(f"{name} is {what}")
        if self.operation and " " not in self.operation and self.operation not in OPERATIONS:
            raise _bad(f"unknown operation {self.operation!r}; one of {', '.join(OPERATIONS)}")
        if self.drop is not None and self.drop not in DROPS:
            raise _bad("drop is 'before' or 'after'")
        for name in ("status", "html", "throttle"):
            status = getattr(self, name)
            if status is not None and (type(status) is not int or not _is_status(status)):
                raise _bad(f"{name} is an HTTP status")
        for name in ("skip", "delay_ms", "bad_item", "times"):
            number: Any = getattr(self, name)
            kinds = (int, float) if name == "delay_ms" else (int,)
            if number is not None and (not isinstance(number, kinds) or number < 0):
                raise _bad(f"{name} is a number from 0 up")

    def matches(self, call: Call, route: Route | None) -> bool:
        """Whether this fault applies to this call."""
        if self.method is not None and call.method != self.method.upper():
            return False
        if not fnmatchcase(call.path, self.path):
            return False
        if self.operation is None:
            return True
        if route is None:
            return False
        named = OPERATIONS.get(self.operation)
        if named is not None:
            return f"{route.method} {route.shape}" in named
        return self.operation == f"{route.method} {route.path}"

    def described(self) -> dict[str, Any]:
        """The keys that were given, and how many calls were hit."""
        told = {
            name: value
            for name, value in asdict(self).items()
            if value != getattr(_NOTHING_SAID, name)
        }
        return {**told, "times": self.times, "hits": self.hits}

    @property
    def is_spent(self) -> bool:
        return self.times is not None and self.hits >= self.skip + self.times

    def answer(self) -> Answer | None:
        """The answer that replaces the work, if this fault has one."""
        if self.bad_item is not None:
            return None
        if self.throttle is not None:
            return Answer(self.throttle, throttled_body(), dict(self.headers))
        if self.html is not None:
            return Answer(self.html, _html(self.html), dict(self.headers))
        if self.body is not None or (self.status is not None and self.code is None):
            return Answer(self.status or 200, self.body, dict(self.headers))
        if self.code is not None:
            answer = self._problem(self.code).answer()
            answer.headers.update(self.headers)
            return answer
        return None

    def _problem(self, code: str) -> Problem:
        return Problem(code, self.message, self.status or STATUSES.get(code, 400), self.details)

    def withhold_item(self, call: Call) -> Withheld | None:
        """Take the bad item out of a batch call, so that only the others are processed."""
        if self.bad_item is None:
            return None
        try:
            taken = _take_item(call, self.bad_item)
        except Problem:
            return None
        if taken is None:
            return None
        key, left = taken
        return Withheld(key, self.bad_item, left, self._problem(self.code or "INVALID_DATA"))


_KINDS: dict[type, tuple[str, tuple[str, ...]]] = {
    str: ("text", ("method", "path", "operation", "drop", "code", "message")),
    Mapping: ("a JSON object", ("details", "headers")),
}
_NOTHING_SAID = Fault()


@dataclass(frozen=True)
class Withheld:
    """An item that was taken out of a batch call, and the refusal to answer in its place."""

    key: str
    at: int
    left: int
    problem: Problem

    def put_back(self, answer: Answer, version: float) -> Answer:
        """The answer with the refusal inserted at its position.

        v2 answers 202 with errors inside, later versions 207 (Zoho docs change logs).
        """
        body = answer.body
        if not isinstance(body, dict) or not isinstance(body.get(self.key), list):
            return answer
        items = [*body[self.key][: self.at], self.problem.body, *body[self.key][self.at :]]
        status = 207 if dialect(version).has_multi_status else 202
        return Answer(status, {**body, self.key: items}, answer.headers)

    def alone(self, version: float) -> Answer:
        """The answer when there was no other item."""
        status = self.problem.status if dialect(version).has_multi_status else 202
        return Answer(status, {self.key: [self.problem.body]})


class Faults:
    """The faults in force, in the order given."""

    def __init__(self) -> None:
        self.listed: list[Fault] = []

    def take(self, call: Call, route: Route | None) -> list[Fault]:
        """Return the faults that hit this call, and count each hit."""
        if not self.listed:
            return []
        taken = []
        for fault in self.listed:
            if fault.is_spent or not fault.matches(call, route):
                continue
            fault.hits += 1
            if fault.hits > fault.skip:
                taken.append(fault)
        return taken


def throttled_body() -> dict[str, str]:
    """The accounts server's answer to too many token calls."""
    return {
        "error_description": "You have made too many requests continuously. Please try again "
        "after some time.",
        "error": "Access Denied",
        "status": "failure",
    }


def _take_item(call: Call, at: int) -> tuple[str, int] | None:
    """Remove item ``at`` from ``ids`` or the body's list.

    Returns the key under which the answer lists items, and how many items are left.
    """
    ids = call.params.listed("ids")
    if call.method == "DELETE" and len(ids) > at:
        others = [(name, value) for name, value in call.params.pairs if name != "ids"]
        kept = ids[:at] + ids[at + 1 :]
        call.params = type(call.params)([*others, ("ids", ",".join(kept))])
        return "data", len(kept)
    body = call.json if call.body else None
    if not isinstance(body, dict):
        return None
    for key, items in body.items():
        if isinstance(items, list) and len(items) > at and isinstance(items[at], dict):
            kept = items[:at] + items[at + 1 :]
            call.json = {**body, key: kept}
            return key, len(kept)
    return None


def _is_status(number: int) -> bool:
    return 200 <= number <= 599


def _html(status: int) -> str:
    # Gateways also send non-standard statuses, such as 520.
    phrase = next((known.phrase for known in HTTPStatus if known == status), "Error")
    return f"<html><head><title>{status} {phrase}</title></head><body>{phrase}</body></html>"


def _bad(message: str) -> Problem:
    return Problem("INVALID_FAULT", message)
