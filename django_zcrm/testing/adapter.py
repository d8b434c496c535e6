"""Lets transports and sessions of requests find the emulator in this process, without a socket."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import RemoteDisconnected
from io import BytesIO
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from django_zcrm.emulator import Emulator

from .wsgi import ConnectionDropped, exchange


class EmulatorSender:
    """Sends the requests of a `RequestsTransport` to `emulator`."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Any,
        timeout: tuple[float | None, float | None],
        operation: str,
    ) -> HTTPResponse:
        """Answer one request.

        Raises urllib3's errors of a socket: ProtocolError if a fault drops the connection,
        ReadTimeoutError if the response took longer than `timeout`.
        """
        try:
            answer = exchange(self.emulator, method, url, headers.items(), _body(body))
        except ConnectionDropped:
            cause = RemoteDisconnected("dropped by a fault")
            raise ProtocolError("Connection aborted.", cause) from None
        longest = timeout[1]
        if longest is not None and answer.seconds > longest:
            raise ReadTimeoutError(None, url, "the emulator took too long")  # type: ignore[arg-type]
        return HTTPResponse(
            body=BytesIO(answer.body),
            headers=HTTPHeaderDict(answer.headers),
            status=answer.status,
            reason=answer.reason,
            preload_content=False,
            request_method=method,
        )

    def close(self) -> None:
        """Nothing is kept open."""


class EmulatorAdapter(BaseAdapter):
    """Sends requests to `emulator`; mount it on a session under the emulator's address."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__()
        self._sender = EmulatorSender(emulator)

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

        Raises the errors of a socket: ConnectionError if a fault drops the connection, ReadTimeout
        if the response took longer than `timeout`.
        """
        method, url = str(request.method), str(request.url)
        timeouts = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        try:
            raw = self._sender.send(method, url, request.headers, request.body, timeouts, "")
        except ProtocolError as error:
            raise requests.ConnectionError(error, request=request) from None
        except ReadTimeoutError:
            raise requests.ReadTimeout("the emulator took too long", request=request) from None
        return _response(request, raw)

    def close(self) -> None:
        """Nothing is kept open."""


def _body(body: Any) -> bytes:
    """Return the body of a prepared request: bytes, text, a file, or an iterable of bytes."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    read = getattr(body, "read", None)
    return bytes(read() if read else b"".join(body))


def _response(request: requests.PreparedRequest, raw: HTTPResponse) -> requests.Response:
    # An adapter of requests' own builds its responses from urllib3's, as this does.
    response = requests.Response()
    response.status_code, response.reason = raw.status, raw.reason or ""
    response.headers.update(dict(raw.headers.iteritems()))
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.raw, response.url = raw, str(request.url)
    response.request = request
    return response
