"""Converts rows to the names and types of a record set's model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..compile.aggregates import Aggregation
from ..compile.query import Load, Query
from ..model import Meta

Read = Callable[[Any], Any]

_OF_THE_FIELD = frozenset({"SUM", "MIN", "MAX"})
"""Aggregates whose result is of the type of the field."""


def loading(query: Query, meta: Meta) -> Load:
    """Return a function that converts rows to the results of `values()` and the like."""
    readers = _readers(query, meta)
    labels = dict(query.labels)
    if not labels and not readers:
        return list
    if query.shape == "values":
        return lambda rows: [
            {labels.get(name, name): _read(readers, name, value) for name, value in row.items()}
            for row in rows
        ]
    names = list(query.fields or ())
    if query.shape == "flat":
        return lambda rows: [_read(readers, names[0], value) for value in rows]
    return lambda rows: [
        tuple(_read(readers, name, value) for name, value in zip(names, row, strict=True))
        for row in rows
    ]


def _readers(query: Query, meta: Meta) -> dict[str, Read]:
    readers = {name: meta.reader(name) for name in query.fields or ()}
    readers |= {aggregation.key: _reader_of(aggregation, meta) for aggregation in query.aggregates}
    return {name: read for name, read in readers.items() if read is not None}


def _reader_of(aggregation: Aggregation, meta: Meta) -> Read | None:
    return meta.reader(aggregation.field) if aggregation.function in _OF_THE_FIELD else None


def _read(readers: dict[str, Read], name: str, value: Any) -> Any:
    read = readers.get(name)
    return value if read is None else read(value)


def load_aggregates(
    aggregations: Sequence[Aggregation], meta: Meta, values: dict[str, Any]
) -> dict[str, Any]:
    """Return aggregates; those with the type of their field as the model's values."""
    readers = {
        aggregation.key: read
        for aggregation in aggregations
        if (read := _reader_of(aggregation, meta)) is not None
    }
    return {key: _read(readers, key, value) for key, value in values.items()}
