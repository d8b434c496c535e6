from __future__ import annotations

import gzip
import io
import os
import tempfile
import zipfile
from pathlib import Path

import pytest

from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.http.encoding import content_type, file_content


def test_files_of_all_kinds_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "报价 & co.pdf"
    path.write_bytes(b"0123")
    with path.open("rb") as file:
        file.read(1)
        assert file_content(file) == ("报价 & co.pdf", file, 1)
        assert file_content(("other.pdf", file))[0] == "other.pdf"
    for content in (b"ab", bytearray(b"ab"), memoryview(b"ab")):
        assert file_content(("a.txt", content)) == ("a.txt", b"ab", None)
    assert file_content(b"ab") == ("file", b"ab", None)
    assert file_content(("", b"ab"))[0] == "file"
    nameless = io.BytesIO(b"abc")
    assert file_content(nameless) == ("file", nameless, 0)
    named = io.BytesIO(b"abc")
    named.name = "../../etc/passwd"
    assert file_content(named)[0] == "passwd"


def test_pipe_has_no_position() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with open(reading, "rb") as pipe:
        assert file_content(("a", pipe)) == ("a", pipe, None)
        assert file_content(pipe)[0] == "file"  # since `pipe.name` is a number


def test_binary_files_whose_mode_does_not_say_so(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.gz", "wb") as file:
        file.write(b"abc")
    with gzip.open(tmp_path / "a.gz", "rb") as file:
        assert file_content(file)[0] == "a.gz"
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("inner.txt", "abc")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive, archive.open("inner.txt") as inner:
        assert file_content(inner)[0] == "inner.txt"
    with tempfile.TemporaryFile("w+b") as temporary:
        assert file_content(temporary)[2] == 0
    with tempfile.SpooledTemporaryFile() as spooled:
        assert file_content(("a", spooled))[2] == 0


def test_invalid_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("abc")
    closed = path.open("rb")
    closed.close()
    with (
        path.open() as as_text,
        path.open("ab") as for_writing,
        tempfile.TemporaryFile("w+") as tmp,
    ):
        for refused in (
            as_text,
            tmp,
            io.StringIO("abc"),
            ("a.txt", io.StringIO("abc")),
            closed,
            for_writing,
            str(path),
            path,
            None,
            5,
            ("a.txt", "text"),
            ("a.txt",),
            ("a.txt", b"", "text/plain"),
        ):
            with pytest.raises(ConfigurationError):
                file_content(refused)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.pdf", "application/pdf"),
        ("A.PNG", "image/png"),
        ("a", "application/octet-stream"),
        ("a.tar.gz", "application/octet-stream"),
        (".pdf", "application/octet-stream"),
        ("data:text/evil\r\nX-Evil: 1,a", "application/octet-stream"),
        ("http://[evil.pdf", "application/pdf"),
    ],
)
def test_content_type_follows_the_name(name: str, kind: str) -> None:
    assert content_type(name) == kind
