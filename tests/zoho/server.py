"""A tiny HTTP/1.1 server that records requests byte for byte, and responds as a test defines."""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Got:
    """One request as received; `connection` numbers the TCP connections from 1."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True, strict_parsing=False)

    def header(self, name: str) -> str | None:
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def header_names(self) -> set[str]:
        return {name.lower() for name, _ in self.headers}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """A response. `cut` sends that much of the body and then drops the connection."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    chunked: bool = False
    cut: int | None = None
    close: bool = False


PATIENCE = 10.0
"""Seconds: more than anything here takes, on a machine however busy."""

DROP = Reply(status=0)
"""Close the connection without an answer."""


def as_json(value: Any, status: int = 200, **headers: str) -> Reply:
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    kind = {"Content-Type": "application/json;charset=utf-8"}
    return Reply(status, json.dumps(value).encode(), {**kind, **names})


Answerer = Callable[[Got], Reply]


class Server(socketserver.ThreadingTCPServer):
    """Answers with `answer`, a function of the request; records all requests in `got`."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.got: list[Got] = []
        self.answer: Answerer = lambda got: as_json({})
        self.connections = 0
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def script(self, *responses: Reply) -> None:
        """Answer with these responses in order, repeating the last."""
        left = list(responses)
        self.answer = lambda got: left.pop(0) if len(left) > 1 else left[0]

    @property
    def last(self) -> Got:
        return self.got[-1]

    def wait_for_requests(self, count: int) -> None:
        """Wait until so many have arrived: who gave up early may be quicker than this server."""
        ends = time.monotonic() + PATIENCE
        while len(self.got) < count:
            assert time.monotonic() < ends, f"{len(self.got)} of {count} requests came"
            time.sleep(0.001)


def too_late(got: Got | None = None) -> Reply:
    """Answer when nobody listens any more."""
    time.sleep(PATIENCE)
    return as_json({})


class Connection(socketserver.StreamRequestHandler):
    server: Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with self.server.lock:
            self.server.connections += 1
            number = self.server.connections
        with contextlib.suppress(ConnectionError, ValueError):
            while self._one(number):
                pass

    def _one(self, number: int) -> bool:
        line = self.rfile.readline()
        if not line:
            return False
        method, target, _ = line.decode("latin-1").split()
        headers: list[tuple[str, str]] = []
        while (line := self.rfile.readline()).strip():
            name, _, value = line.decode("latin-1").rstrip("\r\n").partition(": ")
            headers.append((name, value))
        named = {name.lower(): value for name, value in headers}
        if named.get("transfer-encoding") == "chunked":
            body = b"".join(self._chunks())
        else:
            body = self.rfile.read(int(named.get("content-length", 0)))
        got = Got(method, target, headers, body, number)
        with self.server.lock:
            self.server.got.append(got)
        return self._send(self.server.answer(got))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _send(self, response: Reply) -> bool:
        if not response.status:
            self.request.shutdown(socket.SHUT_RDWR)
            return False
        headers = dict(response.headers)
        bodiless = response.status in {204, 304}
        if response.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif not bodiless:
            headers.setdefault("Content-Length", str(len(response.body)))
        if response.close:
            headers["Connection"] = "close"
        head = f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in headers.items()
        )
        body = response.body if response.cut is None else response.body[: response.cut]
        self.wfile.write(head.encode("latin-1") + b"\r\n")
        if response.chunked:
            size = max(1000, len(body) // 1000)
            for start in range(0, len(body), size):
                piece = body[start : start + size]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            if response.cut is None:
                self.wfile.write(b"0\r\n\r\n")
        elif not bodiless:
            self.wfile.write(body)
        return response.cut is None and not response.close


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.002,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def answering(response: bytes) -> Iterator[str]:
    """Listen, and send these bytes to any client."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(response)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(PATIENCE)
