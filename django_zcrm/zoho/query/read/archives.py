"""Reads the CSV in the zip file of a bulk job, without trusting its content.

A damaged file raises DamagedArchive instead of the various errors of zipfile and csv. Memory is
bounded, because a small zip file can expand to gigabytes: in one row, in many rows, or in a long
directory.
"""

from __future__ import annotations

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import IO, cast

from ...errors import UnreadableResponse

MAX_ARCHIVE_BYTES = 2 * 1024**3
"""Size of a zip file on disk."""

MAX_CONTENT_BYTES = 16 * 1024**3
"""Size of the CSV in it, which is never in memory nor on disk as a whole."""

MAX_ROW = 4 * 1024 * 1024
"""Characters of one row: far more than a record has."""

_MAX_PIECE = 128 * 1024
"""Bytes that zipfile reads at once; it reads the directory as a whole, and we expect one file."""

_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""Methods of compression that Python decompresses in pieces of a given size."""

_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    csv.Error,
    EOFError,
    IndexError,
    NotImplementedError,  # an unknown version of the format or an unknown method
    OSError,  # a position before the file's start
    OverflowError,
    RuntimeError,  # a password
    StopIteration,
    ValueError,
)


def allow_long_cells() -> None:
    """Let csv read cells of MAX_ROW characters: fields of Zoho can exceed Python's limit.

    The limit applies to the whole process, so a higher one is not lowered.
    """
    csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW))


class DamagedArchive(UnreadableResponse):
    """A job's file is not a zip of a CSV, or exceeds a limit."""


@contextmanager
def reading_archive(name: str) -> Generator[None, None, None]:
    """Convert the errors of a damaged zip file of the job `name` to DamagedArchive."""
    try:
        yield
    except _DAMAGES as error:
        reason = str(error) if isinstance(error, _TooLarge) else type(error).__name__
        raise DamagedArchive(f"the {name} is not a zip of a CSV file: {reason}") from None


class ZippedCSV:
    """The rows of the only CSV file in a zip file, the header first.

    The limits are `max_rows` rows in addition to the header, and `max_bytes` in total. Use it
    within `reading_archive`.
    """

    def __init__(
        self, file: IO[bytes], *, max_rows: int, max_bytes: int = MAX_CONTENT_BYTES
    ) -> None:
        archive = zipfile.ZipFile(cast("IO[bytes]", _ShortReads(file)))
        [entry] = [entry for entry in archive.infolist() if _is_csv(entry)]
        if entry.compress_type not in _METHODS:
            raise NotImplementedError  # as zipfile does for a method that it does not know
        if entry.file_size > max_bytes:  # zipfile reads no more than this size
            raise _TooLarge(f"more than {max_bytes} bytes")
        allow_long_cells()
        self._lines = _RowLines(io.TextIOWrapper(archive.open(entry), "utf-8-sig", newline=""))
        self._rows = csv.reader(self._lines)
        self._max_rows = self._rows_left = max_rows
        self.header = next(self._rows)

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        self._lines.begin_row()
        row = next(self._rows)
        if self._rows_left <= 0:
            raise _TooLarge(f"more than {self._max_rows} rows")
        self._rows_left -= 1
        return row


class BoundedFile:
    """A file on disk of at most MAX_ARCHIVE_BYTES; raises DamagedArchive beyond that."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._size = 0

    def write(self, piece: bytes) -> int:
        """Append bytes."""
        self._size += len(piece)
        if self._size > MAX_ARCHIVE_BYTES:
            raise DamagedArchive(f"A bulk job's file has more than {MAX_ARCHIVE_BYTES} bytes.")
        return self._file.write(piece)


class _TooLarge(ValueError):
    """The content has more rows, bytes or characters than may be read."""


class _ShortReads:
    """A binary file that is only read in short pieces."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > _MAX_PIECE:
            raise _TooLarge("more than one file")
        return self._file.read(size)


class _RowLines:
    """Lines for a CSV reader, limited to the maximum length of a row."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._characters_left = MAX_ROW

    def begin_row(self) -> None:
        self._characters_left = MAX_ROW

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._characters_left)
        if not line:
            raise StopIteration
        self._characters_left -= len(line)
        if self._characters_left <= 0:
            raise _TooLarge(f"a row of more than {MAX_ROW} characters")
        return line


def _is_csv(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.lower().endswith(".csv")
