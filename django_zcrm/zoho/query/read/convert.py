"""Converts rows of all routes to the values that COQL would have returned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..compile.fields import REFERENCE_TYPES, Path
from ..compile.query import Column, Shape

Row = dict[str, Any]
Shaping = Callable[[list[Row]], list[Any]]


def shaping(shape: Shape, columns: Sequence[Column]) -> Shaping:
    """Return a function that converts COQL's rows to a record set's shape."""
    keys = [column.key for column in columns]
    texts = [column.path.text for column in columns]
    if shape == "flat":
        return lambda rows: [row.get(texts[0]) for row in rows]
    if shape == "tuples":
        return lambda rows: [tuple([row.get(text) for text in texts]) for row in rows]
    if keys == texts and "id" in keys:
        return lambda rows: rows  # COQL always adds the id, and nothing else
    pairs = list(zip(keys, texts, strict=True))
    return lambda rows: [{key: row.get(text) for key, text in pairs} for row in rows]


ConvertRows = Callable[[list[Row]], list[Row]]

NAMED_LOOKUPS = 7.0
"""From this version on, COQL gives a lookup's name with its id (COQL pages v6 and v7)."""


def list_converter(columns: Sequence[Column], version: float) -> ConvertRows:
    """Return a function that converts a list's rows to COQL's.

    A list returns more about lookups: the address of a user, the module of a parent.
    """
    lookup_keys: dict[str, tuple[str, ...]] = {}
    for column in columns:
        data_type = column.path.field.data_type
        if data_type in REFERENCE_TYPES:
            is_named = version >= NAMED_LOOKUPS and data_type != "multi_module_lookup"
            lookup_keys[column.path.text] = ("name", "id") if is_named else ("id",)
    if not lookup_keys:
        return list
    return lambda rows: [_reduce(row, lookup_keys) for row in rows]


def _reduce(row: Row, lookup_keys: dict[str, tuple[str, ...]]) -> Row:
    reduced = dict(row)
    for name, keys in lookup_keys.items():
        value = row.get(name)
        if isinstance(value, dict):
            reduced[name] = {key: value.get(key) for key in keys}
    return reduced


CellReader = Callable[[str], Any]


def _names(text: str) -> list[dict[str, str]]:
    return [{"name": name} for name in text.split(",")] if text else []


def _number(text: str) -> float:
    """Return an int without a fraction, as JSON has it: 850000, not 850000.0."""
    return float(text) if any(mark in text for mark in ".eE") else int(text)


_CELLS: dict[str, CellReader] = {
    "integer": int,
    "double": _number,
    "currency": _number,
    "percent": _number,
    "boolean": lambda text: text.lower() == "true",
    "multiselectpicklist": lambda text: text.split(";"),
    "tags": _names,
    **dict.fromkeys(REFERENCE_TYPES, lambda text: {"id": text}),
}


def cell(path: Path) -> CellReader:
    """Return a function that converts a cell of a bulk read's CSV to COQL's value.

    There, lookups are bare ids, lists joined by semicolons, tags names joined by commas, and an
    empty cell no value. Raises ValueError for a cell that does not fit.
    """
    if path.text != path.tested:  # the id was requested by name
        return lambda text: text or None
    read = _CELLS.get(path.field.data_type)
    if read is None:
        return lambda text: text or None
    if path.field.data_type == "tags":
        return read
    return lambda text: read(text) if text else None
