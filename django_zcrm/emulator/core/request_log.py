"""The log of what clients sent and how they were answered."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django_zcrm.emulator.core.errors import Problem

if TYPE_CHECKING:
    from django_zcrm.emulator.core.request import Call, Params

MOST_KEPT = 5000
MOST_BODY_KEPT = 1_000_000
MASK = "***"
_SECRET_NAMES = frozenset(
    "authorization cookie client_secret refresh_token access_token token zapikey".split()
)
_TOKEN_LOOK = re.compile(r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}")


@dataclass
class Received:
    """One request with its response status; ``milliseconds`` is how long the answer took."""

    call: Call
    at: datetime
    status: int
    milliseconds: float

    def described(self, *, secrets: bool = False) -> dict[str, Any]:
        """The request as ``GET /emulator/requests`` lists it."""
        call = self.call
        query, headers = _named(call.params), dict(call.headers)
        if not secrets:
            query, headers = _masked(query), _masked(headers)
        shown: dict[str, Any] = {
            "method": call.method,
            "path": call.path,
            "query": query,
            "headers": headers,
            "status": self.status,
            "time": self.at.isoformat(),
            "milliseconds": round(self.milliseconds, 2),
            **self._described_body(),
        }
        if not secrets:
            for key in ("form", "json", "text"):
                if key in shown:
                    shown[key] = _masked_value(shown[key])
        return shown

    def _described_body(self) -> dict[str, Any]:
        call = self.call
        body: dict[str, Any] = {"size": call.size}
        try:
            if call.is_form:
                body["form"] = _named(call.form)
                body["files"] = [
                    {
                        "name": part.field,
                        "filename": part.filename,
                        "content_type": part.content_type,
                        "size": len(part.content),
                        "sha256": hashlib.sha256(part.content).hexdigest(),
                    }
                    for part in call.files
                ]
            elif call.body:
                body["json"] = call.json
        except Problem:
            body["text"] = call.body.decode("utf-8", "replace")
        return body


class RequestLog:
    """The newest requests, oldest first."""

    def __init__(self) -> None:
        self._kept: deque[Received] = deque(maxlen=MOST_KEPT)
        self._lock = threading.Lock()
        #: How often the log was cleared.
        self.clearings = 0

    def add(self, received: Received, clearings: int) -> None:
        """Log a request that arrived when the log had been cleared so many times.

        One that arrived before the last time is forgotten like the others of then, however long
        its answer took. Of a large body only the size is kept.
        """
        if len(received.call.body) > MOST_BODY_KEPT:
            received.call.drop_body()
        with self._lock:
            if clearings == self.clearings:
                self._kept.append(received)

    def clear(self) -> None:
        """Forget all requests, also those that are still being answered."""
        with self._lock:
            self.clearings += 1
            self._kept.clear()

    def restore(self, received: Iterable[Received]) -> None:
        """Go back to what `all` returned before, forgetting what was logged since."""
        with self._lock:
            self._kept = deque(received, maxlen=MOST_KEPT)

    def all(self) -> list[Received]:
        """All logged requests, oldest first."""
        with self._lock:
            return list(self._kept)


def _named(params: Params) -> dict[str, Any]:
    """Parameters by name; one value as it is, several as a list."""
    values = {name: params.all(name) for name in params}
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _masked(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: MASK if name.lower() in _SECRET_NAMES else _masked_value(value)
        for name, value in values.items()
    }


def _masked_value(value: Any) -> Any:
    if isinstance(value, dict):
        return _masked(value)
    if isinstance(value, list):
        return [_masked_value(item) for item in value]
    return _TOKEN_LOOK.sub(MASK, value) if isinstance(value, str) else value
