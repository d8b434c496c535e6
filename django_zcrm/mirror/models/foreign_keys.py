"""Foreign keys between mirrored rows: both rows belong to the same connection.

The mirror itself resolves lookups within one connection. These checks are for the site's own code:
`save()`, `bulk_create()` and `update()`, which `bulk_update()` and related managers call.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, router
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext

from ...clients import default_connection_or_none
from ..errors import CrossConnectionError
from .rows import MirroredRow

BATCH = 500
"""Keys in one query."""

CONNECTION = "connection_id"
_NEW = "zcrm_new_value"


@lru_cache(maxsize=512)
def keys_to_rows(model: Any) -> tuple[Any, ...]:
    """Return a model's foreign keys to mirrored rows, including those that Zoho does not have."""
    return tuple(
        field
        for field in model._meta.concrete_fields
        if field.is_relation
        and isinstance(field.related_model, type)
        and issubclass(field.related_model, MirroredRow)
        and not getattr(field.remote_field, "parent_link", False)
    )


def find_parents(
    rows: Sequence[Any], fields: Collection[Any], using: str
) -> Iterator[tuple[Any, Any, int]]:
    """Yield each row, each of its foreign keys, and the connection of the referenced row.

    The values are those of the instances. One query for each foreign key and batch.
    """
    for field in fields:
        keys = {id(row): _key_of(row, field) for row in rows}
        connections: dict[Any, int] = {}
        parent_keys = sorted({key for key in keys.values() if key is not None}, key=str)
        for start in range(0, len(parent_keys), BATCH):
            connections |= _connections_of(field, parent_keys[start : start + BATCH], using)
        for row in rows:
            if (key := keys[id(row)]) in connections:
                yield row, field, connections[key]


def check_rows(rows: Sequence[Any], fields: Collection[Any], using: str) -> None:
    """Raise CrossConnectionError if a foreign key refers to a row of another connection."""
    for row, field, connection_id in find_parents(rows, fields, using):
        if connection_id != row.connection_id:
            raise _crossing_error(type(row), field)


def check_row(row: Any, using: str, only: Collection[str] | None) -> None:
    """Check a row that is about to be saved; `only` are the saved fields, if not all.

    A query for each foreign key that was changed. Raises CrossConnectionError, also for a stored
    row whose connection was changed.
    """
    is_loaded = not row._state.adding and CONNECTION in row.loaded_values
    if row.pk is not None and CONNECTION in row.__dict__ and not is_loaded:
        check_stored([row], using)
    if _is_moved(row):
        raise _moving_error(type(row))
    changed = [
        field
        for field in _find_changed_keys(row)
        if only is None or {field.name, field.attname} & {*only}
    ]
    check_rows([row], changed, using)


def find_crossing_errors(row: Any, exclude: Collection[str]) -> dict[str, ValidationError]:
    """Return the errors of a row that is validated, by field."""
    errors = {}
    if _is_moved(row) and "connection" not in exclude:
        words = gettext("A record stays with its connection.")
        errors["connection"] = ValidationError(words, code="other_connection")
    changed = [field for field in _find_changed_keys(row) if field.name not in exclude]
    using = router.db_for_write(type(row), instance=row)
    for _row, field, connection_id in find_parents([row], changed, using):
        own = row.connection_id or getattr(default_connection_or_none(), "pk", None)
        if own is not None and connection_id != own:
            words = gettext("This is a record of another connection.")
            errors[field.name] = ValidationError(words, code="other_connection")
    return errors


def check_stored(rows: Sequence[Any], using: str) -> None:
    """Raise CrossConnectionError if the key of an instance is that of another connection's row."""
    by_key = {row.pk: row.connection_id for row in rows if row.pk is not None}
    keys = sorted(by_key, key=str)
    for start in range(0, len(keys), BATCH):
        stored = type(rows[0])._base_manager.using(using).filter(pk__in=keys[start : start + BATCH])
        for key, connection_id in stored.values_list("pk", CONNECTION):
            if by_key.get(key, connection_id) != connection_id:
                raise _moving_error(type(rows[0]))


def check_update(rows: models.QuerySet[Any], values: Mapping[str, Any]) -> None:
    """Check the values of an UPDATE of rows. Raises CrossConnectionError.

    A query for each foreign key among the values.
    """
    model: Any = rows.model
    by_name = {field.name: field for field in keys_to_rows(model)}
    by_name |= {field.attname: field for field in by_name.values()}
    for name, value in values.items():
        if name in ("connection", CONNECTION):
            if _with_value(rows, value).exclude(**{CONNECTION: _reference(value, F)}).exists():
                raise _moving_error(model)
        elif value is not None and (field := by_name.get(name)):
            others = field.related_model._base_manager.using(rows.db)
            others = others.filter(**{field.target_field.attname: _reference(value, OuterRef)})
            others = others.exclude(**{CONNECTION: OuterRef(CONNECTION)})
            if _with_value(rows, value).filter(Exists(others)).exists():
                raise _crossing_error(model, field)


def _with_value(rows: models.QuerySet[Any], value: Any) -> models.QuerySet[Any]:
    rows = rows.order_by()
    return rows.alias(**{_NEW: value}) if hasattr(value, "resolve_expression") else rows


def _reference(value: Any, reference: Any) -> Any:
    """Return a value for a filter: its key, or a reference to what the database computes."""
    if hasattr(value, "resolve_expression"):
        return reference(_NEW)
    return value.pk if isinstance(value, models.Model) else value


def _is_moved(row: Any) -> bool:
    """Whether a stored row was given another connection."""
    was, values = row.loaded_values, row.__dict__
    is_known = not row._state.adding and CONNECTION in was and CONNECTION in values
    return is_known and was[CONNECTION] != values[CONNECTION]


def _find_changed_keys(row: Any) -> list[Any]:
    """Return the foreign keys to mirrored rows that were changed on an instance."""
    was, values = row.loaded_values, row.__dict__
    return [
        field
        for field in keys_to_rows(row._meta.concrete_model)
        if (name := field.attname) in values and (name not in was or was[name] != values[name])
    ]


def _key_of(row: Any, field: Any) -> Any:
    """Return the value of a foreign key, or the value that it gets when the row is written."""
    value = row.__dict__.get(field.attname)
    if value is None and field.is_cached(row) and (other := field.get_cached_value(row)):
        value = getattr(other, field.target_field.attname)
    if hasattr(value, "resolve_expression"):
        raise CrossConnectionError(
            f"{type(row).__name__}.{field.name} is computed by the database, so its connection "
            "cannot be checked: use update()."
        )
    return None if value is None else field.target_field.to_python(value)


def _connections_of(field: Any, keys: Sequence[Any], using: str) -> dict[Any, int]:
    name = field.target_field.attname
    rows = field.related_model._base_manager.using(using).filter(**{f"{name}__in": keys})
    return dict(rows.values_list(name, CONNECTION))


def _crossing_error(model: type[Any], field: Any) -> CrossConnectionError:
    return CrossConnectionError(
        f"{model.__name__}.{field.name} leads to a row of another connection."
    )


def _moving_error(model: type[Any]) -> CrossConnectionError:
    return CrossConnectionError(
        f"A row of {model.__name__} belongs to one connection, and cannot move to another one."
    )
