"""The columns of a bulk read's CSV: which ones there are, and how values are written.

Lookups are bare ids, datetimes have the user's offset, lists are joined by semicolons.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Any

from ...core import Refusal
from ...engine.criteria import Read
from ...engine.field_resolver import FieldResolver, ResolvedField
from ...engine.numbers import drop_zero_fraction
from ...guesses import behaves
from ...state import StoredRecord
from ...state.field import CHILD_TYPES, FILE_TYPES
from . import criteria

_LEFT_OUT = (
    CHILD_TYPES
    | FILE_TYPES
    | {"multireminder", "ALARM", "RRULE", "participants"}
    | {"profileimage"}
)


def paths(resolver: FieldResolver, fields: Any) -> list[str]:
    """Return the requested columns except `Id`, or all. Raises Refusal for unknown ones."""
    version = resolver.request.version
    image_types = {"profileimage"} if behaves("bulk.default-columns", "with-images") else set()
    if fields is None or fields == []:
        return [
            field.name_in(version)
            for field in resolver.module.fields_in(version)
            if field.data_type not in _LEFT_OUT - image_types and field.api_name != "id"
        ]
    if not isinstance(fields, list) or not all(isinstance(path, str) for path in fields):
        raise Refusal(
            "INVALID_DATA",
            "invalid data",
            details={"api_name": "fields", "expected_data_type": "jsonarray"},
        )
    names = [path for path in dict.fromkeys(fields) if path.lower() != "id"]
    for path in names:
        _check(resolver, path)
    return names


def _check(resolver: FieldResolver, path: str) -> None:
    field = criteria.find(resolver, path, "FIELD_NOT_AVAILABLE")
    if field.own_field is not None and field.own_field.data_type in _LEFT_OUT:
        raise Refusal(
            "FIELD_NOT_SUPPORTED", "The field given is not supported", details={"api_name": path}
        )


def write(resolver: FieldResolver, columns: list[str], records: Iterable[StoredRecord]) -> bytes:
    """Return records as CSV: UTF-8, with a header row, `Id` as the first column."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["Id", *columns])
    reads = [_cell(resolver.resolve(path)) for path in columns]
    writer.writerows([record["id"], *(read(record) for read in reads)] for record in records)
    return out.getvalue().encode()


def _cell(field: ResolvedField) -> Read:
    if field.value_type == "tags":
        tags = field.render
        # A calibration may have names in place of objects.
        return lambda record: ",".join(
            tag if isinstance(tag, str) else tag["name"] for tag in tags(record) or ()
        )
    if field.value_type == "datetime":
        return field.render
    if field.value_type == "boolean":
        read = field.read
        return lambda record: "true" if read(record) else "false"
    if field.value_type == "multiselectpicklist":
        read_values = field.read
        return lambda record: ";".join(read_values(record) or ())
    read_value = field.read
    return lambda record: drop_zero_fraction(read_value(record))
