from __future__ import annotations

import base64
import io
import os
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import Invalid, NotFound

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg=="
)


@pytest.fixture
def lead(crm: Client) -> str:
    return crm.records.create_one("Leads", {"Last_Name": "Files", "Company": "Acme"}).id


def make_pipe(content: bytes) -> Any:
    class Pipe(io.RawIOBase):
        source = io.BytesIO(content)

        def read(self, size: int = -1) -> bytes:
            return self.source.read(size)

    return Pipe()


@pytest.mark.parametrize("name", ["报价 & co.pdf", 'quo"te.txt', "semi;colon.bin", "plain.txt"])
@pytest.mark.parametrize("kind", ["bytes", "file", "stream"])
def test_attachment_download_equals_upload(
    crm: Client, lead: str, name: str, kind: str, tmp_path: Path
) -> None:
    content = os.urandom(300_000)
    (tmp_path / "source").write_bytes(content)
    with (tmp_path / "source").open("rb") as file:
        source = {"bytes": content, "file": file, "stream": make_pipe(content)}[kind]
        made = crm.attachments.upload("Leads", lead, (name, source))
    downloaded = crm.attachments.download("Leads", lead, made.id)
    if kind == "bytes":
        assert downloaded.read() == content
    else:
        saved = downloaded.save(tmp_path)
        assert saved is not None
        assert saved.read_bytes() == content
    if '"' not in name:  # a quote is written as browsers do, %22
        assert downloaded.filename == name
    (row,) = crm.attachments.list("Leads", lead)
    assert row["id"] == made.id
    assert int(row["Size"]) == len(content)


def test_attachments_are_deleted(crm: Client, lead: str) -> None:
    ids = [crm.attachments.upload("Leads", lead, (f"{n}.txt", b"x")).id for n in range(3)]
    assert crm.attachments.delete_one("Leads", lead, ids[0]).ok
    assert crm.attachments.delete("Leads", lead, ids[1:]).raise_for_failures().ids == ids[1:]
    assert not crm.attachments.list("Leads", lead)
    with pytest.raises((Invalid, NotFound)):
        crm.attachments.download("Leads", lead, ids[0])


def test_a_link_is_attached_and_cannot_be_downloaded(crm: Client, lead: str) -> None:
    made = crm.attachments.link("Leads", lead, "https://acme.example/a?b=c&d=é", title="T & x")
    (row,) = crm.attachments.list("Leads", lead)
    assert row["id"] == made.id
    with pytest.raises(Invalid):
        crm.attachments.download("Leads", lead, made.id)


def test_photo_is_uploaded_downloaded_and_deleted(crm: Client, lead: str) -> None:
    with pytest.raises(NotFound):
        crm.photos.download("Leads", lead)
    assert crm.photos.upload("Leads", lead, ("me.png", PNG)).ok
    assert crm.photos.download("Leads", lead).read() == PNG
    assert crm.photos.delete("Leads", lead).ok
    with pytest.raises(NotFound):
        crm.photos.download("Leads", lead)
