"""Lets a requests session talk to the emulator in the same process, without a socket.

Knows HTTP and WSGI, nothing of Zoho.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from http.client import RemoteDisconnected
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import ProtocolError

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.faults import ConnectionDropped


class EmulatorAdapter(BaseAdapter):
    """Sends requests to `emulator`; mount it on a session under the emulator's address."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__()
        self.emulator = emulator

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer one request.

        Raises what a socket would: ConnectionError when a fault drops the connection, ReadTimeout
        when the answer took longer than `timeout`.
        """
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            started.append((status, headers))

        before = time.monotonic()
        try:
            body = b"".join(self.emulator(_environ(request), start_response))
        except ConnectionDropped:
            cause = ProtocolError("Connection aborted.", RemoteDisconnected("dropped by a fault"))
            raise requests.ConnectionError(cause, request=request) from None
        longest = timeout[1] if isinstance(timeout, tuple) else timeout
        if longest is not None and time.monotonic() - before > longest:
            raise requests.ReadTimeout("the emulator took too long", request=request)
        return _response(request, *started[-1], body)

    def close(self) -> None:
        """Nothing is kept open."""


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(str(request.url))
    body = _body(request.body)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(parts.port or {"http": 80, "https": 443}[parts.scheme]),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": parts.netloc,
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": BytesIO(body),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _body(body: Any) -> bytes:
    """Return what a prepared request sends: bytes, text, a file, or an iterable of bytes."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    read = getattr(body, "read", None)
    return bytes(read() if read else b"".join(body))


def _response(
    request: requests.PreparedRequest, status: str, headers: list[tuple[str, str]], body: bytes
) -> requests.Response:
    code, _, reason = status.partition(" ")
    # An adapter of requests' own builds its responses from urllib3's, as this does.
    raw = HTTPResponse(
        body=BytesIO(body),
        headers=HTTPHeaderDict(headers),
        status=int(code),
        reason=reason,
        preload_content=False,
        request_method=request.method,
    )
    response = requests.Response()
    response.status_code, response.reason = raw.status, reason
    response.headers.update(dict(headers))
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.raw, response.url, response.request = raw, str(request.url), request
    return response
