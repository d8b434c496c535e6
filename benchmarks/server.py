"""A server in a process of its own that answers two URLs with bytes made beforehand.

It does as little as it can, so that the measured process is what is measured.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import socketserver
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

FIELDS = [f"Field_{number}" for number in range(40)]


def record(number: int) -> dict[str, Any]:
    """A record of some forty fields, as leads have them."""
    owner = {"name": "Jun Weber", "id": "3652397000000100286", "email": "jun@acme.example"}
    return {
        "id": f"36523970000001{number:05}",
        "Owner": owner,
        "Created_By": owner,
        "Created_Time": "2026-03-04T05:06:07+05:30",
        "Full_Name": "Müller 名前",
        "$approval_state": "approved",
        "Tag": [],
        **{name: f"value {number} of {name}" for name in FIELDS},
    }


def _answer(body: Any) -> bytes:
    content = json.dumps(body).encode()
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=utf-8\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


ONE = _answer({"data": [record(0)]})
PAGE = _answer(
    {
        "data": [record(number) for number in range(200)],
        "info": {"per_page": 200, "count": 200, "page": 1, "more_records": False},
    }
)


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        while line := self.rfile.readline():
            while self.rfile.readline() not in (b"\r\n", b""):
                pass
            self.wfile.write(ONE if b"/Leads/" in line else PAGE)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


def _serve(address: Connection) -> None:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        address.send(f"http://127.0.0.1:{server.server_address[1]}")
        server.serve_forever()


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Serve while the block runs; give the base URL."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(sender,), daemon=True)
    process.start()
    try:
        yield receiver.recv()
    finally:
        process.terminate()
        process.join()
