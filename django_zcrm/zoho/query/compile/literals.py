"""Converts values to Zoho's text, unquoted, and checks them against the field's type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from ...errors import ConfigurationError
from ...http import encoding
from .fields import Path

_ID = re.compile(r"[0-9]{1,19}")


def literal(path: Path, kind: str, operator: str, value: Any, zone: tzinfo | None) -> str:
    """Return a value of a field's kind as text.

    `zone` is the time zone for a date that is compared with datetimes. Datetimes are rounded to
    seconds so that a comparison by `operator` has the same result. Raises ConfigurationError, which
    names the field, for a value of another kind.
    """
    if isinstance(value, Enum):
        value = value.value
    read = _READERS.get(kind)
    if read is None:
        raise _wrong(path, "nothing: Zoho compares no field of this type")
    try:
        return read(path, operator, value, zone or UTC)
    except OverflowError:
        raise _wrong(path, "a moment of the years 1 to 9999, in every time zone") from None


def _wrong(path: Path, expected: str) -> ConfigurationError:
    # Without the value, which may be customer data.
    kind = "" if path.field.api_name == "id" else f" ({path.field.data_type})"
    return ConfigurationError(f"{path.text}{kind} takes {expected}.")


def _text(path: Path, operator: str, value: Any, zone: tzinfo) -> str:
    if isinstance(value, bytes | bytearray | Mapping | tuple | list | set | frozenset):
        raise _wrong(path, "a string")
    try:
        return encoding.text(value)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path.text}: {error.message}") from None


def _choices(path: Path, operator: str, value: Any, zone: tzinfo) -> str:
    if not isinstance(value, tuple | list | set | frozenset):
        return _text(path, operator, value, zone)
    choices = [_text(path, operator, choice, zone) for choice in value]
    if operator not in ("=", "in") or not choices or any(";" in choice for choice in choices):
        raise _wrong(path, "a string, or a list of choices without semicolons")
    return ";".join(choices)


def _number(path: Path, operator: str, value: Any, zone: tzinfo) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise _wrong(path, "a number")
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise _wrong(path, "a number") from None
    if not number.is_finite() or abs(number.adjusted()) > 40:
        raise _wrong(path, "a number")
    digits = format(number, "f")  # exact, unlike normalize(), which rounds
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


def _id(path: Path, operator: str, value: Any, zone: tzinfo) -> str:
    if isinstance(value, Mapping):
        value = value.get("id")
    elif hasattr(value, "pk"):
        _check_record(path, value)
        value = value.pk
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _ID.fullmatch(text):
        other = "" if path.field.api_name == "id" else "; a field of it is compared by another name"
        raise _wrong(path, f"a record's id (or a record){other}")
    return text


def _check_record(path: Path, value: Any) -> None:
    """Raise ConfigurationError for a record of another module, or an instance of a Django model."""
    meta = getattr(value, "_meta", None)
    module, modules = getattr(meta, "module", ""), path.field.modules
    if meta is not None and (not module or (modules and module not in modules)):
        names = " or ".join(modules) or "Zoho's"
        raise _wrong(
            path, f"a record of {names} or its id, not one of {module or type(value).__name__}"
        )


_TRUTH: dict[object, str] = {True: "true", False: "false", "true": "true", "false": "false"}


def _boolean(path: Path, operator: str, value: Any, zone: tzinfo) -> str:
    key = value.lower() if isinstance(value, str) else value
    text = _TRUTH.get(key) if isinstance(key, bool | int | str) else None
    if text is None:
        raise _wrong(path, "True or False")
    return text


def _date(path: Path, operator: str, value: Any, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(zone).date() if value.tzinfo else value.date()
    return day_of(path, value).isoformat()


def day_of(path: Path, value: Any) -> date:
    """Return the day of a date, a datetime or ISO 8601 text; raise ConfigurationError."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _wrong(path, "a date, or a string like 2026-12-24") from None


def year_of(path: Path, value: Any) -> int:
    """Return a year from a number; raise ConfigurationError."""
    try:
        year = int(value)
    except (TypeError, ValueError, OverflowError):
        year = 0
    if isinstance(value, bool) or not MINYEAR < year < MAXYEAR:
        raise ConfigurationError(f"{path.text}__year takes a year, such as 2026.")
    return year


def instant(path: Path, value: Any, zone: tzinfo) -> datetime:
    """Return the moment of an aware datetime, a date or ISO 8601 text.

    Raises ConfigurationError, also for a datetime without a time zone.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError:
            value = None
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise _wrong(path, "a datetime with a time zone; this one has none")
        return value
    if isinstance(value, date):
        return datetime.combine(value, time(), zone)
    raise _wrong(path, "a datetime, or a string like 2026-12-24T09:30:00+01:00")


def _datetime(path: Path, operator: str, value: Any, zone: tzinfo) -> str:
    moment = instant(path, value, zone)
    if moment.microsecond and operator in ("<", ">="):
        # Zoho's datetimes are whole seconds: ">= 9:00:00.5" means ">= 9:00:01". Added in UTC,
        # because other clocks repeat an hour.
        moment = (moment.astimezone(UTC) + timedelta(seconds=1)).astimezone(moment.tzinfo)
    return encoding.iso(moment.replace(microsecond=0))


_READERS = {
    "text": _text,
    "long text": _text,
    "choices": _choices,
    "number": _number,
    "id": _id,
    "reference": _id,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "encrypted": _text,
}
