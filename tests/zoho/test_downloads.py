from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.zoho.errors import Invalid, NotFound, Unreachable
from django_zcrm.zoho.http.downloads import Download
from django_zcrm.zoho.http.messages import Headers, ZohoResponse
from tests.zoho.fakes import client, make_response, refusal

WHOLE = bytes(range(256)) * 1000


class Source:
    """A streamed response in 1,000-byte pieces that may break off; counts how often it was
    closed.
    """

    def __init__(
        self,
        content: bytes = WHOLE,
        breaks_at: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.closed = 0
        self.content = content
        self.breaks_at = breaks_at
        names = {"content-disposition": 'attachment; filename="../a b.pdf"', **(headers or {})}
        self.download = Download(
            ZohoResponse(200, Headers(names), chunks=self._chunks, close=self._close)
        )

    def _chunks(self, size: int) -> Iterator[bytes]:
        for start in range(0, len(self.content), 1000):
            if self.breaks_at is not None and start >= self.breaks_at:
                raise Unreachable("broke")
            yield self.content[start : start + 1000]
            yield b""  # as decoding may produce

    def _close(self) -> None:
        self.closed += 1


def test_read_returns_the_whole_body() -> None:
    source = Source()
    assert source.download.read() == WHOLE
    assert source.closed
    assert source.download.read() == b""
    assert source.download.read(10) == b""


@pytest.mark.parametrize("size", [1, 7, 999, 1000, 1001, 65_536, len(WHOLE), len(WHOLE) + 1])
def test_read_with_a_size_returns_pieces(size: int) -> None:
    content = WHOLE[:5000] if size == 1 else WHOLE
    source = Source(content)
    pieces = list(iter(lambda: source.download.read(size), b""))
    assert b"".join(pieces) == content
    assert {len(piece) for piece in pieces[:-1]} <= {size}
    assert source.closed


def test_reading_nothing_is_not_the_end() -> None:
    download = Source().download
    assert download.read(0) == b""
    assert download.read(3) == WHOLE[:3]
    assert download.read(0) == b""
    assert b"".join(download) == WHOLE[3:]


def test_iteration_continues_after_read() -> None:
    download = Source().download
    assert download.read(1500) == WHOLE[:1500]
    chunks = iter(download)
    assert next(chunks) == WHOLE[1500:2000]
    assert next(download.chunks(10)) == WHOLE[2000:3000]
    assert download.read() == WHOLE[3000:]


def test_reading_a_large_file_in_large_pieces_takes_linear_time() -> None:
    download = Source(bytes(30_000_000)).download
    assert len(download.read(20_000_000)) == 20_000_000
    assert len(download.read()) == 10_000_000


def test_reading_after_closing_is_no_end() -> None:
    for read in (
        Download.read,
        lambda download: list(download),
        lambda download: download.read(10),
        lambda download: download.read(0),
    ):
        source = Source()
        with source.download as download:
            download.read(900)  # of a piece of 1,000 bytes
        with pytest.raises(ValueError, match="closed"):
            read(download)


def test_leaving_a_block_gives_the_connection_back() -> None:
    source = Source()
    with source.download as download:
        download.read(10)
    assert source.closed == 1


@pytest.mark.parametrize(
    ("headers", "size"),
    [
        ({"content-length": "12"}, 12),
        ({"content-length": "12", "content-encoding": "gzip"}, None),
        ({}, None),
        ({"content-length": "x"}, None),
    ],
)
def test_download_reads_name_and_size_from_headers(
    headers: dict[str, str], size: int | None
) -> None:
    download = Source(headers={**headers, "content-type": "application/pdf; a=b"}).download
    assert (download.size, download.content_type, download.filename) == (
        size,
        "application/pdf",
        "a b.pdf",
    )
    assert repr(download) == "<Download 'a b.pdf'>"


def test_saving_to_a_path_a_folder_and_a_file(tmp_path: Path) -> None:
    target = tmp_path / "x.bin"
    target.write_bytes(b"old")
    assert Source().download.save(str(target)) == target
    assert target.read_bytes() == WHOLE
    assert Source().download.save(tmp_path) == tmp_path / "a b.pdf"
    assert (tmp_path / "a b.pdf").read_bytes() == WHOLE
    nameless = Source(headers={"content-disposition": "attachment; filename=.."}).download
    assert nameless.save(tmp_path) == tmp_path / "download"
    buffer = io.BytesIO()
    source = Source()
    assert source.download.save(buffer) is None
    assert buffer.getvalue() == WHOLE
    assert source.closed
    assert sorted(os.listdir(tmp_path)) == ["a b.pdf", "download", "x.bin"]


def test_a_download_that_breaks_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "x.bin"
    target.write_bytes(b"old")
    source = Source(breaks_at=10_000)
    with pytest.raises(Unreachable):
        source.download.save(target)
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["x.bin"]
    assert source.closed


def test_a_folder_that_is_missing_still_gives_the_connection_back(tmp_path: Path) -> None:
    source = Source()
    with pytest.raises(FileNotFoundError):
        source.download.save(tmp_path / "missing" / "x.bin")
    assert source.closed


def test_two_can_save_to_the_same_target(tmp_path: Path) -> None:
    first, second = Source(), Source(WHOLE[::-1])
    target = tmp_path / "x.bin"
    pieces = iter(first.download)
    next(pieces)  # the first is under way while the second starts and ends
    second.download.save(target)
    assert target.read_bytes() == WHOLE[::-1]
    first.download.save(target)
    assert target.read_bytes() == WHOLE[1000:]


def test_saving_to_a_storage() -> None:
    class Storage:
        def save(self, name: str, content: Any) -> str:
            content.seek(0)
            self.content = content.read()
            return f"kept/{name}"

    storage = Storage()
    assert Source().download.save_to(storage) == "kept/a b.pdf"
    assert storage.content == WHOLE
    assert Source().download.save_to(storage, "other.pdf") == "kept/other.pdf"
    storage.content = b""
    with pytest.raises(Unreachable):
        Source(breaks_at=10_000).download.save_to(storage)
    assert storage.content == b""


def test_a_body_that_was_read_at_once_is_a_download_too() -> None:
    download = Download(ZohoResponse(200, content=b"abc"))
    assert download.read(2) + download.read() == b"abc"


def test_downloads_of_a_client() -> None:
    crm, transport = client(
        make_response(b"PNG", content_disposition="attachment; filename=a.png"),
        make_response(None, 204),
        refusal("INVALID_DATA"),
        refusal("DOWNLOAD_NOT_ALLOWED"),
    )
    photo = crm.photos.download("Leads", "1")
    assert (photo.read(), photo.filename) == (b"PNG", "a.png")
    assert transport.last.stream
    with pytest.raises(NotFound):
        crm.photos.download("Leads", "1")
    with pytest.raises(Invalid):
        crm.photos.download("Leads", "1")
    with pytest.raises(Invalid):
        crm.attachments.download("Leads", "1", "2")


def test_a_download_can_be_uploaded_again_unread() -> None:
    source = Source()
    crm, transport = client(make_response({"data": [{"code": "SUCCESS", "details": {"id": "1"}}]}))
    crm.attachments.upload("Leads", "1", (source.download.filename, source.download))  # type: ignore[arg-type]
    (part,) = transport.last.files
    assert (part.filename, part.replayable) == ("a b.pdf", False)
