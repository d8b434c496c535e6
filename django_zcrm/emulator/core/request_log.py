"""The log of requests and responses."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.datastructures import FileStorage, MultiDict

from .errors import Refusal
from .request import Request

MAX_ENTRIES = 5000
MAX_LOGGED_BODY = 1_000_000
"""Bytes; of a larger body only the size is kept."""
MASK = "***"
_SECRET_NAMES = frozenset(
    "authorization cookie client_secret refresh_token access_token token zapikey".split()
)
_TOKEN = re.compile(r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}")


@dataclass
class LoggedRequest:
    """A request, its time, its response's status (0: none), and how long the response took."""

    request: Request
    received_at: datetime
    body_size: int
    status: int = 0
    milliseconds: float = 0

    def to_json(self, *, secrets: bool = False) -> dict[str, Any]:
        """The request as ``GET /emulator/requests`` lists it, its secrets masked or not."""
        request = self.request
        query = _simplify(request.args)
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = self._body()
        if not secrets:
            query, headers = _mask_values(query), _mask_values(headers)
            for key in {"form", "json", "text"} & set(body):
                body[key] = _mask(body[key])
        return {
            "method": request.method,
            "path": request.path,
            "query": query,
            "headers": headers,
            "status": self.status,
            "time": self.received_at.isoformat(),
            "milliseconds": round(self.milliseconds, 2),
            **body,
        }

    def _body(self) -> dict[str, Any]:
        request = self.request
        body: dict[str, Any] = {"size": self.body_size}
        try:
            if request.is_form:
                body["form"] = _simplify(request.form)
                body["files"] = [
                    _describe_file(name, file) for name, file in request.files.items(multi=True)
                ]
            elif request.get_data():
                body["json"] = request.json
        except Refusal:
            body["text"] = request.get_data(as_text=True)
        return body


class RequestLog:
    """The newest requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=MAX_ENTRIES)
        self._lock = threading.Lock()
        self._times_cleared = 0

    @contextmanager
    def record(self, request: Request, received_at: datetime) -> Iterator[LoggedRequest]:
        """Log a request at the end of the block, also after an error; the block sets the status.

        A request that arrived before the log was last cleared is not logged.
        """
        times_cleared = self._times_cleared
        entry = LoggedRequest(request, received_at, request.body_size)
        started = time.perf_counter()
        try:
            yield entry
        finally:
            entry.milliseconds = (time.perf_counter() - started) * 1000
            if entry.body_size > MAX_LOGGED_BODY:
                entry.request = request.without_body()
            with self._lock:
                if times_cleared == self._times_cleared:
                    self._entries.append(entry)

    def clear(self) -> None:
        """Clear the log, including requests that are still being processed."""
        with self._lock:
            self._times_cleared += 1
            self._entries.clear()

    def restore(self, entries: Iterable[LoggedRequest]) -> None:
        """Restore an earlier result of `all`, dropping later requests."""
        with self._lock:
            self._entries = deque(entries, maxlen=MAX_ENTRIES)

    def all(self) -> list[LoggedRequest]:
        """All logged requests, oldest first."""
        with self._lock:
            return list(self._entries)


def _simplify(parameters: MultiDict[str, str]) -> dict[str, Any]:
    """Parameters by name; a single value unchanged, several as a list."""
    return {name: values[0] if len(values) == 1 else values for name, values in parameters.lists()}


def _describe_file(name: str, file: FileStorage) -> dict[str, Any]:
    file.seek(0)  # the handler has read it
    content = file.read()
    return {
        "name": name,
        "filename": file.filename or "",
        "content_type": file.mimetype,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _mask_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: MASK if name.lower() in _SECRET_NAMES else _mask(value)
        for name, value in values.items()
    }


def _mask(value: Any) -> Any:
    if isinstance(value, dict):
        return _mask_values(value)
    if isinstance(value, list):
        return [_mask(item) for item in value]
    return _TOKEN.sub(MASK, value) if isinstance(value, str) else value
