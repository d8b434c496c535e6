"""The columns of a bulk read's CSV: which ones there are, and how values are written.

Lookups are bare ids, datetimes have the user's offset, lists are joined by semicolons.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Any

from django_zcrm.emulator.api.bulk_read import criteria
from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.engine.criteria import Read
from django_zcrm.emulator.engine.field_resolver import FieldResolver, ResolvedField
from django_zcrm.emulator.state.field import CHILD_TYPES, FILE_TYPES
from django_zcrm.emulator.state.store import Record

_LEFT_OUT = CHILD_TYPES | FILE_TYPES | {"event_reminder", "RRULE", "profileimage"}


def paths(resolver: FieldResolver, asked: Any) -> list[str]:
    """Return the columns after `Id`: those asked for, or all. Raises Problem for unknown ones."""
    version = resolver.request.version
    if asked is None or asked == []:
        return [
            field.name_in(version)
            for field in resolver.module.fields_in(version)
            if field.data_type not in _LEFT_OUT and field.api_name != "id"
        ]
    if not isinstance(asked, list) or not all(isinstance(path, str) for path in asked):
        raise Problem(
            "INVALID_DATA",
            "invalid data",
            details={"api_name": "fields", "expected_data_type": "jsonarray"},
        )
    names = [path for path in dict.fromkeys(asked) if path.lower() != "id"]
    for path in names:
        _check(resolver, path)
    return names


def _check(resolver: FieldResolver, path: str) -> None:
    field = criteria.find(resolver, path, "FIELD_NOT_AVAILABLE")
    if field.own_field is not None and field.own_field.data_type in _LEFT_OUT:
        raise Problem(
            "FIELD_NOT_SUPPORTED", "The field given is not supported", details={"api_name": path}
        )


def write(resolver: FieldResolver, columns: list[str], records: Iterable[Record]) -> bytes:
    """Return records as CSV: UTF-8, with a header row, `Id` as the first column."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["Id", *columns])
    reads = [_cell(resolver.resolve(path)) for path in columns]
    writer.writerows([record["id"], *(read(record) for read in reads)] for record in records)
    return out.getvalue().encode()


def _cell(field: ResolvedField) -> Read:
    if field.value_type == "tags":
        tags = field.shown
        return lambda record: ",".join(tag["name"] for tag in tags(record) or ())
    if field.value_type == "datetime":
        return field.shown
    if field.value_type == "boolean":
        stored = field.stored
        return lambda record: "true" if stored(record) else "false"
    if field.value_type == "multiselectpicklist":
        chosen = field.stored
        return lambda record: ";".join(chosen(record) or ())
    return field.stored
