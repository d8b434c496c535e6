"""Saving a download: into a folder under a harmless and unused name, or not at all."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_zcrm.zoho.aio.results import AsyncDownload
from django_zcrm.zoho.errors import Unreachable
from django_zcrm.zoho.http.downloads import Download
from django_zcrm.zoho.http.filenames import MAX_NAME_BYTES, number_names, sanitize
from django_zcrm.zoho.http.messages import Headers, ZohoResponse

Save = Callable[..., Path]


def make_header(name: str) -> dict[str, str]:
    """The header with a name as Zoho sends it: raw UTF-8."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return {
        "content-disposition": f'attachment; filename="{quoted}"'.encode().decode("latin-1"),
    }


def blocking(path: Any, name: str, content: bytes = b"new", *, breaks: bool = False) -> Any:
    def chunks(size: int) -> Any:
        yield content
        if breaks:
            raise Unreachable("broke")

    return Download(ZohoResponse(200, Headers(make_header(name)), chunks=chunks)).save(path)


def asynchronous(path: Any, name: str, content: bytes = b"new", *, breaks: bool = False) -> Any:
    async def stream() -> AsyncIterator[bytes]:
        yield content
        if breaks:
            raise Unreachable("broke")

    async def save() -> Path:
        response = ZohoResponse(200, Headers(make_header(name)), stream=stream)
        return await AsyncDownload(Download(response)).save(path)

    return asyncio.run(save())


both = pytest.mark.parametrize("save", [blocking, asynchronous])


@both
def test_nothing_in_a_folder_is_overwritten(save: Save, tmp_path: Path) -> None:
    (tmp_path / "offer.tar.gz").write_bytes(b"old")
    names = [save(tmp_path, "offer.tar.gz", b"%d" % n).name for n in range(3)]
    assert names == ["offer.tar (1).gz", "offer.tar (2).gz", "offer.tar (3).gz"]
    assert (tmp_path / "offer.tar.gz").read_bytes() == b"old"
    assert [(tmp_path / name).read_bytes() for name in names] == [b"0", b"1", b"2"]
    assert len(os.listdir(tmp_path)) == 4


@both
def test_a_path_that_names_the_file_is_replaced(save: Save, tmp_path: Path) -> None:
    target = tmp_path / ".profile"
    target.write_bytes(b"old")
    assert save(target, "x") == target
    assert target.read_bytes() == b"new"


@both
def test_a_link_in_a_folder_is_not_followed(save: Save, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"old")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").symlink_to(outside)
    (folder / "b.txt").symlink_to(tmp_path / "missing")
    assert save(folder, "a.txt").name == "a (1).txt"
    assert save(folder, "b.txt").name == "b (1).txt"
    assert outside.read_bytes() == b"old"
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        (".bashrc", "bashrc"),
        ("...hidden.txt", "hidden.txt"),
        (". .x", "x"),
        ("~root", "_root"),
        ("-rf", "_rf"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Com1.tar.gz", "_Com1.tar.gz"),
        ("lpt9 .txt", "_lpt9.txt"),
        ("COM¹", "_COM¹"),
        ("console.txt", "console.txt"),
        ('a<b>c:d"e|f?g*h', "a_b_c_d_e_f_g_h"),
        ("C:evil.exe", "C_evil.exe"),
        ("a.txt:stream", "a.txt_stream"),
        ("trailing. . ", "trailing"),
        ("..", "download"),
        (".", "download"),
        ("", "download"),
        ("   ", "download"),
        ("...", "download"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("\u202egpj.exe", "gpj.exe"),
        ("报价 2026.pdf", "报价 2026.pdf"),
        ("a & b; c'd (1).pdf", "a & b; c'd (1).pdf"),
    ],
)
@both
def test_a_name_is_harmless(save: Save, name: str, saved: str, tmp_path: Path) -> None:
    path = save(tmp_path, name)
    assert path.name == saved
    assert path.parent == tmp_path
    assert os.listdir(tmp_path) == [saved]


@pytest.mark.parametrize(
    "name", ["n" * 300 + ".pdf", "名" * 200 + ".pdf", "x." + "e" * 400, "é" * 255, "n" * 255]
)
@both
def test_a_long_name_is_cut_and_keeps_its_suffix(save: Save, name: str, tmp_path: Path) -> None:
    paths = [save(tmp_path, name) for _ in range(3)]
    for path in paths:
        assert len(os.fsencode(path.name)) <= MAX_NAME_BYTES
        assert path.read_bytes() == b"new"
        if name.endswith(".pdf"):
            assert path.suffix == ".pdf"
    assert len(set(paths)) == 3
    assert len(os.fsencode(paths[0].name)) > MAX_NAME_BYTES - 4


@both
def test_sixteen_at_once_get_a_file_each(save: Save, tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        paths = list(pool.map(lambda n: save(tmp_path, "a.txt", b"%d" % n), range(16)))
    assert sorted(path.read_bytes() for path in paths) == sorted(b"%d" % n for n in range(16))
    assert len(set(paths)) == len(os.listdir(tmp_path)) == 16


@both
def test_a_download_that_breaks_leaves_nothing_in_a_folder(save: Save, tmp_path: Path) -> None:
    with pytest.raises(Unreachable):
        save(tmp_path, "a.txt", breaks=True)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("missing/x.bin", FileNotFoundError),
        ("missing/", FileNotFoundError),
        ("file/x.bin", NotADirectoryError),
        ("n" * 300, OSError),
    ],
)
@both
def test_an_error_names_the_path_that_was_asked_for(
    save: Save, path: str, kind: type[OSError], tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"old")
    target = f"{tmp_path}/{path}"
    with pytest.raises(kind) as caught:
        save(target, "x")
    assert caught.value.filename.rstrip("/") == target.rstrip("/")
    assert ".part" not in str(caught.value)
    assert os.listdir(tmp_path) == ["file"]


@both
def test_a_folder_without_permission_is_named(
    save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, mode: str) -> None:  # root may write anywhere
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PermissionError) as caught:
        save(tmp_path, "x")
    assert caught.value.filename == str(tmp_path / "x")


def test_a_storage_gets_a_harmless_name_too() -> None:
    class Storage:
        def save(self, name: str, content: Any) -> str:
            return name

    for name, saved in ((".htaccess", "htaccess"), ("CON", "_CON"), ("..", "download")):
        file = Download(
            ZohoResponse(200, Headers(make_header(name)), chunks=lambda size: iter([b"x"]))
        )
        assert file.save_to(Storage()) == saved
    file = Download(ZohoResponse(200, Headers(make_header("a")), chunks=lambda size: iter([b"x"])))
    assert file.save_to(Storage(), ".well-known/x") == ".well-known/x"


@pytest.mark.slow
@given(st.text(max_size=400))
def test_any_name_becomes_a_harmless_one(name: str) -> None:
    safe = sanitize(name)
    assert safe
    assert safe not in {".", ".."}
    assert safe[0] not in ".~- "
    assert not set(safe) & set('/\\<>:"|?*\0\r\n')
    assert len(safe.encode("utf-8", "surrogatepass")) <= MAX_NAME_BYTES
    assert sanitize(safe) == safe
    tries = number_names(safe)
    first, second, third = next(tries), next(tries), next(tries)
    assert first == safe
    assert len({first, second, third}) == 3
    assert len(third.encode("utf-8", "surrogatepass")) <= MAX_NAME_BYTES
