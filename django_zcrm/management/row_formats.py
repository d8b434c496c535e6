"""Writes rows of records as CSV and JSON Lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Protocol

FORMATS = ("csv", "jsonl")
_JSON_LINES = frozenset({".jsonl", ".ndjson"})

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection)."""


def format_of(name: str) -> str:
    """Return the format for a file's name: JSON Lines by its suffix, otherwise CSV."""
    return "jsonl" if PurePath(name).suffix.lower() in _JSON_LINES else "csv"


class RowFormat(Protocol):
    """Writes rows as text."""

    def head(self) -> str:
        """Return what a file begins with."""
        ...

    def text(self, rows: Iterable[dict[str, Any]]) -> str:
        """Return rows as they stand in a file."""
        ...


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

    With `for_spreadsheet` it begins with a byte order mark, by which Excel knows UTF-8, and text
    that could be taken for a formula has an apostrophe before it.
    """

    def __init__(self, names: Sequence[str], *, for_spreadsheet: bool = False) -> None:
        self._names = names
        self._cell = spreadsheet_cell if for_spreadsheet else cell
        self._mark = "\ufeff" if for_spreadsheet else ""

    def head(self) -> str:
        """Return the line with the names."""
        return self._mark + self._lines([self._names])

    def text(self, rows: Iterable[dict[str, Any]]) -> str:
        """Return the rows as lines."""
        cell = self._cell
        return self._lines([cell(row.get(name)) for name in self._names] for row in rows)

    @staticmethod
    def _lines(rows: Iterable[Sequence[str]]) -> str:
        lines = io.StringIO(newline="")
        csv.writer(lines).writerows(rows)
        return lines.getvalue()


def row_format(name: str, names: Sequence[str], *, for_spreadsheet: bool) -> RowFormat:
    """Return the format of this name, for rows with these fields."""
    return Csv(names, for_spreadsheet=for_spreadsheet) if name == "csv" else JsonLines()


def cell(value: Any) -> str:
    """Return a value as text, in the form in which bulk reads have it.

    A lookup is its id, choices are joined by semicolons, names of tags by commas.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return format(Decimal(repr(value)), "f")
        case {"id": found}:
            return str(found)
        case [str(), *_] if all(isinstance(item, str) for item in value):
            return ";".join(value)
        case [{"name": _}, *_]:
            return ",".join(str(item["name"]) for item in value)
        case []:
            return ""
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def spreadsheet_cell(value: Any) -> str:
    """Return a value as text that no spreadsheet takes for a formula."""
    text = cell(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA_STARTS) else text
