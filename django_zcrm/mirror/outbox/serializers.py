"""Serializes columns of rows to Zoho's JSON, and Zoho's records to the same form, to compare them.

A lookup is `{"id": ...}`. While the row to which it refers has no id in Zoho, the lookup is
`{"row": primary key}`, and the change waits for the id (see `references`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import models
from django.db.models import Case, F, When
from django.utils import timezone

from ..errors import CrossConnectionError
from ..models.organisations import organisation_now
from ..stored import Unstorable
from ..values import MirrorColumn

ReferencedIds = Mapping[tuple[str, Any], tuple[str | None, int]]
"""By column and primary key of a referenced row: its id in Zoho and its connection."""


def ids_of(
    columns: Iterable[MirrorColumn], rows: Collection[Mapping[str, Any]], using: str
) -> ReferencedIds:
    """Return the ids in Zoho of the rows that lookups refer to, with one query per column.

    Rows of a former organisation of their connection have no id.
    """
    ids: dict[tuple[str, Any], tuple[str | None, int]] = {}
    for column in columns:
        if column.to is None:
            continue
        keys = {row.get(column.attribute) for row in rows} - {None}
        if keys:
            is_current = When(zoho_organisation=organisation_now("connection__"), then=F("zoho_id"))
            current_id = Case(is_current, default=None)
            parents = column.to._base_manager.using(using).filter(pk__in=keys)
            for key, zoho_id, connection in parents.values_list("pk", current_id, "connection_id"):
                ids[column.attribute, key] = zoho_id, connection
    return ids


def serialize(
    model: type[models.Model],
    column: MirrorColumn,
    value: Any,
    ids: ReferencedIds,
    connection_id: int,
) -> Any:
    """Return a column's value as JSON for Zoho.

    Raises CrossConnectionError for a lookup to a row of another connection.
    """
    if value is None:
        return None
    if column.to is not None:
        key = column.to._meta.pk.to_python(value)  # such as the text of a request
        zoho_id, connection = ids.get((column.attribute, key), (None, connection_id))
        if connection != connection_id:
            raise CrossConnectionError(
                f"{model.__name__}: the lookup {column.zoho_name} refers to a row of another "
                "connection, so it was not sent."
            )
        return column.write(zoho_id) if zoho_id else {"row": str(key)}
    # An instance may hold an unconverted value, such as a number as text, or a decimal of more
    # places than the column, which Zoho would round in another way than the database.
    field: Any = model._meta.get_field(column.attribute)
    convert = column.read if isinstance(field, models.DecimalField) else field.to_python
    return _json(column, convert(value))


def serialize_former(
    model: type[models.Model],
    column: MirrorColumn,
    value: Any,
    ids: ReferencedIds,
    connection_id: int,
) -> Any:
    """Return the former value of a column as JSON; None for a row of another connection."""
    try:
        return serialize(model, column, value, ids, connection_id)
    except CrossConnectionError:
        return None  # raw SQL can set such a lookup, and the site must be able to repair it


def _json(column: MirrorColumn, value: Any) -> Any:
    """Return a value as JSON; datetimes in UTC, because Zoho uses the time zone of its user."""
    if isinstance(value, datetime):
        if timezone.is_naive(value):
            value = timezone.make_aware(value, timezone.get_default_timezone())  # as Django saves
        value = value.astimezone(UTC)
    return column.write(value)


def serialize_record(columns: Iterable[MirrorColumn], record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a record from Zoho, in the format of outbox items."""
    values: dict[str, Any] = {}
    for column in columns:
        if column.zoho_name in record:
            value = record[column.zoho_name]
            try:
                values[column.zoho_name] = _json(column, column.read(value))
            except Unstorable:
                values[column.zoho_name] = value
    return values
