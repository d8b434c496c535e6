"""Builds search criteria, with values escaped so that they cannot change the criteria.

    crm.records.search("Leads", criteria=all_of(
        where("Company", "starts_with", name),
        any_of(where("Lead_Status", "in", ["Contacted", "Lost Lead"]),
               where("Annual_Revenue", "between", (1000, 5000)))))

Zoho requires escapes for brackets, commas and backslashes (docs v8 search-records); the client does
the percent-encoding. Fields are not checked: Zoho refuses an operator that a field's type does not
support.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Literal, get_args

from .errors import ConfigurationError
from .http.encoding import text

Operator = Literal[
    "equals",
    "not_equal",
    "starts_with",
    "greater_equal",
    "greater_than",
    "less_equal",
    "less_than",
    "between",
    "in",
]
OPERATORS: tuple[Operator, ...] = get_args(Operator)


def where(field: str, operator: Operator, value: Any) -> str:
    """Return one condition. `in` takes several values and `between` two.

    `equals` on text also matches values that contain it: filter again where that matters. Raises
    ConfigurationError for a field name or an operator that would change the criteria, for None, and
    for an empty list.
    """
    if not _is_name(field):
        raise ConfigurationError(f"{field!r} is not the API name of a field.")
    if operator not in OPERATORS:
        raise ConfigurationError(f"{operator!r} is not an operator: {_advice(operator)}")
    values = [value]
    if operator in {"in", "between"}:
        values = list(value) if _is_list(value) else []
        if not values or (operator == "between" and len(values) != 2):
            count = "two" if operator == "between" else "a list of"
            raise ConfigurationError(f"{operator} takes {count} values for {field}.")
    return f"({field}:{operator}:{','.join(_escape(value) for value in values)})"


def _is_name(field: object) -> bool:
    return isinstance(field, str) and bool(re.fullmatch(r"[\w$.]+", field, re.ASCII))


def _is_list(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes)


def _advice(operator: object) -> str:
    close = get_close_matches(operator.lower() if isinstance(operator, str) else "", OPERATORS, 1)
    return f"Did you mean {close[0]!r}?" if close else f"choose one of {', '.join(OPERATORS)}."


def all_of(*criteria: str) -> str:
    """Join criteria with `and`. Raises ConfigurationError when there are none."""
    return _join("and", criteria)


def any_of(*criteria: str) -> str:
    """Join criteria with `or`. Raises ConfigurationError when there are none."""
    return _join("or", criteria)


def _join(word: str, criteria: Iterable[str]) -> str:
    parts = list(criteria)
    if not parts:
        raise ConfigurationError("There are no criteria to join.")
    return parts[0] if len(parts) == 1 else f"({word.join(parts)})"


def _escape(value: Any) -> str:
    if value is None:
        raise ConfigurationError("None is not a value that Zoho compares.")
    return re.sub(r"([(),\\])", r"\\\1", text(value))
