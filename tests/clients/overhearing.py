"""An emulator that records its answers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django_zcrm.emulator import Emulator


@dataclass(frozen=True)
class Exchange:
    """A request and its answer."""

    method: str
    path: str
    status: int
    content_type: str
    body: bytes

    @property
    def json(self) -> Any:
        """The answer's JSON."""
        return json.loads(self.body)


class Overheard(Emulator):
    """Answers like any emulator, and records everything."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.exchanges: list[Exchange] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        started: list[tuple[int, str]] = []

        def start(status: str, headers: list[tuple[str, str]]) -> None:
            started.append((int(status.split()[0]), dict(headers).get("Content-Type", "")))
            start_response(status, headers)

        body = b"".join(super().__call__(environ, start))
        status, content_type = started[-1]
        self.exchanges.append(
            Exchange(environ["REQUEST_METHOD"], environ["PATH_INFO"], status, content_type, body)
        )
        return [body]
