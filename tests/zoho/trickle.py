"""A server that sends its answer byte by byte, for as long as it is listened to."""

from __future__ import annotations

import contextlib
import socketserver
import threading
import time
from collections.abc import Iterator
from typing import Any

PAUSE = 0.05
"""Seconds between two bytes."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
SOON = 60.0
"""Seconds: far less than an endless response takes, on a machine however busy."""

ENDLESS = {"headers": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000, "body": HEAD + b" " * 10_000}


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        self.request.recv(10_000)
        with contextlib.suppress(OSError):
            self.wfile.write(self.server.at_once)
            for byte in self.server.slowly:
                time.sleep(PAUSE)
                self.wfile.write(bytes([byte]))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    at_once = b""
    slowly = b""
    connections = 0

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)


@contextlib.contextmanager
def trickling(slowly: bytes, at_once: bytes = b"", connections: int | None = None) -> Iterator[str]:
    """Give the URL of a server that sends `at_once`, and then `slowly` byte by byte.

    If `connections` are given, so many must have been made in the end.
    """
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.at_once, server.slowly = at_once, slowly
        threading.Thread(target=server.serve_forever, args=(0.002,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        assert connections in (None, server.connections)
