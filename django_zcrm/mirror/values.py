"""Zoho's values as values of a model's columns, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from math import isfinite
from typing import Any, cast

from django.db import connection, models

from ..exceptions import ConfigurationError
from .models import MirrorModel
from .options import options_of

MAX_ID = 32
"""Characters; Zoho's have nineteen digits."""

Convert = Callable[[Any], Any]


class Unstorable(ValueError):
    """A value does not fit its column; the message says why."""


@dataclass(frozen=True, slots=True)
class MirrorColumn:
    """A column of a model, and Zoho's field that fills it.

    Of a lookup to another mirrored model, `to` is that model, and `read` gives the id in Zoho.
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
                f"{model.__name__}.{name} leads to {field.related_model.__name__}: a lookup "
                "takes a ForeignKey to a mirrored model, with null=True, or a CharField for its id."
            )
        return MirrorColumn(field.attname, zoho_name, _id, _reference, to)
    for field_class, read, write in _TYPES:
        if isinstance(field, field_class):
            return MirrorColumn(name, zoho_name, _checked(field, read), write)
    raise ConfigurationError(
        f"{model.__name__}.{name} is of a type that cannot hold Zoho's values."
    )


def _checked(field: Any, read: Callable[[Any, Any], Any]) -> Convert:
    """Return a function that converts a value for a column, None to its empty value."""
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
            raise Unstorable(f"{field.name} cannot hold a {type(value).__name__}") from None

    return convert


def without_nul(value: Any) -> Any:
    """Return a JSON value without characters that databases refuse: NUL, lone surrogates."""
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, Mapping):
        return {_storable(str(name)): without_nul(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [without_nul(part) for part in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def _storable(text: str) -> str:
    if text.isascii():
        return text.replace("\x00", "")
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _id(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("id")
    if value is None or value == "":
        return None
    text = str(value)
    if not text.isascii() or len(text) > MAX_ID:
        raise Unstorable(f"an id of {len(text)} characters is none")
    return text


def _reference(value: Any) -> Any:
    return None if value is None else {"id": str(value)}


def _text(field: Any, value: Any) -> str:
    if isinstance(value, Mapping):
        value = value.get("id") or value.get("name") or ""
    elif isinstance(value, list):
        value = ";".join(
            str(part.get("name", part) if isinstance(part, Mapping) else part) for part in value
        )
    text = _storable(str(value))
    if field.max_length is not None and len(text) > field.max_length:
        raise Unstorable(f"{field.name} takes {field.max_length} characters, not {len(text)}")
    return text


def _decimal(field: Any, value: Any) -> Decimal:
    number = Decimal(repr(value) if isinstance(value, float) else value)  # not its binary digits
    if not number.is_finite():
        raise ValueError
    try:
        return field.context.quantize(number, Decimal(1).scaleb(-field.decimal_places))  # type: ignore[no-any-return]
    except InvalidOperation:
        raise Unstorable(f"{field.name} takes {field.max_digits} digits") from None


def _integer(field: Any, value: Any) -> int:
    number = int(value)
    if isinstance(value, float) and number != value:
        raise ValueError
    low, high = _range(field)
    if not low <= number <= high:
        raise Unstorable(f"{field.name} cannot hold a number of this size")
    return number


def _range(field: Any) -> tuple[int, int]:
    # SQLite names no range for some types; its integers have 64 bits.
    low, high = cast(
        "tuple[int | None, int | None]",
        connection.ops.integer_field_range(field.get_internal_type()),
    )
    return -(2**63) if low is None else low, 2**63 - 1 if high is None else high


def _moment(field: Any, value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


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
    # An empty column is no value in Zoho; an empty string is none there, either.
    return value or None


_TYPES: tuple[tuple[type[models.Field[Any, Any]], Callable[[Any, Any], Any], Convert], ...] = (
    (models.JSONField, lambda field, value: without_nul(value), _same),
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
