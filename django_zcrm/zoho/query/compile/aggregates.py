"""Aggregates as in Django: `Sum`, `Count`, `Min`, `Max`, `Avg`; Django's own work as well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import ConfigurationError, NotSupported
from .fields import Path


class Aggregate:
    """A value computed from a field of many records. For scripts without Django."""

    name = ""

    def __init__(self, field: str, *, default: Any = None) -> None:
        self.field = field
        self.default = default

    @property
    def default_alias(self) -> str:
        """The default key of the result: `Annual_Revenue__sum`."""
        return f"{self.field}__{self.name.lower()}"

    def __repr__(self) -> str:
        return f"{self.name}({self.field!r})"


class Sum(Aggregate):
    """The sum of a number's values; None when there are none."""

    name = "Sum"


class Avg(Aggregate):
    """The average of a number's values; None when there are none."""

    name = "Avg"


class Min(Aggregate):
    """The lowest number, date or datetime; None when there is none."""

    name = "Min"


class Max(Aggregate):
    """The highest number, date or datetime; None when there is none."""

    name = "Max"


class Count(Aggregate):
    """The number of records with a value in a field; `Count("id")` and `Count("*")` count all."""

    name = "Count"


@dataclass(frozen=True, slots=True)
class Aggregation:
    """A requested aggregate: COQL's function, a field's name, and the key of the result."""

    function: str
    field: str
    key: str
    default: Any = None


_FUNCTIONS = frozenset({"Sum", "Avg", "Min", "Max", "Count"})


def read_aggregate(aggregate: Any, rename: Callable[[str], str], key: str = "") -> Aggregation:
    """Read an aggregate, Django's or ours; `rename` converts a name to Zoho's name.

    Raises NotSupported for one that COQL does not have, ConfigurationError for anything else.
    """
    name = getattr(aggregate, "name", "")
    if name not in _FUNCTIONS or not hasattr(type(aggregate), "default_alias"):
        if hasattr(aggregate, "resolve_expression"):
            raise NotSupported(
                "COQL computes Sum, Avg, Min, Max and Count of a field, and no other expression."
            )
        raise ConfigurationError(f"An aggregate is Sum('Field') or the like, not {aggregate!r}.")
    for option, instead in _WITHOUT_COUNTERPART.items():
        if getattr(aggregate, option, None):
            raise NotSupported(f"COQL has no {option} in aggregates: {instead}.")
    field_name = aggregate.field if isinstance(aggregate, Aggregate) else _field(aggregate)
    if field_name == "*" and not key:
        raise ConfigurationError(f"{name}('*') needs a key: aggregate(n={name}('*')).")
    return Aggregation(
        name.upper(),
        "id" if field_name == "*" else rename(field_name),
        key or f"{field_name}__{name.lower()}",
        getattr(aggregate, "default", None),
    )


_WITHOUT_COUNTERPART = {
    "distinct": "group by the field, and count the groups",
    "filter": "aggregate a filtered record set",
    "order_by": "the order changes none of these",
}


def _field(aggregate: Any) -> str:
    """Return the name of the field in one of Django's aggregates."""
    sources = [source for source in aggregate.get_source_expressions() if source is not None]
    kinds = {type(source).__name__ for source in sources}
    if len(sources) != 1 or not kinds <= {"F", "Star"}:
        raise NotSupported("COQL aggregates a field, not an expression of fields.")
    return str(sources[0].name) if kinds == {"F"} else "*"


_COUNTED = frozenset({"id", "number", "reference"})
_SUMMED = frozenset({"number"})
_COMPARED = frozenset({"number", "date", "datetime"})
_TAKEN = {"COUNT": _COUNTED, "SUM": _SUMMED, "AVG": _SUMMED, "MIN": _COMPARED, "MAX": _COMPARED}


def is_taken(function: str, path: Path) -> bool:
    """Return whether COQL has a function for a field's type (COQL aggregate functions page)."""
    is_picklist = path.field.data_type == "picklist"
    return path.kind in _TAKEN[function] or (function == "COUNT" and is_picklist)


def check(function: str, path: Path) -> None:
    """Raise NotSupported if COQL has no such function for a field's type."""
    if not is_taken(function, path):
        raise NotSupported(
            f"COQL does not compute {function} of {path.text}, which is of type "
            f"{path.field.data_type}."
        )
