"""Files of rows: CSV, read in any dialect, and JSON Lines."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, Any, Literal

from django.utils.translation import gettext as _

from ..zoho.query.read.archives import allow_long_cells
from .cells import format_cell, format_spreadsheet_cell
from .errors import TransferError

FORMATS = ("csv", "jsonl")
_JSON_LINES = frozenset({".jsonl", ".ndjson"})


def format_of(name: str) -> str:
    """Return the format for a file's name: JSON Lines by its suffix, otherwise CSV."""
    return "jsonl" if PurePath(name).suffix.lower() in _JSON_LINES else "csv"


class JsonLines:
    """One JSON object a line, as the API gives it."""

    def head(self) -> str:
        """Return nothing."""
        return ""

    def text(self, rows: Iterable[dict[str, Any]]) -> str:
        """Return the rows, a line each."""
        return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)


class Csv:
    """CSV after RFC 4180, whose first line has the names of the fields.

    With `for_spreadsheet` it begins with a byte order mark, by which Excel recognises UTF-8. Text
    that spreadsheets could treat as a formula gets an apostrophe before it. Every cell is quoted,
    as some spreadsheets split at commas and at semicolons.
    """

    def __init__(self, names: Sequence[str], *, for_spreadsheet: bool = False) -> None:
        self._names = names
        self._cell = format_spreadsheet_cell if for_spreadsheet else format_cell
        self._mark = "\ufeff" if for_spreadsheet else ""
        self._quoting: Literal[0, 1] = csv.QUOTE_ALL if for_spreadsheet else csv.QUOTE_MINIMAL

    def head(self) -> str:
        """Return the line with the names."""
        return self._mark + self._lines([self._names])

    def text(self, rows: Iterable[dict[str, Any]]) -> str:
        """Return the rows as lines."""
        cell = self._cell
        return self._lines([cell(row.get(name)) for name in self._names] for row in rows)

    def _lines(self, rows: Iterable[Sequence[str]]) -> str:
        lines = io.StringIO(newline="")
        csv.writer(lines, quoting=self._quoting).writerows(rows)
        return lines.getvalue()


RowFormat = Csv | JsonLines


def row_format(name: str, names: Sequence[str], *, for_spreadsheet: bool) -> RowFormat:
    """Return the format of this name, for rows with these fields."""
    return Csv(names, for_spreadsheet=for_spreadsheet) if name == "csv" else JsonLines()


DELIMITERS = (",", ";", "\t", "|")

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_MARKED = {"utf-8-sig": ("utf-8",), "utf-16": ("utf-16-le", "utf-16-be")}
"""Encodings that keep a byte order mark as text, by the encoding that removes the mark."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of a file: the line in which it begins, and its values by column or its error."""

    line: int
    values: dict[str, Any]
    problem: str = ""


class RowFile:
    """A file of rows, which can be read several times.

    An empty `encoding` means the one of the byte order mark, else UTF-8. An empty `delimiter` is
    detected in the first line. Raises TransferError for a file that cannot be read or parsed.
    """

    def __init__(
        self, path: Path, *, is_json: bool, encoding: str = "", delimiter: str = ""
    ) -> None:
        self.path = path
        self.is_json = is_json
        try:
            if path.exists() and not path.is_file():
                raise TransferError(
                    _("%(path)s is not a regular file, and the import reads the file twice.")
                    % {"path": path}
                )
            with path.open("rb") as file:
                head = file.read(4)
                file.seek(0)
                self.digest = hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, ValueError) as error:  # the latter: a path with NUL
            raise TransferError(
                _("%(path)s cannot be read: %(error)s")
                % {"path": path, "error": getattr(error, "strerror", None) or error}
            ) from error
        marked = next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")
        self.encoding = encoding or marked
        try:
            io.TextIOWrapper(io.BytesIO(), self.encoding)
        except (LookupError, ValueError):  # the latter: a name with NUL
            raise TransferError(
                _("There is no encoding %(name)r.") % {"name": self.encoding}
            ) from None
        if codecs.lookup(self.encoding).name in _MARKED.get(marked, ()):
            self.encoding = marked  # the mark is not part of the first name
        self.delimiter = delimiter
        self._head: list[str] = []
        if not is_json:
            self._read_head()

    @property
    def columns(self) -> list[str]:
        """The names of a CSV's columns; spreadsheets leave empty columns without one at the end."""
        return [name for name in self._head if name]

    def rows(self) -> Iterator[SourceRow]:
        """Yield the rows, without empty lines. Raises TransferError."""
        try:
            with self._open() as file:
                yield from self._json_rows(file) if self.is_json else self._csv_rows(file)
        except UnicodeDecodeError as error:
            raise self._decoding_error() from error

    def _open(self) -> IO[str]:
        return self.path.open(encoding=self.encoding, newline=None if self.is_json else "")

    def _decoding_error(self) -> TransferError:
        return TransferError(
            _(
                "%(path)s is not encoded in %(encoding)s: name its encoding, as in --encoding "
                "cp1252 or --encoding gb18030."
            )
            % {"path": self.path.name, "encoding": self.encoding.removesuffix("-sig")}
        )

    def _read_head(self) -> None:
        allow_long_cells()
        try:
            with self._open() as file:
                first = next((line for line in file if line.strip()), "")
            if not self.delimiter:
                self.delimiter = max(DELIMITERS, key=lambda delimiter: _width(first, delimiter))
            with self._open() as file:
                head: list[str] = next((line for line in self._reader(file) if any(line)), [])
        except UnicodeDecodeError as error:
            raise self._decoding_error() from error
        except csv.Error as error:
            raise self._line_error(1, error) from error
        self._head = [name.strip() for name in head]
        if not self.columns:
            raise TransferError(_("%(path)s has no header line.") % {"path": self.path.name})
        if twice := sorted({name for name in self.columns if self.columns.count(name) > 1}):
            raise TransferError(
                _("%(path)s has several columns %(name)r.")
                % {"path": self.path.name, "name": twice[0]}
            )

    def _reader(self, file: IO[str]) -> Any:
        return csv.reader(file, delimiter=self.delimiter, strict=True)

    def _line_error(self, line: int, error: Exception) -> TransferError:
        return TransferError(
            _("%(path)s, line %(line)d: %(error)s")
            % {"path": self.path.name, "line": line, "error": error}
        )

    def _csv_rows(self, file: IO[str]) -> Iterator[SourceRow]:
        reader = self._reader(file)
        is_head, line = True, 1
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise self._line_error(line, error) from error
            if cells is None:
                return
            first_line, line = line, reader.line_num + 1
            if not any(cells):
                continue
            if is_head:
                is_head = False
                continue
            yield self._csv_row(first_line, cells)

    def _csv_row(self, line: int, cells: list[str]) -> SourceRow:
        if len(cells) != len(self._head):
            problem = _("cells: %(count)d, and in the first line %(names)d") % {
                "count": len(cells),
                "names": len(self._head),
            }
            return SourceRow(line, {}, problem)
        pairs = list(zip(self._head, cells, strict=True))
        if any(cell.strip() for name, cell in pairs if not name):
            return SourceRow(line, {}, _("a cell is in a column without a name"))
        return SourceRow(line, {name: cell for name, cell in pairs if name})

    def _json_rows(self, file: IO[str]) -> Iterator[SourceRow]:
        for line, text in enumerate(file, 1):
            if not text.strip():
                continue
            try:
                value = json.loads(text)
            except (ValueError, RecursionError):
                value = None
            if isinstance(value, dict):
                yield SourceRow(line, value)
            else:
                yield SourceRow(line, {}, _("is not a JSON object"))


def _width(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0
