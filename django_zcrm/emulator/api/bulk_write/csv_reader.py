"""Opens an uploaded CSV: its encoding, its delimiter, its header, its rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

DELIMITERS = ",;:|"
MAX_COLUMNS = 200


class UnreadableCsv(Exception):
    """The file cannot be processed; `code` is Zoho's reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class CsvFile:
    """A CSV's header and its rows, without blank ones."""

    header: list[str]
    rows: Iterator[list[str]]


def open_csv(content: bytes, encoding: str | None) -> CsvFile:
    """Return a CSV's header and rows. Raises UnreadableCsv."""
    name = encoding or "utf-8"
    if name.lower().replace("_", "-") in ("utf-8", "utf8"):
        name = "utf-8-sig"
    try:
        text = content.decode(name)
        text.encode()  # UTF-7 can write a lone surrogate, which no response can contain
    except UnicodeError:
        raise UnreadableCsv("INVALID_FORMAT") from None
    # Python's limit of a cell applies to the whole process; it must not fail a job halfway.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
    header = next(reader, [])
    if not any(cell.strip() for cell in header):
        raise UnreadableCsv("FILE_NOT_SUPPORTED")
    if len(header) > MAX_COLUMNS:
        raise UnreadableCsv("HEADER_LIMIT_EXCEEDED")
    return CsvFile(header, (row for row in reader if any(row)))


def _delimiter(text: str) -> str:
    """Return the delimiter that is most frequent in the header."""
    header = text.partition("\n")[0]
    return max(DELIMITERS, key=header.count)
