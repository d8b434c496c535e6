"""A client's server that callbacks are really sent to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """A request with its headers and its text."""

    method: str
    path: str
    headers: dict[str, str]
    text: str


class Receiver:
    """Records what it receives, and responds with `status` (and `location`)."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.requests: list[Received] = []
        self.status = 200
        self.location = ""
        self.arrived = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def handle_request(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
                headers = dict(self.headers.items())
                receiver.requests.append(Received(self.command, self.path, headers, text))
                if "json" in headers.get("Content-Type", ""):
                    receiver.bodies.append(json.loads(text))
                receiver.arrived.set()
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.end_headers()

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?secret=s%201"


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens while the block runs."""
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        thread.join()
        receiver.server.server_close()
