"""Uploads of Django's files, and downloads into Django's storages."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, InMemoryStorage
from django.core.files.uploadedfile import (
    InMemoryUploadedFile,
    SimpleUploadedFile,
    TemporaryUploadedFile,
)

from django_zcrm.zoho.errors import Unreachable
from tests.zoho.fakes import client, make_response
from tests.zoho.test_downloads import WHOLE, Source

UPLOADED = {"data": [{"code": "SUCCESS", "details": {"id": "1"}, "status": "success"}]}


def in_memory() -> Any:
    return InMemoryUploadedFile(io.BytesIO(b"pdf"), "x", "报价 é.pdf", "text/x", 3, None)


def simple() -> Any:
    return SimpleUploadedFile("报价 é.pdf", b"pdf")


def temporary() -> Any:
    file = TemporaryUploadedFile("报价 é.pdf", "application/pdf", 3, None)
    file.write(b"pdf")
    file.seek(0)
    return file


def content() -> Any:
    return ContentFile(b"pdf", name="folder/报价 é.pdf")


@pytest.mark.parametrize("make", [in_memory, simple, temporary, content])
def test_uploads_of_all_kinds_go_out_under_their_names(make: Any) -> None:
    crm, transport = client(make_response(UPLOADED))
    file = make()
    crm.attachments.upload("Leads", "1", file)
    (part,) = transport.last.files
    assert (part.filename, part.replayable) == ("报价 é.pdf", True)
    assert part.content.read() == b"pdf"  # type: ignore[union-attr]
    file.close()
    other = make()
    crm.API.ATTACHMENTS.upload_file(module="Leads", id="1", x_file_content=other)
    assert transport.last.files[0].filename == "报价 é.pdf"
    other.close()


def test_stored_file_is_uploaded(tmp_path: Path) -> None:
    storage = FileSystemStorage(location=tmp_path)
    name = storage.save("folder/a.pdf", ContentFile(b"pdf"))
    crm, transport = client(make_response(UPLOADED))
    with storage.open(name) as file:
        crm.attachments.upload("Leads", "1", file)
        assert transport.last.files[0].filename == "a.pdf"
    with (tmp_path / name).open("rb") as opened:
        crm.attachments.upload("Leads", "1", File(opened, name="other.pdf"))
        assert transport.last.files[0].filename == "other.pdf"


def test_downloads_go_into_storages(tmp_path: Path) -> None:
    for storage in (FileSystemStorage(location=tmp_path), InMemoryStorage()):
        source = Source()
        name = source.download.save_to(storage)
        assert source.closed
        with storage.open(name) as file:
            assert file.read() == WHOLE
        second = Source().download.save_to(storage, "folder/b.pdf")
        assert second == "folder/b.pdf"
        assert storage.size(second) == len(WHOLE)


def test_download_with_taken_name_gets_number(tmp_path: Path) -> None:
    storage = FileSystemStorage(location=tmp_path)
    names = {Source().download.save_to(storage) for _ in range(3)}
    assert len(names) == 3


def test_broken_download_raises(tmp_path: Path) -> None:
    storage = FileSystemStorage(location=tmp_path)
    source = Source(breaks_at=100_000)
    with pytest.raises(Unreachable):
        source.download.save_to(storage)
    assert source.closed
    assert not list(tmp_path.iterdir())
