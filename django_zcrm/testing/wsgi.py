"""One request to the emulator in the same process, for whatever library makes it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from werkzeug.test import run_wsgi_app

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.core.faults import ConnectionDropped

__all__ = ["ConnectionDropped", "Exchange", "exchange"]


class Exchange(NamedTuple):
    """A response, and the seconds that it took."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    seconds: float


def exchange(
    emulator: Emulator, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes
) -> Exchange:
    """Call the emulator. Raises ConnectionDropped when a fault demands that."""
    before = time.monotonic()
    content, status, answer_headers = run_wsgi_app(emulator, _environ(method, url, headers, body))
    answer = b"".join(content)
    code, _, reason = status.partition(" ")
    return Exchange(int(code), reason, [*answer_headers], answer, time.monotonic() - before)


def _environ(
    method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes
) -> dict[str, Any]:
    parts = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or {"http": 80, "https": 443}[parts.scheme]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": parts.netloc,
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,  # also with Transfer-Encoding: chunked
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ
