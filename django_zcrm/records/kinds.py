"""Conversions of field values from Zoho's JSON to Python, and back, for each type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django_zcrm.zoho.errors import ConfigurationError
from django_zcrm.zoho.http.encoding import iso

Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class Reference:
    """The record or user of a lookup. `name` is None if Zoho returns only the id."""

    id: str
    name: str | None = None

    @property
    def pk(self) -> str:
        """The id."""
        return self.id

    def __str__(self) -> str:
        return self.name or self.id

    def __eq__(self, other: object) -> bool:
        # Zoho returns the same record with and without its name.
        return isinstance(other, Reference) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)


@dataclass(frozen=True)
class Conversion:
    """A conversion of values; `expected` describes the valid ones.

    `empty` is the Python value for no value; None is written as None. `is_changeable` is true for
    values that can change without assignment, such as lists.
    """

    read: Convert
    write: Convert
    expected: str
    empty: Any = None
    is_changeable: bool = False


def as_it_is(value: Any) -> Any:
    """Return the value."""
    return value


def _only(*kinds: type) -> Convert:
    def check(value: Any) -> Any:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise TypeError
        return value

    return check


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str.__str__(value)  # str() of an enum's member can be its name
    if not hasattr(value, "casefold"):  # lazy translations
        raise TypeError
    return str(value)


def _decimal(value: Any) -> Decimal:
    # JSON's numbers become floats, whose shortest decimal form is the text that Zoho wrote.
    return Decimal(repr(value) if isinstance(value, float) else value)


def _format_decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError
    number = _decimal(value)
    if not number.is_finite():
        raise ValueError
    return number


def _format_day(value: Any) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError
    return value.isoformat()


def _format_datetime(value: Any) -> str:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise TypeError
    return iso(value)


def _reference(value: Any) -> Reference:
    if isinstance(value, Mapping):
        name = value.get("name")
        return Reference(str(value["id"]), None if name is None else str(name))
    return Reference(str(value))  # up to v2.1, or a bare id


def _format_reference(value: Any) -> dict[str, str]:
    meta = getattr(value, "_meta", None)
    if meta is not None and not hasattr(meta, "module"):
        raise TypeError  # the key of a Django model's instance is not an id of Zoho
    record_id = value.get("id") if isinstance(value, Mapping) else getattr(value, "pk", value)
    text = (
        str(record_id)
        if isinstance(record_id, int) and not isinstance(record_id, bool)
        else record_id
    )
    if not isinstance(text, str) or not text.isascii() or not text.isdigit():
        raise TypeError
    return {"id": text}


def _texts(value: Any) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError
    return [_text(item) for item in value]


def _tags(value: Any) -> list[str]:
    return [str(tag["name"] if isinstance(tag, Mapping) else tag) for tag in value]


def _format_tags(value: Any) -> list[dict[str, str]]:
    return [{"name": name} for name in _texts(value)]


def _format_rows(value: Any) -> list[Any]:
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise TypeError
    return deepcopy(list(value))


TEXT = Conversion(as_it_is, _text, "a string")
INTEGER = Conversion(int, _only(int), "an int")
LONG = Conversion(int, lambda value: str(int(_only(int)(value))), "an int")
DECIMAL = Conversion(_decimal, _format_decimal, "a Decimal, an int or a float")
BOOLEAN = Conversion(bool, _only(bool), "True or False", empty=False)
DAY = Conversion(date.fromisoformat, _format_day, "a date")
MOMENT = Conversion(datetime.fromisoformat, _format_datetime, "a datetime with a time zone")
REFERENCE = Conversion(_reference, _format_reference, "a record, its id, or a Reference")
CHOICES = Conversion(list, _texts, "a list of strings", is_changeable=True)
TAGS = Conversion(_tags, _format_tags, "a list of names", is_changeable=True)
ROWS = Conversion(deepcopy, _format_rows, "a list of dicts", is_changeable=True)
ANYTHING = Conversion(as_it_is, as_it_is, "anything")


def to_zoho(name: str, conversion: Conversion, value: Any) -> Any:
    """Return a value for Zoho; raise ConfigurationError, naming the field, for a wrong one."""
    if value is None:
        return None
    try:
        return conversion.write(value)
    except (TypeError, ValueError, ArithmeticError):
        raise ConfigurationError(
            f"{name} takes {conversion.expected}, not {type(value).__name__}."
        ) from None
