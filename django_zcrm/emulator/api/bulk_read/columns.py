"""The columns of a bulk read's CSV: which ones there are, and how values are written.

Lookups are bare ids, datetimes have the user's offset, lists are joined by semicolons. Resolves
paths through `Names`; knows nothing about jobs.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Any

from django_zcrm.emulator.api.bulk_read import criteria
from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.engine.names import Name, Names, Read
from django_zcrm.emulator.state.field import CHILD_TYPES, FILE_TYPES
from django_zcrm.emulator.state.store import Record

_LEFT_OUT = CHILD_TYPES | FILE_TYPES | {"event_reminder", "RRULE", "profileimage"}


def paths(names: Names, asked: Any) -> list[str]:
    """Return the columns after `Id`: those asked for, or all. Raises Problem for unknown ones."""
    version = names.call.version
    if asked is None or asked == []:
        return [
            field.name_in(version)
            for field in names.module.fields_in(version)
            if field.data_type not in _LEFT_OUT and field.api_name != "id"
        ]
    if not isinstance(asked, list) or not all(isinstance(path, str) for path in asked):
        raise Problem(
            "INVALID_DATA",
            "invalid data",
            details={"api_name": "fields", "expected_data_type": "jsonarray"},
        )
    wanted = [path for path in dict.fromkeys(asked) if path.lower() != "id"]
    for path in wanted:
        _check(names, path)
    return wanted


def _check(names: Names, path: str) -> None:
    name = criteria.find(names, path, "FIELD_NOT_AVAILABLE")
    if name.own is not None and name.own.data_type in _LEFT_OUT:
        raise Problem(
            "FIELD_NOT_SUPPORTED", "The field given is not supported", details={"api_name": path}
        )


def write(names: Names, columns: list[str], records: Iterable[Record]) -> bytes:
    """Return records as CSV: UTF-8, with a header row, `Id` as the first column."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["Id", *columns])
    reads = [_cell(names.find(path)) for path in columns]
    writer.writerows([record["id"], *(read(record) for read in reads)] for record in records)
    return out.getvalue().encode()


def _cell(name: Name) -> Read:
    if name.kind == "tags":
        tags = name.shown
        return lambda record: ",".join(tag["name"] for tag in tags(record) or ())
    if name.kind == "datetime":
        return name.shown
    if name.kind == "boolean":
        stored = name.stored
        return lambda record: "true" if stored(record) else "false"
    if name.kind == "multiselectpicklist":
        chosen = name.stored
        return lambda record: ";".join(chosen(record) or ())
    return name.stored
