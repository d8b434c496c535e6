"""Converts Zoho's values to values of a model's columns, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from math import isfinite
from typing import Any, cast

from django.db import connection, models

from ..exceptions import ConfigurationError
from ..reasons import reason
from ..zoho.text import storable_text
from .models import MirrorModel
from .options import options_of
from .stored import Unstorable, is_id, read_moment, storable_json

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class MirrorColumn:
    """A column of a model, and Zoho's field that fills it.

    For a lookup to another mirrored model, `to` is that model, and `read` returns the id in Zoho.
    """

    attribute: str
    zoho_name: str
    read: Convert
    write: Convert
    to: type[MirrorModel] | None = None


@lru_cache(maxsize=512)
def columns_of(model: type[MirrorModel]) -> tuple[MirrorColumn, ...]:
    """Return a model's mirrored columns. Raises ConfigurationError for an unsupported type."""
    fields = options_of(model).fields
    return tuple(_column(model, name, zoho_name) for name, zoho_name in fields.items())


def _column(model: type[MirrorModel], name: str, zoho_name: str) -> MirrorColumn:
    field: Any = model._meta.get_field(name)
    if field.is_relation:
        to = field.related_model
        if not (isinstance(to, type) and issubclass(to, MirrorModel)) or not field.null:
            raise ConfigurationError(
                f"{model.__name__}.{name} refers to {field.related_model.__name__}: use a "
                "ForeignKey to a mirrored model, with null=True, or a CharField for the id."
            )
        return MirrorColumn(field.attname, zoho_name, _id, _reference, to)
    for field_class, read, write in _TYPES:
        if isinstance(field, field_class):
            return MirrorColumn(name, zoho_name, _build_converter(field, read), write)
    raise ConfigurationError(
        f"{model.__name__}.{name} is of a type that cannot hold Zoho's values."
    )


def _build_converter(field: Any, read: Callable[[Any, Any], Any]) -> Convert:
    """Return a function that converts a value for a column; None becomes its empty value."""
    if isinstance(field, models.BooleanField):
        empty: Any = None if field.null else False
    else:
        empty = None if field.null or not field.empty_strings_allowed else ""

    def convert(value: Any) -> Any:
        if value is None:
            return empty
        try:
            return read(field, value)
        except Unstorable:
            raise
        except (TypeError, ValueError, ArithmeticError, KeyError):
            raise Unstorable(
                reason("wrong_type", field=field.name, type=type(value).__name__)
            ) from None

    return convert


def _id(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("id")
    if value is None or value == "":
        return None
    if not is_id(value):
        raise Unstorable(reason("bad_lookup"))
    return str(value)


def _reference(value: Any) -> Any:
    return None if value is None else {"id": str(value)}


def _text(field: Any, value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("id") or value.get("name") or ""
    elif isinstance(value, list):
        value = ";".join(
            str(part.get("name", part) if isinstance(part, Mapping) else part) for part in value
        )
    text = storable_text(str(value))
    if field.max_length is not None and len(text) > field.max_length:
        raise Unstorable(reason("too_long", field=field.name, count=field.max_length))
    return text


def _decimal(field: Any, value: Any) -> Decimal:
    number = Decimal(repr(value) if isinstance(value, float) else value)  # not its binary digits
    if not number.is_finite():
        raise ValueError
    try:
        return field.context.quantize(number, Decimal(1).scaleb(-field.decimal_places))  # type: ignore[no-any-return]
    except InvalidOperation:
        raise Unstorable(
            reason("too_many_digits", field=field.name, count=field.max_digits)
        ) from None


def _integer(field: Any, value: Any) -> int:
    number = int(value)
    if isinstance(value, float) and number != value:
        raise ValueError
    low, high = _range(field)
    if not low <= number <= high:
        raise Unstorable(reason("number_size", field=field.name))
    return number


def _range(field: Any) -> tuple[int, int]:
    # SQLite names no range for some types; its integers have 64 bits.
    low, high = cast(
        "tuple[int | None, int | None]",
        connection.ops.integer_field_range(field.get_internal_type()),
    )
    return -(2**63) if low is None else low, 2**63 - 1 if high is None else high


def _moment(field: Any, value: Any) -> datetime:
    try:
        return read_moment(value)
    except Unstorable as error:
        raise Unstorable(reason("cannot_hold", field=field.name, why=error.why)) from None


def _day(field: Any, value: Any) -> date:
    return date.fromisoformat(value[:10])


def _truth(field: Any, value: Any) -> bool:
    if not isinstance(value, str | int):
        raise TypeError
    return value.lower() == "true" if isinstance(value, str) else bool(value)


def _float(field: Any, value: Any) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError
    return number


def _same(value: Any) -> Any:
    return value


def _iso(value: Any) -> Any:
    return None if value is None else value.isoformat()


def _seconds(value: Any) -> Any:
    return None if value is None else value.isoformat(timespec="seconds")


def _number(value: Any) -> Any:
    return None if value is None else float(value)


def _or_none(value: Any) -> Any:
    # Zoho has no empty strings: an empty column is null there.
    return value or None


_TYPES: tuple[tuple[type[models.Field[Any, Any]], Callable[[Any, Any], Any], Convert], ...] = (
    (models.JSONField, lambda field, value: storable_json(value), _same),
    (models.DateTimeField, _moment, _seconds),
    (models.DateField, _day, _iso),
    (models.DecimalField, _decimal, _number),
    (models.FloatField, _float, _same),
    (models.BooleanField, _truth, _same),
    (models.IntegerField, _integer, _same),
    (models.CharField, _text, _or_none),
    (models.TextField, _text, _or_none),
)
"""The columns that hold values, from the special to the general: readers and writers."""
