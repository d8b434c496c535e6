from __future__ import annotations

import email.parser
import email.policy
import io
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import Unauthenticated
from django_zcrm.zoho.http.messages import FilePart
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from django_zcrm.zoho.http.transports.multipart import MultipartStream
from tests.zoho.fakes import FakeTokens, session
from tests.zoho.server import Connection, Got, Server, as_json

UPLOADED = as_json({"data": [{"code": "SUCCESS", "details": {"id": "1"}, "status": "success"}]})


@pytest.fixture
def crm(server: Server) -> Iterator[Client]:
    transport = RequestsTransport("django-zcrm/test")
    server.answer = lambda got: UPLOADED
    yield Client(session(transport, tokens=FakeTokens(server.url), timeout=(5, 5)))
    transport.close()


def parts(got: Got) -> list[tuple[str, str | None, str | None, bytes]]:
    """Parse the body as web servers do: name, file name, type and bytes of each part."""
    kind = got.header("Content-Type") or ""
    head = f"Content-Type: {kind}\r\nMIME-Version: 1.0\r\n\r\n".encode()
    parsed = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + got.body)
    assert not parsed.defects
    parts: list[Any] = []
    for part in parsed.iter_parts():
        params = part["Content-Disposition"].params
        content = part.get_payload(decode=True)
        parts.append((params["name"], params.get("filename"), part["Content-Type"], content))
    return parts


def disposition(got: Got) -> bytes:
    return next(line for line in got.body.split(b"\r\n") if b"filename=" in line)


def test_bytes_and_open_files(crm: Client, server: Server, tmp_path: Path) -> None:
    path = tmp_path / "a b.pdf"
    path.write_bytes(b"\x00\xff\r\n--x\r\n")
    with path.open("rb") as file:
        crm.attachments.upload("Leads", "1", file)
        assert not file.closed
    first = server.last
    crm.attachments.upload("Leads", "1", ("a b.pdf", path.read_bytes()))
    for got in (first, server.last):
        assert got.header("Content-Length") == str(len(got.body))
        assert got.header("Transfer-Encoding") is None
        assert parts(got) == [("file", "a b.pdf", "application/pdf", b"\x00\xff\r\n--x\r\n")]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("报价 é.pdf", '"报价 é.pdf"'),
        ('quo"te.pdf', '"quo%22te.pdf"'),
        ("a\r\nX-Evil: 1\r\n\r\nb.pdf", '"a%0D%0AX-Evil: 1%0D%0A%0D%0Ab.pdf"'),
        ("back\\slash.pdf", '"back\\slash.pdf"'),
        ("semi;colon=.pdf", '"semi;colon=.pdf"'),
        ("data:text/x\r\nX-Evil: 1,.pdf", '"data:text/x%0D%0AX-Evil: 1,.pdf"'),
    ],
)
def test_file_names_cannot_end_or_forge_a_header(
    crm: Client, server: Server, name: str, written: str
) -> None:
    crm.attachments.upload("Leads", "1", (name, b"x"))
    assert disposition(server.last) == (
        f'Content-Disposition: form-data; name="file"; filename={written}'.encode()
    )
    assert server.last.body.count(b"\r\n\r\n") == 1
    assert b"X-Evil: 1\r\n" not in server.last.body


def test_file_is_sent_from_current_position(crm: Client, server: Server) -> None:
    file = io.BytesIO(b"0123456789")
    file.seek(4)
    crm.attachments.upload("Leads", "1", ("a", file))
    assert parts(server.last)[0][3] == b"456789"


class Pipe(io.RawIOBase):
    """A stream that can only be read."""

    def __init__(self, content: bytes) -> None:
        self.left = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self.left.read(min(size, 7) if size >= 0 else size)


def test_stream_of_unknown_length_is_sent_chunked(crm: Client, server: Server) -> None:
    crm.attachments.upload("Leads", "1", ("a.bin", Pipe(b"x" * 100_000)))  # type: ignore[arg-type]
    assert server.last.header("Transfer-Encoding") == "chunked"
    assert server.last.header("Content-Length") is None
    assert parts(server.last)[0][3] == b"x" * 100_000


def test_file_that_grows_is_sent_with_its_first_length(crm: Client, server: Server) -> None:
    class Growing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            if size and len(self.getvalue()) == 1000:
                self.write(b"more")
                self.seek(1000)
            return data

    crm.attachments.upload("Leads", "1", ("a.log", Growing(b"x" * 1000)))
    assert parts(server.last)[0][3] == b"x" * 1000


