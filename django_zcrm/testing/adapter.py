"""Lets a requests session talk to the emulator in the same process, without a socket."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import RemoteDisconnected
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import ProtocolError

from django_zcrm.emulator import Emulator

from .wsgi import ConnectionDropped, Exchange, exchange


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
        try:
            answer = exchange(
                self.emulator,
                str(request.method),
                str(request.url),
                request.headers.items(),
                _body(request.body),
            )
        except ConnectionDropped:
            cause = ProtocolError("Connection aborted.", RemoteDisconnected("dropped by a fault"))
            raise requests.ConnectionError(cause, request=request) from None
        longest = timeout[1] if isinstance(timeout, tuple) else timeout
        if longest is not None and answer.seconds > longest:
            raise requests.ReadTimeout("the emulator took too long", request=request)
        return _response(request, answer)

    def close(self) -> None:
        """Nothing is kept open."""


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


def _response(request: requests.PreparedRequest, answer: Exchange) -> requests.Response:
    # An adapter of requests' own builds its responses from urllib3's, as this does.
    raw = HTTPResponse(
        body=BytesIO(answer.body),
        headers=HTTPHeaderDict(answer.headers),
        status=answer.status,
        reason=answer.reason,
        preload_content=False,
        request_method=request.method,
    )
    response = requests.Response()
    response.status_code, response.reason = answer.status, answer.reason
    response.headers.update(dict(answer.headers))
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.raw, response.url, response.request = raw, str(request.url), request
    return response
