"""The texts of a CSV's cells: values written as text, and texts read by the type of their field.

For spreadsheets, text that would be a formula gets an apostrophe before it. So does text after a
character that separates cells in another country: `x;=1+1` becomes `x;'=1+1`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

FORMULA_STARTS = "=+\\-@\t\r\uff0b\uff0d\uff1d\uff20"
"""Characters that begin a formula in a spreadsheet (OWASP, CSV injection), for a pattern."""

_BEGINNING = r"(^|[,;|\t\r\n])"
"""Where a cell begins, whichever separator a spreadsheet expects."""

_FORMULA = re.compile(rf"{_BEGINNING}(?=[\s\"']*[{FORMULA_STARTS}])")
_ESCAPED = re.compile(rf"{_BEGINNING}'(?=[\s\"']*[{FORMULA_STARTS}])")

_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_ID = re.compile(r"[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+(\.0*)?", re.ASCII)


def _boolean(text: str) -> bool:
    return _TRUTH[text.lower()]


def _parse_whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):  # stricter than int(), which accepts 1_000
        raise ValueError
    return int(text.partition(".")[0])


def _long(text: str) -> str:
    return str(_parse_whole(text))


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError
    return Decimal(text)


def _date(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _datetime(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return moment.isoformat(timespec="seconds")


def _reference(text: str) -> dict[str, str]:
    if not _ID.fullmatch(text):
        raise ValueError
    return {"id": text}


def _choices(text: str) -> list[str]:
    return [choice.strip() for choice in text.split(";") if choice.strip()]


def _tags(text: str) -> list[dict[str, str]]:
    return [{"name": name.strip()} for name in text.split(",") if name.strip()]


TEXTS = frozenset("text textarea email phone website picklist autonumber".split())
"""Types whose values stay as they are."""

Read = Callable[[str], Any]

_READERS: dict[str, tuple[Read, Any]] = {
    "boolean": (_boolean, _("true or false")),
    "integer": (_parse_whole, _("a whole number, without separators")),
    "bigint": (_long, _("a whole number, without separators")),
    **dict.fromkeys(
        ("double", "currency", "percent"),
        (_number, _("a number such as 1234.5, without separators")),
    ),
    "date": (_date, _("a date such as 2026-12-24")),
    "datetime": (_datetime, _("a date and time such as 2026-12-24T09:30:00+01:00")),
    **dict.fromkeys(
        ("lookup", "ownerlookup", "userlookup", "multi_module_lookup"),
        (_reference, _("the id of a record or user")),
    ),
    "multiselectpicklist": (_choices, _("choices with semicolons between them")),
    "tags": (_tags, _("names with commas between them")),
}

READABLE = TEXTS | _READERS.keys()
"""Types that a cell can hold."""


class InvalidCell(Exception):
    """A text is invalid for its field's type; `expected` describes valid texts."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


def parse_cell(text: str, data_type: str) -> Any:
    """Return the value of a cell, None for an empty one. Raises InvalidCell."""
    if not text.strip():
        return None
    if data_type in TEXTS:
        return text
    read, expected = _READERS[data_type]
    try:
        return read(text.strip())
    except (ValueError, KeyError, InvalidOperation, OverflowError):
        raise InvalidCell(str(expected)) from None


def format_cell(value: Any) -> str:
    """Return a value as text, in the form in which bulk reads have it.

    A lookup is its id, choices are joined by semicolons, names of tags by commas.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return format(Decimal(repr(value)), "f")
        case {"id": found}:
            return str(found)
        case [str(), *_] if all(isinstance(item, str) for item in value):
            return ";".join(value)
        case [{"name": _}, *_]:
            return ",".join(str(item["name"]) for item in value)
        case []:
            return ""
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def format_spreadsheet_cell(value: Any) -> str:
    """Return a value as text that no spreadsheet reads as a formula; numbers stay unchanged."""
    text = format_cell(value)
    return text if isinstance(value, int | float | Decimal) else _FORMULA.sub(r"\1'", text)


def parse_spreadsheet_cell(text: str) -> str:
    """Return the original text of a result of `format_spreadsheet_cell`."""
    return _ESCAPED.sub(r"\1", text)
