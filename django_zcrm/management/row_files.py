"""Reads rows from CSV files, in any dialect, and JSON Lines."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

DELIMITERS = (",", ";", "\t", "|")
MAX_CELL = 10_000_000
"""Characters; Python's own limit is below what some of Zoho's fields hold."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row of a file: the line that it begins in, its values by column, or why it has none."""

    line: int
    values: dict[str, Any]
    problem: str = ""


class RowFile:
    """A file of rows, which can be read several times.

    `encoding` and `delimiter` are found out where they are empty: by a byte order mark, else UTF-8;
    by the first line. Raises CommandError for a file that cannot be read, or is none of these.
    """

    def __init__(
        self, path: Path, *, is_json: bool, encoding: str = "", delimiter: str = ""
    ) -> None:
        self.path = path
        self.is_json = is_json
        try:
            if path.exists() and not path.is_file():
                raise CommandError(
                    _("%(path)s is no plain file, which can be read twice.") % {"path": path}
                )
            with path.open("rb") as file:
                head = file.read(4)
                file.seek(0)
                self.digest = hashlib.file_digest(file, "sha256").hexdigest()
        except (OSError, ValueError) as error:  # the latter: a path with NUL
            raise CommandError(
                _("%(path)s cannot be read: %(error)s")
                % {"path": path, "error": getattr(error, "strerror", None) or error}
            ) from error
        marked = next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")
        self.encoding = encoding or marked
        try:
            io.TextIOWrapper(io.BytesIO(), self.encoding)
        except (LookupError, ValueError):  # the latter: a name with NUL
            raise CommandError(
                _("There is no encoding %(name)r.") % {"name": self.encoding}
            ) from None
        self.delimiter = delimiter
        self._head: list[str] = []
        if not is_json:
            self._read_head()

    @property
    def columns(self) -> list[str]:
        """The names of a CSV's columns; spreadsheets leave empty columns without one at the end."""
        return [name for name in self._head if name]

    def rows(self) -> Iterator[SourceRow]:
        """Yield the rows; empty lines are none. Raises CommandError."""
        try:
            with self._open() as file:
                yield from self._json_rows(file) if self.is_json else self._csv_rows(file)
        except UnicodeDecodeError as error:
            raise self._undecodable() from error

    def _open(self) -> IO[str]:
        return self.path.open(encoding=self.encoding, newline=None if self.is_json else "")

    def _undecodable(self) -> CommandError:
        return CommandError(
            _(
                "%(path)s is not encoded in %(encoding)s: name its encoding, as in --encoding "
                "cp1252 or --encoding gb18030."
            )
            % {"path": self.path.name, "encoding": self.encoding.removesuffix("-sig")}
        )

    def _read_head(self) -> None:
        csv.field_size_limit(MAX_CELL)
        try:
            with self._open() as file:
                first = next((line for line in file if line.strip()), "")
            if not self.delimiter:
                self.delimiter = max(DELIMITERS, key=lambda delimiter: _width(first, delimiter))
            with self._open() as file:
                head: list[str] = next((line for line in self._reader(file) if any(line)), [])
        except UnicodeDecodeError as error:
            raise self._undecodable() from error
        except csv.Error as error:
            raise self._unreadable(1, error) from error
        self._head = [name.strip() for name in head]
        if not self.columns:
            raise CommandError(
                _("%(path)s has no line with the names of columns.") % {"path": self.path.name}
            )
        if twice := sorted({name for name in self.columns if self.columns.count(name) > 1}):
            raise CommandError(
                _("%(path)s has several columns %(name)r.")
                % {"path": self.path.name, "name": twice[0]}
            )

    def _reader(self, file: IO[str]) -> Any:
        return csv.reader(file, delimiter=self.delimiter, strict=True)

    def _unreadable(self, line: int, error: Exception) -> CommandError:
        return CommandError(
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
                raise self._unreadable(line, error) from error
            if cells is None:
                return
            begun, line = line, reader.line_num + 1
            if not any(cells):
                continue
            if is_head:
                is_head = False
                continue
            yield self._csv_row(begun, cells)

    def _csv_row(self, line: int, cells: list[str]) -> SourceRow:
        if len(cells) != len(self._head):
            problem = _("cells: %(count)d, and in the first line %(names)d") % {
                "count": len(cells),
                "names": len(self._head),
            }
            return SourceRow(line, {}, problem)
        named = list(zip(self._head, cells, strict=True))
        if any(cell.strip() for name, cell in named if not name):
            return SourceRow(line, {}, _("a cell is in a column without a name"))
        return SourceRow(line, {name: cell for name, cell in named if name})

    def _json_rows(self, file: IO[str]) -> Iterator[SourceRow]:
        for line, text in enumerate(file, 1):
            if not text.strip():
                continue
            try:
                value = json.loads(text)
            except ValueError:
                value = None
            if isinstance(value, dict):
                yield SourceRow(line, value)
            else:
                yield SourceRow(line, {}, _("is no JSON object"))


def _width(line: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=delimiter), []))
    except csv.Error:
        return 0