def test_empty_file_is_sent(crm: Client, server: Server) -> None:
    crm.attachments.upload("Leads", "1", ("a.txt", b""))
    assert parts(server.last)[0][3] == b""
    crm.attachments.upload("Leads", "1", ("a.txt", io.BytesIO()))
    assert parts(server.last)[0][3] == b""


def test_fields_are_sent_with_files(crm: Client, server: Server) -> None:
    crm.request(
        "POST", "/x", data={"arguments": {"a": "é\r\n"}, "n": 1}, files={"inputFile": ("a", b"b")}
    )
    assert parts(server.last) == [
        ("arguments", None, None, '{"a":"é\\r\\n"}'.encode()),
        ("n", None, None, b"1"),
        ("inputFile", "a", "application/octet-stream", b"b"),
    ]


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_a_callers_content_type_cannot_take_the_boundary_away(
    crm: Client, server: Server, name: str
) -> None:
    crm.API.ATTACHMENTS.upload_file(
        module="Leads", id="1", x_file_content=("a", b"b"), headers={name: "multipart/form-data"}
    )
    assert parts(server.last)[0][3] == b"b"


@pytest.mark.slow
def test_a_large_file_takes_constant_memory(
    crm: Client, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = 64 * 1024 * 1024
    path = tmp_path / "large.bin"
    with path.open("wb") as sparse:
        sparse.truncate(size)
    # The server runs in this process: let it discard what it reads.
    received: list[int] = []
    setup = Connection.setup

    def discarding(self: Any) -> None:
        setup(self)
        self.rfile = Discarding(self.rfile, received)

    monkeypatch.setattr(Connection, "setup", discarding)
    with path.open("rb") as file:
        crm.attachments.upload("Leads", "1", ("warm up", b"x"))
        tracemalloc.start()
        try:
            crm.attachments.upload("Leads", "1", file)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert sum(received) > size
    assert peak < 2 * 1024 * 1024


class Discarding:
    """A socket file that discards bodies and records how large they were."""

    def __init__(self, file: Any, received: list[int]) -> None:
        self.file = file
        self.received = received

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def read(self, length: int) -> bytes:
        left = length
        while left:
            left -= len(self.file.read(min(left, 65_536)))
        self.received.append(length)
        return b""


@pytest.mark.parametrize("seekable", [True, False])
def test_a_replay_after_a_dead_token_sends_the_whole_file_again_or_nothing(
    crm: Client, server: Server, seekable: bool
) -> None:
    dead = as_json({"code": "INVALID_TOKEN", "status": "error"}, 401)
    server.script(dead, UPLOADED)
    file: Any = io.BytesIO(b"x" * 100_000) if seekable else Pipe(b"x" * 100_000)
    if seekable:
        assert crm.attachments.upload("Leads", "1", ("a", file)).id == "1"
        assert [parts(got)[0][3] for got in server.got] == [b"x" * 100_000] * 2
        assert server.last.header("Authorization") == "Zoho-oauthtoken token-2"
    else:
        with pytest.raises(Unauthenticated):
            crm.attachments.upload("Leads", "1", ("a", file))
        assert len(server.got) == 1


def test_reading_in_any_size_gives_the_same() -> None:
    def make() -> MultipartStream:
        return MultipartStream([("a", "ü")], [FilePart("f", "n", b"0123" * 100)])

    whole = make()
    length = whole.len
    content = whole.read()
    assert len(content) == length
    boundary = whole.content_type.rpartition("=")[2].encode()
    for size in (1, 7, 1000):
        stream = make()
        pieces = list(iter(lambda: stream.read(size), b""))  # noqa: B023
        other = stream.content_type.rpartition("=")[2].encode()
        assert b"".join(pieces).replace(other, boundary) == content
    assert b"".join(make()).count(b"0123" * 100) == 1


def test_boundaries_cannot_be_guessed() -> None:
    assert len({MultipartStream([], []).content_type for _ in range(100)}) == 100


def test_django_uploads_are_sent(crm: Client, server: Server) -> None:
    """A file object that has `.name`, `.read()`, `.seek()` and `.tell()`, and no mode."""

    class Uploaded:
        name = "报价.pdf"

        def __init__(self) -> None:
            self.file = io.BytesIO(b"pdf")

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    crm.attachments.upload("Leads", "1", Uploaded())  # type: ignore[arg-type]
    assert '"报价.pdf"'.encode() in disposition(server.last)
    assert server.last.header("Content-Length")
