"""Ids, moments and texts from Zoho: in the form in which databases store them, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from ..reasons import Reason, reason
from ..zoho.text import storable_text

MAX_NUMBER = 2**63 - 1
"""The largest id: Zoho's are integers of 64 bits."""

FIRST = datetime(1, 1, 2, tzinfo=UTC)
LAST = datetime(9999, 12, 30, tzinfo=UTC)
"""Moments in between are dates of our era in every time zone."""

MAX_DEPTH = 100
"""Levels of a JSON value that is stored."""


class Unstorable(ValueError):
    """A value does not fit its column; `why` is the reason."""

    def __init__(self, why: Reason) -> None:
        super().__init__(why)
        self.why = why


def is_id(value: Any) -> bool:
    """Whether a value, text or number, is an id of a record."""
    if isinstance(value, str):
        is_number = 0 < len(value) <= 19 and value.isascii() and value.isdecimal()
        return is_number and 0 < int(value) <= MAX_NUMBER
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_NUMBER


def id_of(record: Mapping[str, Any]) -> str:
    """Return the id of a record; empty without a valid one."""
    value = record.get("id")
    return str(value) if is_id(value) else ""


def read_moment(value: Any) -> datetime:
    """Return a moment, or one from ISO 8601, with a time zone.

    Raises Unstorable for anything else, and for one that is not in our era everywhere.
    """
    if not isinstance(value, str | datetime):
        raise Unstorable(reason("not_a_moment", type=type(value).__name__))
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if FIRST <= moment.astimezone(UTC) <= LAST:
            return moment
    except OverflowError:
        pass
    except ValueError:
        raise Unstorable(reason("text_no_moment")) from None
    raise Unstorable(reason("moment_out_of_range"))


def moment_or_none(value: Any) -> datetime | None:
    """Return a moment from ISO 8601; None for anything else."""
    try:
        return read_moment(value)
    except Unstorable:
        return None


def storable_json(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Return a JSON value as databases store it. Raises Unstorable for one of too many levels."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, float) and not isfinite(value):
        return None
    if not isinstance(value, Mapping | list | tuple):
        return value
    if not depth:
        raise Unstorable(reason("too_deep", count=MAX_DEPTH))
    if isinstance(value, Mapping):
        pairs = value.items()
        return {storable_text(str(name)): storable_json(part, depth - 1) for name, part in pairs}
    return [storable_json(part, depth - 1) for part in value]
