"""Builds search criteria, with values escaped so that they cannot change the criteria.

    crm.records.search("Leads", criteria=all_of(
        where("Company", "starts_with", name),
        any_of(where("Lead_Status", "in", ["Contacted", "Lost Lead"]),
               where("Annual_Revenue", "between", (1000, 5000)))))

Zoho wants brackets, commas and backslashes escaped (docs v8 search-records); the client does the
percent-encoding. Fields are not checked: Zoho refuses an operator that a field's type does not
support.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from .encoding import text
from .errors import ConfigurationError

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


def where(field: str, operator: Operator, value: Any) -> str:
    """Return one condition. `in` takes several values and `between` two.

    `equals` on text also matches values that contain it: filter again where that matters. Raises
    ConfigurationError for a field name that would change the criteria, and for an empty list.
    """
    if not re.fullmatch(r"[\w$.]+", field, re.ASCII):
        raise ConfigurationError(f"{field!r} is not the API name of a field.")
    several = operator in {"in", "between"}
    values = list(value) if several and isinstance(value, Iterable) else [value]
    if not values or (isinstance(value, str) and several):
        raise ConfigurationError(f"{operator} takes a list of values for {field}.")
    return f"({field}:{operator}:{','.join(_escaped(one) for one in values)})"


def all_of(*criteria: str) -> str:
    """Join criteria with `and`. Raises ConfigurationError when there are none."""
    return _joined("and", criteria)


def any_of(*criteria: str) -> str:
    """Join criteria with `or`. Raises ConfigurationError when there are none."""
    return _joined("or", criteria)


def _joined(word: str, criteria: Iterable[str]) -> str:
    parts = list(criteria)
    if not parts:
        raise ConfigurationError("There are no criteria to join.")
    return parts[0] if len(parts) == 1 else f"({word.join(parts)})"


def _escaped(value: Any) -> str:
    return re.sub(r"([(),\\])", r"\\\1", text(value))
