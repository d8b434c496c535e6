"""Turns the text in a cell of an uploaded CSV into the value that an insert would send."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from ...state import LOOKUP_TYPES, USER_TYPES, Field, Organisation
from .resources import Mapping

CellReader = Callable[[str], Any]

#: Defaults for mappings without a `format` (Zoho docs v7 bulk-write create).
DATE_FORMAT, DATETIME_FORMAT = "MM/dd/yyyy", "MM/dd/yyyy HH:mm:ss"

REFUSED = object()
"""A value that no field accepts, used for text that could not be read."""

_PATTERN = re.compile(r"'([^']*)'|([A-Za-z])\2*|.", re.DOTALL)
_LETTERS = {
    "yyyy": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "M": "%m",
    "dd": "%d",
    "d": "%d",
    "EEEE": "%A",
    "EEE": "%a",
    "HH": "%H",
    "H": "%H",
    "hh": "%I",
    "h": "%I",
    "mm": "%M",
    "ss": "%S",
    "SSS": "%f",
    "a": "%p",
    "Z": "%z",
    "XXX": "%z",
    "XX": "%z",
    "X": "%z",
}


def strptime_format(pattern: str) -> str:
    """Return Python's spelling of a Java date pattern. Raises ValueError for unknown letters."""
    parts = []
    for match in _PATTERN.finditer(pattern):
        text = match[0]
        if match[1] is not None:
            parts.append((match[1] or "'").replace("%", "%%"))
        elif match[2] is None:
            parts.append(text.replace("%", "%%"))
        elif text in _LETTERS:
            parts.append(_LETTERS[text])
        else:
            raise ValueError(f"unknown letters {text!r} in a date pattern")
    return "".join(parts)


def reader(org: Organisation, field: Field, mapping: Mapping, zone: str) -> CellReader:
    """Return the function that reads a column's cells; naive datetimes are in `zone`.

    Raises ValueError for a `format` that cannot be read.
    """
    data_type = field.data_type
    if data_type == "date":
        return _date_reader(strptime_format(mapping.format or DATE_FORMAT))
    if data_type == "datetime":
        pattern = strptime_format(mapping.format or DATETIME_FORMAT)
        return _datetime_reader(pattern, ZoneInfo(zone))
    if data_type in LOOKUP_TYPES:
        return _lookup_reader(org, field, mapping.find_by or "id")
    if data_type in USER_TYPES:
        key = "email" if mapping.find_by == "email" else "id"
        return lambda text: {key: text}
    if field.is_list_of_tags:
        return lambda text: [{"name": name} for name in _split(text, ",")]
    return _READERS.get(data_type, str)


def _date_reader(pattern: str) -> CellReader:
    def read(text: str) -> Any:
        try:
            return datetime.strptime(text, pattern).date().isoformat()
        except ValueError:
            return REFUSED

    return read


def _datetime_reader(pattern: str, zone: ZoneInfo) -> CellReader:
    def read(text: str) -> Any:
        try:
            moment = datetime.strptime(text, pattern)
        except ValueError:
            return REFUSED
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return moment.isoformat(timespec="seconds")

    return read


def _lookup_reader(org: Organisation, field: Field, find_by: str) -> CellReader:
    if find_by == "id":
        return lambda text: {"id": text}
    tables = [org.records.table(name) for name in (field.lookup, *field.lookup_modules) if name]

    def read(text: str) -> Any:
        record = next((row for table in tables for row in table.find(find_by, text)), None)
        return REFUSED if record is None else {"id": record["id"]}

    return read


def _split(text: str, at: str) -> list[str]:
    return [part.strip() for part in text.split(at) if part.strip()]


def _integer(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return REFUSED


def _double(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return REFUSED
    return number if isfinite(number) else REFUSED


_READERS: dict[str, CellReader] = {
    "integer": _integer,
    "double": _double,
    "currency": _double,
    "percent": _double,
    "boolean": lambda text: {"true": True, "false": False}.get(text.lower(), REFUSED),
    "multiselectpicklist": lambda text: _split(text, ";"),
}
