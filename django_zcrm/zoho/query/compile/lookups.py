"""What each lookup means for each type of field: `icontains`, `gte`, `date`... and a value become
comparisons, negated or not.

A negated comparison matches exactly the records that the other does not match. So it includes
records with an empty field, as `exclude()` does in Django.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from ...calls.metadata import FieldMetadata
from ...errors import ConfigurationError, NotSupported, UnknownField
from .fields import LOOKUPS, Path
from .literals import instant, literal, year_of
from .tree import ALL, NONE, Comparison, Constant, Node, join

NEGATED = {
    "=": "!=",
    "in": "not in",
    ">": "<=",
    ">=": "<",
    "<": ">=",
    "<=": ">",
    "contains": "not contains",
    "starts": "not starts",
    "ends": "not ends",
    "null": "not null",
}
"""Operators of comparisons, and what says the opposite of the records that are not empty."""

_OPERATORS = {
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
    "contains": "contains",
    "icontains": "contains",
    "startswith": "starts",
    "istartswith": "starts",
    "endswith": "ends",
    "iendswith": "ends",
}
_EXACT = frozenset({"exact", "iexact"})
_WORDS = frozenset({"contains", "starts", "ends"})
_ORDERED = frozenset({"number", "id", "date", "datetime"})
_WORDY = frozenset({"text", "long text", "choices"})


def node(path: Path, lookup: str, value: Any, negated: bool, zone: tzinfo) -> Node:
    """Return the node for a field, a lookup and a value.

    `zone` is the time zone in which days and years begin. Raises ConfigurationError for a lookup
    that does not exist and a value of the wrong kind, NotSupported for what Zoho cannot compare.
    """
    kind = path.kind
    *transforms, name = _split(lookup) or _check_lookup(path, lookup)
    if hasattr(value, "resolve_expression"):
        raise NotSupported(
            f"{path.text}: COQL compares a field with values, not with other fields or "
            "expressions: F() has no counterpart."
        )
    if name == "isnull" or (name in _EXACT and value is None):
        return _null(path, kind, is_null=_flag(path, value), negated=negated)
    if value is None:
        raise ConfigurationError(f"{path.text}__{name} does not take None: use isnull.")
    if transforms:
        return _part_of_time(path, kind, transforms, name, value, negated, zone)
    return _compare(path, kind, name, value, negated, zone)


@lru_cache(maxsize=1024)
def _split(lookup: str) -> tuple[str, ...]:
    """Return the lookup of a text, if it has no transforms."""
    return (lookup or "exact",) if not lookup or lookup in _PLAIN else ()


def _check_lookup(path: Path, lookup: str) -> list[str]:
    """Return the transforms and the lookup of a text such as `date__gte`."""
    names = lookup.split("__") if lookup else ["exact"]
    unknown = next((name for name in names if name not in LOOKUPS), None)
    if unknown is not None:
        if lookup in _WITHOUT_COUNTERPART:
            raise NotSupported(
                f"{path.text}__{lookup}: Zoho has no such condition. Filter the rows in Python."
            )
        raise UnknownField(
            f"{path.text}: {unknown!r} is neither a lookup nor a field of the related module; "
            f"lookups are {', '.join(sorted(LOOKUPS))}."
        )
    if names[-1] in ("date", "year"):
        names.append("exact")
    if len(names) > 2 or any(name not in ("date", "year") for name in names[:-1]):
        raise ConfigurationError(f"{path.text}__{lookup} is more than one lookup.")
    return names


_PLAIN = LOOKUPS - {"date", "year"}
_WITHOUT_COUNTERPART = frozenset(
    "regex iregex search month day week week_day iso_week_day iso_year quarter time hour minute "
    "second trigram_similar unaccent".split()
)


def _flag(path: Path, value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, bool):
        raise ConfigurationError(f"{path.text}__isnull takes True or False.")
    return value


def _null(path: Path, kind: str, *, is_null: bool, negated: bool) -> Node:
    empty = _empty(path, kind)
    if is_null is not negated:
        return empty
    return (
        Constant(not empty.holds)
        if isinstance(empty, Constant)
        else Comparison(empty.path, "not null")
    )


def _empty(path: Path, kind: str) -> Comparison | Constant:
    """Return the comparison for an empty field; ids and checkboxes never are."""
    if kind not in ("id", "boolean"):
        return Comparison(path, "null")
    if not path.relations:
        return NONE
    # Empty behind an empty lookup; a checkbox has no check for null.
    *others, last = path.relations
    return Comparison(Path(last, FieldMetadata(last, "lookup"), tuple(others)), "null")


def _holds(path: Path, kind: str, operator: str, values: Iterable[str], *, negated: bool) -> Node:
    """Return a comparison, or its negation with the empty records."""
    comparison = Comparison(path, NEGATED[operator] if negated else operator, tuple(values))
    return join("or", (comparison, _empty(path, kind))) if negated else comparison


def _all_hold(
    path: Path, kind: str, comparisons: Iterable[tuple[str, str]], *, negated: bool
) -> Node:
    """Return a node: all comparisons of a field hold or, negated, at least one does not."""
    if not negated:
        return join(
            "and", [Comparison(path, operator, (value,)) for operator, value in comparisons]
        )
    others = [Comparison(path, NEGATED[operator], (value,)) for operator, value in comparisons]
    return join("or", [*others, _empty(path, kind)])


def _check_order(path: Path, kind: str, name: str) -> None:
    if kind not in _ORDERED:
        raise NotSupported(
            f"{path.text}__{name}: Zoho compares dates and numbers by order, not a field of type "
            f"{path.field.data_type}."
        )


def _compare(path: Path, kind: str, name: str, value: Any, negated: bool, zone: tzinfo) -> Node:
    if name in _EXACT:
        return _equal(path, kind, value, negated, zone)
    if name == "in":
        return _among(path, kind, value, negated, zone)
    if name == "range":
        low, high = _pair(path, value)
        _check_order(path, kind, name)
        comparisons = [
            (operator, literal(path, kind, operator, bound, zone))
            for operator, bound in ((">=", low), ("<=", high))
        ]
        return _all_hold(path, kind, comparisons, negated=negated)
    operator = _OPERATORS[name]
    if operator in _WORDS:
        return _match_words(path, kind, operator, value, negated)
    _check_order(path, kind, name)
    return _holds(
        path, kind, operator, [literal(path, kind, operator, value, zone)], negated=negated
    )


def _equal(path: Path, kind: str, value: Any, negated: bool, zone: tzinfo) -> Node:
    if kind in _WORDY and value == "":
        # Zoho stores no empty text, so this has the same meaning as in Django on Oracle.
        return _null(path, kind, is_null=True, negated=negated)
    if kind == "boolean":
        text = literal(path, kind, "=", value, zone)
        if not negated:
            return Comparison(path, "=", (text,))
        other = Comparison(path, "=", ("false" if text == "true" else "true",))
        return join("or", (other, _empty(path, kind)))
    if kind == "datetime" and instant(path, value, zone).microsecond:
        return Constant(negated)  # Zoho's moments are whole seconds
    return _holds(path, kind, "=", [literal(path, kind, "=", value, zone)], negated=negated)


def _among(path: Path, kind: str, value: Any, negated: bool, zone: tzinfo) -> Node:
    if not isinstance(value, tuple):
        raise ConfigurationError(f"{path.text}__in takes a list of values.")
    several = [choice for choice in value if choice is not None]  # as in Django
    if kind == "boolean":
        word = "and" if negated else "or"
        return join(word, (_equal(path, kind, choice, negated, zone) for choice in several))
    nodes: list[Node] = []
    if kind in _WORDY and "" in several:
        nodes.append(_null(path, kind, is_null=True, negated=negated))
        several = [choice for choice in several if choice != ""]
    if kind == "datetime":
        several = [choice for choice in several if not instant(path, choice, zone).microsecond]
    values = list(dict.fromkeys(literal(path, kind, "in", choice, zone) for choice in several))
    if values:
        nodes.append(_holds(path, kind, "in", values, negated=negated))
    return join("and" if negated else "or", nodes)


def _match_words(path: Path, kind: str, operator: str, value: Any, negated: bool) -> Node:
    if kind not in _WORDY:
        raise NotSupported(
            f"{path.text}: Zoho searches in text, not in a field of type {path.field.data_type}."
        )
    text = literal(path, kind, operator, value, None)
    if not text:  # every text contains the empty text
        return _null(path, kind, is_null=False, negated=negated)
    return _holds(path, kind, operator, [text], negated=negated)


def _pair(path: Path, value: Any) -> tuple[Any, Any]:
    if not isinstance(value, tuple) or len(value) != 2:
        raise ConfigurationError(
            f"{path.text}__range takes two values, the lowest and the highest."
        )
    return value[0], value[1]


Period = tuple[date, date]
"""The first day of a period, and the first one after it."""


def _part_of_time(
    path: Path,
    kind: str,
    transforms: list[str],
    name: str,
    value: Any,
    negated: bool,
    zone: tzinfo,
) -> Node:
    """Write `__date` and `__year` as ranges."""
    [transform] = transforms
    if kind != "datetime" and not (kind == "date" and transform == "year"):
        raise ConfigurationError(
            f"{path.text}__{transform}: the field is of type {path.field.data_type}, not a date."
        )
    read: Callable[[Path, Any, tzinfo], Period] = _day if transform == "date" else _year

    def within(*bounds: tuple[str, date]) -> Node:
        comparisons = [(choice, literal(path, kind, choice, day, zone)) for choice, day in bounds]
        return _all_hold(path, kind, comparisons, negated=negated)

    if name == "in":
        if not isinstance(value, tuple):
            raise ConfigurationError(f"{path.text}__{transform}__in takes a list of values.")
        return join(
            "and" if negated else "or",
            (
                _part_of_time(path, kind, transforms, "exact", choice, negated, zone)
                for choice in value
                if choice is not None
            ),
        )
    if name == "range":
        low, high = _pair(path, value)
        return within((">=", read(path, low, zone)[0]), ("<", read(path, high, zone)[1]))
    if name not in ("exact", "gt", "gte", "lt", "lte"):
        raise NotSupported(f"{path.text}__{transform}__{name}: Zoho has no such condition.")
    start, end = read(path, value, zone)
    match name:
        case "gt":
            return within((">=", end))
        case "gte":
            return within((">=", start))
        case "lt":
            return within(("<", start))
        case "lte":
            return within(("<", end))
    return within((">=", start), ("<", end))


def _day(path: Path, value: Any, zone: tzinfo) -> Period:
    day = date.fromisoformat(literal(path, "date", "=", value, zone))
    if day == date.max:
        raise ConfigurationError(f"{path.text}__date takes a day before {date.max}.")
    return day, day + timedelta(days=1)


def _year(path: Path, value: Any, zone: tzinfo) -> Period:
    year = year_of(path, value)
    return date(year, 1, 1), date(year + 1, 1, 1)


__all__ = ["ALL", "NEGATED", "node"]
