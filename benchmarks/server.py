"""A server in a separate process that answers Zoho's URLs with bytes made beforehand.

It does as little as it can, so that the measured process is what is measured.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import socketserver
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.certificate import write_certificate

FIELDS = [f"Field_{number}" for number in range(40)]
OWNER = {"name": "Jun Weber", "id": "3652397000000100286", "email": "jun@acme.example"}


def record(number: int) -> dict[str, Any]:
    """A record of some forty fields, as leads have them."""
    return {
        "id": f"36523970000001{number:05}",
        "Owner": OWNER,
        "Created_By": OWNER,
        "Created_Time": "2026-03-04T05:06:07+05:30",
        "Full_Name": "Müller 名前",
        "$approval_state": "approved",
        "Tag": [],
        **{name: f"value {number} of {name}" for name in FIELDS},
    }


def outcome(number: int) -> dict[str, Any]:
    """The outcome of one record that was written."""
    return {
        "code": "SUCCESS",
        "duplicate_field": None,
        "action": "insert",
        "details": {
            "Modified_Time": "2026-03-04T05:06:07+05:30",
            "Modified_By": OWNER,
            "Created_Time": "2026-03-04T05:06:07+05:30",
            "id": f"36523970000001{number:05}",
            "Created_By": OWNER,
            "$approval_state": "approved",
        },
        "message": "record added",
        "status": "success",
    }


def _answer(body: Any) -> bytes:
    content = json.dumps(body).encode()
    head = (
        "HTTP/1.1 200 OK\r\n"
        "Server: ZGS\r\n"
        "Date: Wed, 04 Mar 2026 05:06:07 GMT\r\n"
        "Content-Type: application/json;charset=utf-8\r\n"
        f"Content-Length: {len(content)}\r\n"
        "Connection: keep-alive\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Cache-Control: no-store, no-cache, must-revalidate, private\r\n\r\n"
    )
    return head.encode() + content


def _rows(count: int, fields: list[str] | None = None) -> bytes:
    rows = [record(number) for number in range(count)]
    if fields:
        rows = [{name: row[name] for name in ("id", *fields)} for row in rows]
    return _answer({"data": rows, "info": {"count": count, "page": 1, "more_records": False}})


ONE = _rows(1)
PAGE = _rows(200)
FOUND = _rows(20)
SELECTED = _rows(200, FIELDS[:5])
WRITTEN = _answer({"data": [outcome(number) for number in range(100)]})


def _answer_to(head: bytes) -> bytes:
    if not head.startswith(b"GET"):
        return SELECTED if b"/coql" in head else WRITTEN
    if b"/Leads/search" in head:
        return FOUND
    return ONE if b"/Leads/" in head or b"per_page=1&" in head or b"per_page=1 " in head else PAGE


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        while head := self.rfile.readline():
            size = 0
            while (line := self.rfile.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    size = int(line[15:])
            self.rfile.read(size)
            self.wfile.write(_answer_to(head))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


@dataclass(frozen=True)
class Addresses:
    """Where the server is, and the certificate that its TLS is verified with."""

    http: str
    https: str
    certificate: Path


def _serve(addresses: Connection, certificate: Path | None) -> None:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https" if certificate else "http"
        addresses.send(f"{scheme}://127.0.0.1:{server.server_address[1]}")
        server.serve_forever()


@contextlib.contextmanager
def _served(certificate: Path | None) -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(sender, certificate), daemon=True)
    process.start()
    try:
        yield receiver.recv()
    finally:
        process.terminate()
        process.join()


@contextlib.contextmanager
def serving() -> Iterator[Addresses]:
    """Serve while the block runs, over HTTP and over HTTPS."""
    with TemporaryDirectory() as directory:
        certificate = write_certificate(Path(directory) / "certificate.pem")
        with _served(None) as plain, _served(certificate) as secure:
            yield Addresses(plain, secure, certificate)
