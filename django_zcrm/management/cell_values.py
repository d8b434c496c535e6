"""Parses the texts of cells by the type of their field: the reverse of `row_formats.cell`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_ID = re.compile(r"[0-9]{1,19}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d+(\.0*)?", re.ASCII)


def _boolean(text: str) -> bool:
    return _TRUTH[text.lower()]


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):  # not what int() takes: 1_000
        raise ValueError
    return int(text.partition(".")[0])


def _long(text: str) -> str:
    return str(_whole(text))


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
    "integer": (_whole, _("a whole number, without separators")),
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
    """A text is invalid for its field's type; `expected` says in words what is valid."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


def value_of(text: str, data_type: str) -> Any:
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
