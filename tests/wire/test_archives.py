"""Damaged and hostile files of bulk jobs: one error for all of them, and flat memory."""

from __future__ import annotations

import csv
import io
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.emulator.core.errors import Refusal
from django_zcrm.emulator.engine.archives import unpack
from django_zcrm.zoho.errors import UnreadableResponse
from django_zcrm.zoho.query.read import archives
from django_zcrm.zoho.query.read.archives import BoundedFile, ZippedCSV, reading_archive
from django_zcrm.zoho.query.read.exporting import ExportedCSV
from django_zcrm.zoho.query.write.bulk_csv import read_result

ROOT = Path(__file__).resolve().parents[2]
HEADER = "Last_Name,STATUS,RECORD_ID,ERRORS\n"
CASES = 500


def archive(text: str, method: int = zipfile.ZIP_DEFLATED, name: str = "1.csv") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        file.writestr(name, text)
    return out.getvalue()


def read_export(content: bytes) -> Any:
    exported = ExportedCSV("1", io.BytesIO(content), 400)
    exported.skip(5)
    return exported.rows(1_000)


def read_outcomes(content: bytes) -> Any:
    return read_result(io.BytesIO(content), "1", [("Name",)] * 400)


@pytest.mark.parametrize("read", [read_export, read_outcomes])
@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_corrupted_archives_raise_unreadable_response_only(
    read: Callable[[bytes], Any], method: int
) -> None:
    chance = random.Random(18)  # noqa: S311
    rows = "".join(f"{chance.random()},ADDED,{number},\n" for number in range(100))
    whole = archive(HEADER + rows, method)
    assert len(read(whole)) in (95, 100)
    errors: list[str] = []
    for _ in range(CASES):
        damaged = bytearray(whole)
        # Half of the damage is in the directory at the end.
        start = chance.choice([0, max(0, len(damaged) - 100)])
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(start, len(damaged))] = chance.randrange(256)
        cut = chance.choice([len(damaged), chance.randrange(len(damaged))])
        try:
            read(bytes(damaged[:cut]))
        except UnreadableResponse as error:
            errors.append(str(error))
    assert len(errors) > CASES / 3
    assert all("1 is not a zip of a CSV file" in error for error in errors)


@pytest.fixture
def default_cell_limit() -> Iterator[int]:
    """Set Python's own limit of a cell, which other tests of this process raised."""
    before = csv.field_size_limit(131_072)
    yield 131_072
    csv.field_size_limit(before)


def test_zipped_csv_with_a_cell_above_pythons_limit_is_read(default_cell_limit: int) -> None:
    cell = "x" * (default_cell_limit + 1)
    zipped = archive(f"Name\n{cell}\n")
    assert list(ZippedCSV(io.BytesIO(zipped), max_rows=1)) == [[cell]]


def test_zipped_csv_keeps_a_higher_limit_of_the_process(default_cell_limit: int) -> None:
    csv.field_size_limit(50_000_000)
    ZippedCSV(io.BytesIO(archive(HEADER)), max_rows=1)
    assert csv.field_size_limit() == 50_000_000


@pytest.mark.parametrize(
    ("method", "flags"),
    [
        pytest.param(zipfile.ZIP_BZIP2, 0, id="bzip2"),
        pytest.param(zipfile.ZIP_LZMA, 0, id="lzma"),
        pytest.param(zipfile.ZIP_DEFLATED, 1, id="password"),
    ],
)
def test_other_forms_of_zip_raise_unreadable_response(method: int, flags: int) -> None:
    content = bytearray(archive(HEADER + "A,ADDED,1,\n", method))
    directory = content.rindex(b"PK\x01\x02")
    content[6] |= flags
    content[directory + 8] |= flags
    with pytest.raises(UnreadableResponse, match=r"NotImplementedError|RuntimeError"):
        read_outcomes(bytes(content))


def test_more_rows_than_the_job_has_raise_unreadable_response() -> None:
    content = archive("Id\n" + "1\n" * 11)
    exported = ExportedCSV("1", io.BytesIO(content), 10)
    with pytest.raises(UnreadableResponse, match="more than 10 rows"):
        exported.skip(20)
    assert len(ExportedCSV("1", io.BytesIO(content), 11).rows(20)) == 11


def test_a_row_has_a_greatest_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_ROW", 100)
    many_lines = '"a\n",' * 50
    for row in ("a" * 101, "a," * 51, many_lines):
        with (
            pytest.raises(UnreadableResponse, match="a row of more than 100 characters"),
            reading_archive("bulk read 1"),
        ):
            list(ZippedCSV(io.BytesIO(archive(f"Id\n{row}\n")), max_rows=1))
    with reading_archive("bulk read 1"):
        rows = list(ZippedCSV(io.BytesIO(archive(f"Id\n{'a,' * 49}\n" * 9)), max_rows=99))
    assert len(rows) == 17


def test_a_directory_of_many_files_is_not_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for number in range(3_000):
            file.writestr(f"{number}.txt", "")
    with pytest.raises(UnreadableResponse, match="more than one file"):
        read_export(out.getvalue())


def test_a_declared_size_above_the_limit_is_refused() -> None:
    content = bytearray(archive("Id\n1\n"))
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<L", 2**32 - 2)
    with (
        pytest.raises(UnreadableResponse, match="more than 1000 bytes"),
        reading_archive("bulk read 1"),
    ):
        ZippedCSV(io.BytesIO(bytes(content)), max_rows=1, max_bytes=1_000)


def test_a_download_has_a_greatest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_ARCHIVE_BYTES", 10)
    file = io.BytesIO()
    bounded = BoundedFile(file)
    bounded.write(b"x" * 10)
    with pytest.raises(UnreadableResponse, match="more than 10 bytes"):
        bounded.write(b"x")
    assert file.getvalue() == b"x" * 10


BOMBS = """
import io, resource, sys, zipfile
from django_zcrm.zoho.errors import UnreadableResponse
from django_zcrm.zoho.query.write.bulk_csv import read_result
from django_zcrm.zoho.query.read.exporting import ExportedCSV

def bomb(header, piece, times):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        with file.open("1.csv", "w") as entry:
            entry.write(header)
            for _ in range(times):
                entry.write(piece)
    assert len(out.getvalue()) < 2_000_000
    return out

def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

RESULT = b"Last_Name,STATUS,RECORD_ID,ERRORS\\n"
bombs = [bomb(b"Id\\n", b"x" * 1_000_000, 150), bomb(b"Id\\n", b'"a\\n",' * 200_000, 20)]
results = [bomb(RESULT, b",,,\\n" * 250_000, 10), bomb(RESULT, b"x" * 1_000_000, 150)]
before = used()
for content in bombs:
    try:
        ExportedCSV("1", content, 200_000).skip(200_000)
    except UnreadableResponse:
        continue
    sys.exit("no error")
for content in results:
    try:
        read_result(content, "1", [("Name",)] * 25_000)
    except UnreadableResponse:
        continue
    sys.exit("no error")
print(used() - before)
"""


@pytest.mark.slow
def test_decompression_bombs_take_little_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BOMBS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 100


def test_corrupted_uploads_are_problems_for_the_emulator() -> None:
    chance = random.Random(18)  # noqa: S311
    whole = archive(HEADER + "A,ADDED,1,\n" * 100)
    problems = 0
    for _ in range(CASES):
        damaged = bytearray(whole)
        for _ in range(3):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            unpack(bytes(damaged[: chance.choice([len(damaged), chance.randrange(len(damaged))])]))
        except Refusal:
            problems += 1
    assert problems > CASES / 3
