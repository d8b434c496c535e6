"""Writes the criteria of a bulk read: the same conditions as COQL's, as JSON."""

from __future__ import annotations

from typing import Any

from ...errors import NotSupported
from .fields import Path
from .operators import EQUALITY, LISTS, NULL, ORDER, PATTERNS
from .query import UNLISTED_TYPES, CompiledQuery
from .tree import ALL, Comparison, Constant, Junction, Node, comparisons

ROWS = 200_000
"""Records of one job (bulk read overview page)."""

MAX_CONDITIONS = 25
MAX_VALUES = 100
EMPTY = "${EMPTY}"

_WITHOUT = frozenset({"Notes", "Attachments", "Emails"})
"""Modules that bulk read does not have (ZD 367)."""

OPERATORS = {
    "text": EQUALITY | PATTERNS | NULL,
    "long text": EQUALITY | PATTERNS | NULL,
    "choices": EQUALITY | PATTERNS | NULL,
    "number": EQUALITY | ORDER | NULL,
    "date": EQUALITY | ORDER | NULL,
    "datetime": EQUALITY | ORDER | NULL,
    "id": EQUALITY,
    "reference": EQUALITY | NULL,
    "boolean": frozenset({"="}),
}
"""The operators that bulk read has for each family of types (ZD 367)."""

_COMPARATORS = {
    "=": "equal",
    "!=": "not_equal",
    "in": "in",
    "not in": "not_in",
    "<": "less_than",
    "<=": "less_equal",
    ">": "greater_than",
    ">=": "greater_equal",
    "contains": "contains",
    "not contains": "not_contains",
    "starts": "starts_with",
    "ends": "ends_with",
    "null": "equal",
    "not null": "not_equal",
}
_ONE_BY_ONE = frozenset({"date", "datetime"})
"""Families without `in`: a list of them becomes as many conditions."""


def check(compiled: CompiledQuery) -> None:
    """Raise NotSupported if a bulk read cannot run the query."""
    query = compiled.query
    if query.is_sliced:
        raise NotSupported("A bulk read has no LIMIT: read slices by COQL.")
    if query.orders or query.is_reversed:
        raise NotSupported("A bulk read has no order: drop order_by().")
    if query.module in _WITHOUT:
        raise NotSupported(f"Zoho has no bulk read of {query.module}.")
    for column in compiled.columns:
        if "->" in column.path.text or column.path.field.data_type in UNLISTED_TYPES:
            raise NotSupported(
                f"A bulk read does not return {column.path.text}, because of its type."
            )
    for comparison in comparisons(compiled.where):
        _check_comparison(comparison)
    check_count(compiled.where)


def check_count(node: Node) -> None:
    """Raise NotSupported for more conditions than a bulk read accepts."""
    count = sum(len(_groups(comparison)) for comparison in comparisons(node))
    if count > MAX_CONDITIONS:
        raise NotSupported(
            f"A bulk read accepts {MAX_CONDITIONS} conditions, but this query has {count}."
        )


def _check_comparison(comparison: Comparison) -> None:
    path, operator = comparison.path, comparison.operator
    if operator not in OPERATORS.get(path.kind, ()) or "->" in path.tested:
        raise NotSupported(
            f"{path.text} ({path.field.data_type}): a bulk read has no {operator!r} for fields of "
            "this type."
        )
    if EMPTY in comparison.values:
        raise NotSupported(f"{path.text}: in a bulk read, {EMPTY} means no value.")


def difference(compiled: CompiledQuery) -> str:
    """Return the difference from COQL's result as text; empty if there is none."""
    bare = [
        column.path.text
        for column in compiled.columns
        if column.path.kind in ("reference", "tags") and column.path.text == column.path.tested
    ]
    if bare:
        return f"A bulk read gives lookups without names, and tags without ids: {', '.join(bare)}."
    return ""


def criteria(node: Node) -> dict[str, Any] | None:
    """Return the criteria for conditions that passed `check`; None for all records."""
    return None if node == ALL else _write(node)


def _write(node: Node) -> dict[str, Any]:
    match node:
        case Comparison(_, operator):
            return _join("and" if operator == "not in" else "or", _groups(node))
        case Junction(word, parts):
            return _join(word, [_write(part) for part in parts])
        case Constant():
            raise AssertionError("nothing is asked for what holds for all or none")


def _join(word: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    return parts[0] if len(parts) == 1 else {"group_operator": word, "group": parts}


def _groups(comparison: Comparison) -> list[dict[str, Any]]:
    """Return a comparison as the conditions that Zoho counts, with long lists split."""
    path, operator, values = comparison.path, comparison.operator, comparison.values
    if operator in LISTS and path.kind in _ONE_BY_ONE:
        single = "=" if operator == "in" else "!="
        return [_condition(path, single, _value(path, value)) for value in values]
    if operator in LISTS:
        pieces = [values[start : start + MAX_VALUES] for start in range(0, len(values), MAX_VALUES)]
        return [
            _condition(path, operator, [_value(path, value) for value in piece]) for piece in pieces
        ]
    return [_condition(path, operator, _value(path, values[0]) if values else EMPTY)]


def _condition(path: Path, operator: str, value: Any) -> dict[str, Any]:
    return {"field": path.tested, "comparator": _COMPARATORS[operator], "value": value}


def _value(path: Path, text: str) -> Any:
    if path.kind == "boolean":
        return text == "true"
    if path.kind == "number" and "." not in text:
        return int(text)
    return float(text) if path.kind == "number" else text
