"""A small threaded HTTP/1.1 server with keep-alive and chunked bodies, for one WSGI callable.

Werkzeug's own server closes the connection after every request.
"""

from __future__ import annotations

import contextlib
import io
import re
import socket
import socketserver
import sys
import time
import traceback
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

MAX_LINE = 65_536
MAX_HEADERS = 200
MAX_LENGTH_DIGITS = 18
IDLE_SECONDS = 300
_CHUNK_LENGTH = re.compile(rb"[0-9a-fA-F]{1,16}")
_WITHOUT_BODY = ("1", "204", "304")


class BadRequest(Exception):
    """The data received is not HTTP."""


class EmulatorServer(socketserver.ThreadingTCPServer):
    """Serves ``app`` on ``host:port`` (0: any free port); ``url`` is the full address."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 0) -> None:
        self.app = app
        self._open: set[socket.socket] = set()
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), ClientConnection)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        name = f"[{host!s}]" if ":" in str(host) else str(host)
        return f"http://{name}:{port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Stop listening, and end connections that clients keep alive."""
        super().server_close()
        for request in list(self._open):
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect; show anything else."""
        if not isinstance(sys.exception(), OSError):
            traceback.print_exc()


class ClientConnection(socketserver.StreamRequestHandler):
    """One client's connection: serves requests until either side closes it."""

    server: EmulatorServer
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    rbufsize = 65_536

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError):
            while self._handle_one():
                pass

    def _handle_one(self) -> bool:
        """Handle one request; return whether the connection stays open."""
        line = self.rfile.readline(MAX_LINE + 1)
        if line in (b"\r\n", b"\n"):
            line = self.rfile.readline(MAX_LINE + 1)
        if not line:
            return False
        try:
            environ = self._environ(line)
        except BadRequest:
            self.wfile.write(
                b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            return False
        if environ.get("HTTP_EXPECT", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self._respond(environ)

    def _environ(self, request_line: bytes) -> dict[str, Any]:
        words = request_line.decode("latin1").split()
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            raise BadRequest
        method, target, protocol = words
        if not target.startswith("/"):
            # An absolute target, as in requests to a proxy.
            target = "/" + target.partition("://")[2].partition("/")[2]
        path, _, query = target.partition("?")
        host, port = self.server.server_address[:2]
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin1"),
            "QUERY_STRING": query,
            "SERVER_NAME": str(host),
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": protocol,
            "REMOTE_ADDR": str(self.client_address[0]),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        self._read_headers(environ)
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            environ["wsgi.input"] = ChunkedBody(self.rfile)
            environ["wsgi.input_terminated"] = True
        else:
            environ["wsgi.input"] = SizedBody(self.rfile, environ.get("CONTENT_LENGTH") or "0")
        return environ

    def _read_headers(self, environ: dict[str, Any]) -> None:
        for _ in range(MAX_HEADERS):
            line = self.rfile.readline(MAX_LINE + 1)
            if line in (b"\r\n", b"\n"):
                return
            name, colon, value = line.decode("latin1").partition(":")
            if not colon:
                raise BadRequest
            if "_" in name:
                continue  # in an environ it would look like another header
            key = name.strip().upper().replace("-", "_")
            if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                key = f"HTTP_{key}"
            value = value.strip()
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        raise BadRequest

    def _respond(self, environ: dict[str, Any]) -> bool:
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            started[:] = [status, headers]

        try:
            body = self.server.app(environ, start_response)
        except OSError:
            return False
        status, headers = started
        environ["wsgi.input"].drain()
        keep = _keeps_alive(environ)
        is_sized = any(name.lower() == "content-length" for name, _ in headers)
        bodiless = environ["REQUEST_METHOD"] == "HEAD" or status.startswith(_WITHOUT_BODY)
        chunked = not (is_sized or bodiless) and environ["SERVER_PROTOCOL"] == "HTTP/1.1"
        if chunked:
            headers = [*headers, ("Transfer-Encoding", "chunked")]
        elif not is_sized and not bodiless:
            keep = False
        try:
            self._send(status, headers, () if bodiless else body, keep=keep, chunked=chunked)
        finally:
            if hasattr(body, "close"):
                body.close()
        return keep

    def _send(
        self,
        status: str,
        headers: list[tuple[str, str]],
        body: Iterable[bytes],
        *,
        keep: bool,
        chunked: bool,
    ) -> None:
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
        if not any(name.lower() == "date" for name, _ in headers):
            lines.append(f"Date: {_date(int(time.time()))}")  # required of servers with a clock
        if not keep:
            lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin1")
        for chunk in body:
            if chunked and chunk:
                chunk = b"%x\r\n%b\r\n" % (len(chunk), chunk)
            self.wfile.write(head + chunk)
            head = b""
        if head or chunked:
            self.wfile.write(head + (b"0\r\n\r\n" if chunked else b""))


@lru_cache(maxsize=1)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _keeps_alive(environ: dict[str, Any]) -> bool:
    connection: str = environ.get("HTTP_CONNECTION", "").lower()
    if environ["SERVER_PROTOCOL"] == "HTTP/1.0":
        return connection == "keep-alive"
    return connection != "close"


class RequestBody(io.RawIOBase):
    """The body of a request, read from its connection and not beyond its end."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def _read_exactly(self, buffer: memoryview) -> int:
        size: int = self._connection.readinto(buffer)
        if size < len(buffer):
            raise ConnectionResetError("the client left in the middle of a body")
        return size

    def drain(self) -> None:
        """Discard the unread rest, so that the next request is found."""
        while self.read(MAX_LINE):
            pass


class SizedBody(RequestBody):
    """A request body of known length."""

    def __init__(self, connection: Any, length: str) -> None:
        super().__init__(connection)
        if not length.isascii() or not length.isdigit() or len(length) > MAX_LENGTH_DIGITS:
            raise BadRequest
        self._bytes_left = int(length)

    def readinto(self, buffer: Any) -> int:
        size = self._read_exactly(memoryview(buffer)[: self._bytes_left])
        self._bytes_left -= size
        return size


class ChunkedBody(RequestBody):
    """A chunked request body."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._left_in_chunk = 0
        self._has_ended = False

    def readinto(self, buffer: Any) -> int:
        if not self._left_in_chunk and not self._has_ended:
            self._begin_chunk()
        size = self._read_exactly(memoryview(buffer)[: self._left_in_chunk])
        self._left_in_chunk -= size
        if size and not self._left_in_chunk:
            self._connection.readline(MAX_LINE)
        return size

    def _begin_chunk(self) -> None:
        length = self._connection.readline(MAX_LINE).partition(b";")[0]
        if not _CHUNK_LENGTH.fullmatch(length.strip()):
            raise ConnectionResetError("a chunk without a length")
        self._left_in_chunk = int(length, 16)
        if not self._left_in_chunk:
            self._has_ended = True
            while self._connection.readline(MAX_LINE) not in (b"\r\n", b"\n", b""):
                pass
