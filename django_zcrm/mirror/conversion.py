"""Converts a record from Zoho to the values of a row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..reasons import reason
from .planning.fields import EXTRA
from .relations import Links
from .stored import Unstorable, read_moment, storable_json
from .targets import MirrorTarget


def convert_record(target: MirrorTarget, record: Mapping[str, Any], links: Links) -> dict[str, Any]:
    """Return the values of a record's row, by attribute; lookups are keys of rows.

    Raises Unstorable for a value that its column cannot hold.
    """
    if target.options is None:
        return {"data": storable_json(dict(record))}
    values: dict[str, Any] = {}
    for column in target.columns:
        if column.zoho_name not in record:
            continue
        value = column.read(record[column.zoho_name])
        values[column.attribute] = value if column.to is None else links.key_of(column, value)
    if target.options.extra and EXTRA in record:
        values[target.options.extra] = storable_json(record[EXTRA])
    return values


def modified_time_of(record: Mapping[str, Any]) -> datetime | None:
    """Return the Modified_Time of a record, or None. Raises Unstorable for another value."""
    value = record.get("Modified_Time")
    try:
        return None if value is None else read_moment(value)
    except Unstorable as error:
        raise Unstorable(reason("bad_modified_time", why=error.why)) from None
