"""Serializes columns of rows to Zoho's JSON, and Zoho's records to the same form, to compare them.

A lookup is `{"id": ...}`. While the row that it leads to has no id in Zoho yet, it is
`{"row": primary key}`, and the change waits for that id (`references`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.utils import timezone

from ..values import MirrorColumn, Unstorable

Ids = Mapping[tuple[str, Any], str | None]
"""The ids in Zoho of the rows that lookups lead to, by column and primary key."""


def ids_of(columns: Iterable[MirrorColumn], rows: Collection[Mapping[str, Any]], using: str) -> Ids:
    """Return the ids in Zoho of the rows that lookups refer to, with one query per column."""
    ids: dict[tuple[str, Any], str | None] = {}
    for column in columns:
        if column.to is None:
            continue
        keys = {row.get(column.attribute) for row in rows} - {None}
        if keys:
            parents = column.to._base_manager.using(using).filter(pk__in=keys)
            for key, zoho_id in parents.values_list("pk", "zoho_id"):
                ids[column.attribute, key] = zoho_id
    return ids


def serialize(model: type[models.Model], column: MirrorColumn, value: Any, ids: Ids) -> Any:
    """Return a column's value as JSON for Zoho."""
    if value is None:
        return None
    if column.to is not None:
        zoho_id = ids.get((column.attribute, value))
        return column.write(zoho_id) if zoho_id else {"row": str(value)}
    # An instance may hold what a form gave it, such as the text of a number.
    field: Any = model._meta.get_field(column.attribute)
    value = field.to_python(value)
    return _json(column, value)


def _json(column: MirrorColumn, value: Any) -> Any:
    """Return a value as JSON, datetimes in UTC: Zoho gives them in the time zone of its user."""
    if isinstance(value, datetime):
        if timezone.is_naive(value):
            value = timezone.make_aware(value)
        value = value.astimezone(UTC)
    return column.write(value)


def serialize_record(columns: Iterable[MirrorColumn], record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a record from Zoho, in the form in which the outbox keeps changes."""
    values: dict[str, Any] = {}
    for column in columns:
        if column.zoho_name in record:
            value = record[column.zoho_name]
            try:
                values[column.zoho_name] = _json(column, column.read(value))
            except Unstorable:
                values[column.zoho_name] = value
    return values
