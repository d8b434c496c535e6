"""The requests that the emulator received, and assertions about them with detailed messages."""

from __future__ import annotations

import difflib
import json
import pprint
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from django_zcrm.emulator.core.request_log import LoggedRequest

MAX_LISTED = 20
_UNSET: Any = object()


@dataclass(frozen=True)
class SeenRequest:
    """One request. Header names are in lower case; `json` is None where no JSON came."""

    method: str
    path: str
    status: int
    params: dict[str, Any]
    headers: dict[str, str]
    json: Any = None
    form: dict[str, Any] | None = None
    files: tuple[dict[str, Any], ...] = ()

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.method} {self.path}{'?' + query if query else ''} -> {self.status}"

    __repr__ = __str__


def mask_request(entry: LoggedRequest) -> SeenRequest:
    """Return an entry of the log, its secrets masked."""
    logged = entry.to_json()
    return SeenRequest(
        logged["method"],
        logged["path"],
        logged["status"],
        logged["query"],
        logged["headers"],
        logged.get("json"),
        logged.get("form"),
        tuple(logged.get("files", ())),
    )


@dataclass(frozen=True)
class Expected:
    """The expected properties of a request. `json` is the whole body; of `params`, `form` and
    `headers`, only the passed names are compared.
    """

    method: str
    path: str
    json: Any = _UNSET
    params: Mapping[str, Any] | None = None
    form: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None
    status: int | None = None

    def is_about(self, request: SeenRequest) -> bool:
        """Return whether method and path match; `*` in them matches anything."""
        return fnmatchcase(request.method, self.method.upper()) and fnmatchcase(
            request.path, self.path
        )

    def mismatches(self, request: SeenRequest) -> list[tuple[str, Any, Any]]:
        """Return the differences: name, expected value, actual value."""
        differences: list[tuple[str, Any, Any]] = []
        if self.json is not _UNSET and self.json != request.json:
            differences.append(("json", self.json, request.json))
        if self.status is not None and self.status != request.status:
            differences.append(("status", self.status, request.status))
        for name, expected_value, came in (
            ("params", self.params, request.params),
            ("form", self.form, request.form or {}),
            ("headers", _lower(self.headers), request.headers),
        ):
            values = {key: came.get(key) for key in expected_value or ()}
            if expected_value is not None and dict(expected_value) != values:
                differences.append((name, dict(expected_value), values))
        return differences

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


def _lower(headers: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if headers is None else {name.lower(): text for name, text in headers.items()}


def find(requests: Sequence[SeenRequest], expected: Expected) -> list[SeenRequest]:
    """Return the requests that fit."""
    about = [request for request in requests if expected.is_about(request)]
    return [request for request in about if not expected.mismatches(request)]


def check_called(
    requests: Sequence[SeenRequest], expected: Expected, times: int | None
) -> SeenRequest:
    """Return the last match. Raises AssertionError, which describes the actual requests."""
    if times is not None and times < 1:
        raise ValueError("times must be 1 or more; use assert_not_called() for none")
    about = [request for request in requests if expected.is_about(request)]
    fitting = find(about, expected)
    if times is not None and len(fitting) != times:
        raise AssertionError(
            f"{expected} was called {_times(len(fitting))}, not {_times(times)}, as expected.\n"
            + (_explain(expected, about) if len(fitting) < times else _list_calls(requests))
        )
    if not fitting:
        what = "as expected" if about else "at all"
        detail = _explain(expected, about) if about else _list_calls(requests)
        raise AssertionError(f"{expected} was not called {what}.\n{detail}")
    return fitting[-1]


def check_not_called(requests: Sequence[SeenRequest], expected: Expected) -> None:
    """Raise AssertionError when a request fits."""
    fitting = find(requests, expected)
    if fitting:
        raise AssertionError(
            f"{expected} was called {_times(len(fitting))}, and should not have been.\n"
            + _list_calls(fitting)
        )


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _list_calls(requests: Sequence[SeenRequest]) -> str:
    if not requests:
        return "Nothing was called."
    lines = [f"  {request}" for request in requests[-MAX_LISTED:]]
    left_out = len(requests) - len(lines)
    head = f"Called ({left_out} earlier ones left out):" if left_out else "Called:"
    return "\n".join([head, *lines])


def _explain(expected: Expected, about: Sequence[SeenRequest]) -> str:
    """Show how the request that comes closest differs."""
    unfit = [request for request in about if expected.mismatches(request)]
    if not unfit:
        return _list_calls(about)

    def closeness(request: SeenRequest) -> float:
        return -sum(1 - _likeness(*pair) for _, *pair in expected.mismatches(request))

    closest = max(unfit, key=closeness)
    number = f" (the closest of {len(unfit)} calls)" if len(unfit) > 1 else ""
    parts = [f"The request was{number}: {closest}"]
    for name, expected_value, came in expected.mismatches(closest):
        lines = difflib.unified_diff(
            _pretty(expected_value),
            _pretty(came),
            f"expected {name}",
            f"actual {name}",
            lineterm="",
        )
        parts.append("\n".join(f"  {line}" for line in lines))
    return "\n".join(parts)


def _likeness(expected_value: Any, came: Any) -> float:
    return difflib.SequenceMatcher(None, _pretty(expected_value), _pretty(came)).ratio()


def _pretty(value: Any) -> list[str]:
    try:
        return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True).splitlines()
    except TypeError:
        # Something that only compares, such as unittest.mock.ANY.
        return pprint.pformat(value).splitlines()
