"""The criteria of a bulk read: a JSON tree, checked and turned into a predicate on records.

Unlike search criteria, these have their own comparator names, and text is compared in full.
"""

from __future__ import annotations

from typing import Any

from ...core import Refusal
from ...engine import ranges
from ...engine.criteria import (
    MULTI_SELECT,
    Read,
    Test,
    comparable,
    comparison,
    join_tests,
    json_fold,
)
from ...engine.field_resolver import FieldResolver, ResolvedField
from ...state import LOOKUP_TYPES, USER_TYPES, Item
from ...state.field import NUMERIC_TYPES, TEXT_TYPES

EMPTY = "${EMPTY}"
MAX_CONDITIONS = 25
MAX_VALUES = 200

_CHOOSING = ("equal", "not_equal", "in", "not_in")
_ORDERING = ("less_than", "less_equal", "greater_than", "greater_equal")
_SPELLING = ("contains", "not_contains", "starts_with", "ends_with")
#: The comparators by field type (Zoho docs v7 bulk-read create).
COMPARATORS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((*NUMERIC_TYPES, "bigint"), _CHOOSING + _ORDERING),
    **dict.fromkeys((*TEXT_TYPES, MULTI_SELECT), _CHOOSING + _SPELLING),
    **dict.fromkeys(
        ("date", "datetime"), ("equal", "not_equal", *_ORDERING, "between", "not_between")
    ),
    **dict.fromkeys((*LOOKUP_TYPES, *USER_TYPES, "id"), _CHOOSING),
    "boolean": ("equal",),
}
_LISTS = {"in", "not_in"}
_PAIRS = {"between", "not_between"}


def api_name(item: Item, *, in_text: bool) -> str | None:
    """Return the field that a condition is about: `api_name` in v2, `field.api_name` later."""
    holder = item if in_text else item.get("field")
    name = holder.get("api_name") if isinstance(holder, dict) else None
    return name if isinstance(name, str) and name else None


def predicate(resolver: FieldResolver, tree: Any, *, in_text: bool) -> Test:
    """Return a predicate on records. Raises Refusal for a tree that Zoho would refuse."""
    if _count(tree) > MAX_CONDITIONS:
        raise Refusal(
            "CRITERIA_LIMIT_EXCEEDED",
            "The number of conditions exceeds the limit",
            details={"max_limit": MAX_CONDITIONS},
        )
    return _test(resolver, tree, in_text=in_text)


def time_fields(resolver: FieldResolver, tree: Item, *, in_text: bool) -> list[str]:
    """Return the module's own fields of a time that checked criteria compare."""
    paths = json_fold(
        tree,
        lambda item: [api_name(item, in_text=in_text) or ""],
        lambda word, sides: [path for side in sides for path in side],
    )
    fields = (resolver.resolve(path).own_field for path in paths)
    return [field.api_name for field in fields if field and field.value_type in ranges.TIMES]


def range_of(resolver: FieldResolver, tree: Item, name: str, *, in_text: bool) -> ranges.Range:
    """Return which ids, and which positions in the order by a field, criteria allow at most."""

    def range_of_condition(item: Item) -> ranges.Range:
        path = api_name(item, in_text=in_text) or ""
        field = resolver.resolve(path)
        if path == "id":
            return ranges.range_of_ids(*_read_operands(resolver, path, item, field))
        if field.own_field is not None and field.own_field.api_name == name:
            return ranges.range_of_values(*_read_operands(resolver, path, item, field))
        return ranges.EVERYTHING

    return json_fold(tree, range_of_condition, ranges.join_ranges)


def _count(tree: Any) -> int:
    group = tree.get("group") if isinstance(tree, dict) else None
    return sum(map(_count, group)) if isinstance(group, list) else 1


def _test(resolver: FieldResolver, tree: Any, *, in_text: bool) -> Test:
    if not isinstance(tree, dict):
        raise Refusal("CRITERIA_NOT_SUPPORTED", "The criteria given are not supported")
    if "group" in tree or "group_operator" in tree:
        return _group_test(resolver, tree, in_text=in_text)
    path = api_name(tree, in_text=in_text)
    if path is None or "comparator" not in tree or "value" not in tree:
        raise Refusal("AMBIGUOUS_CRITERIA", "The criteria given are ambiguous", details=tree)
    return _condition_test(resolver, path, tree)


def _group_test(resolver: FieldResolver, tree: Item, *, in_text: bool) -> Test:
    group, operator = tree.get("group"), tree.get("group_operator")
    if not isinstance(group, list) or not group or not {"field", "comparator"}.isdisjoint(tree):
        raise Refusal(
            "AMBIGUOUS_GROUP_IN_CRITERIA", "The group in the criteria is ambiguous", details=tree
        )
    if operator not in ("and", "or"):
        raise Refusal(
            "GROUP_OPERATOR_NOT_SUPPORTED",
            "The group operator is not supported",
            details={"supported": ["and", "or"]},
        )
    tests = [_test(resolver, item, in_text=in_text) for item in group]
    return join_tests(operator, tests)


def _condition_test(resolver: FieldResolver, path: str, item: Item) -> Test:
    field = find(resolver, path, "FIELD_IN_CRITERIA_NOT_AVAILABLE")
    comparator, values = _read_operands(resolver, path, item, field)
    if field.value_type == MULTI_SELECT and values:
        # Compared as one text, as the CSV has it.
        return comparison(_choices_in_text(field), "text", comparator, values)
    return comparison(field.read, field.value_type, comparator, values)


def _read_operands(
    resolver: FieldResolver, path: str, item: Item, field: ResolvedField
) -> tuple[str, tuple[Any, ...]]:
    """Return operator and values in the form that `comparison` expects."""
    comparators = COMPARATORS.get(field.value_type)
    comparator, value = item["comparator"], item["value"]
    if comparators is None:
        raise Refusal(
            "FIELD_IN_CRITERIA_NOT_SUPPORTED",
            "The field is not supported in criteria",
            details={"api_name": path},
        )
    if comparator not in comparators:
        raise Refusal(
            "FIELD_AND_COMPARATOR_IN_CRITERIA_NOT_COMPATIBLE",
            "The field and the comparator are not compatible",
            details={"api_name": path, "comparator": comparator, "supported": list(comparators)},
        )
    if value == EMPTY and comparator in ("equal", "not_equal"):
        return ("empty" if comparator == "equal" else "not_empty"), ()
    values = value if comparator in _LISTS | _PAIRS else [value]
    if isinstance(values, str) and comparator in _LISTS:
        values = [part.strip() for part in values.split(",")]
    if not isinstance(values, list) or (comparator in _PAIRS and len(values) != 2) or not values:
        raise _incompatible_error(path, item)
    if len(values) > MAX_VALUES:
        raise Refusal(
            "VALUE_LIMIT_EXCEEDED_IN_CRITERIA",
            "The number of values in the criteria exceeds the limit",
            details={"max_limit": MAX_VALUES},
        )
    operands = tuple(
        comparable(field.value_type, _text(value), resolver.org.time_zone) for value in values
    )
    if None in operands:
        raise _incompatible_error(path, item)
    return comparator, operands


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


def _choices_in_text(field: ResolvedField) -> Read:
    read = field.read
    return lambda record: ";".join(read(record) or ())


def find(resolver: FieldResolver, path: str, unavailable: str) -> ResolvedField:
    """Resolve a path. Raises Refusal with the code `unavailable` for an unknown path."""
    try:
        return resolver.resolve(path)
    except Refusal as refusal:
        if refusal.code == "LIMIT_EXCEEDED":
            raise Refusal("JOIN_LIMIT_EXCEEDED", "The number of joins exceeds the limit") from None
        raise Refusal(
            unavailable,
            "The field given is not available",
            details={"api_name": path, "module": resolver.module.api_name},
        ) from None


def _incompatible_error(path: str, item: Item) -> Refusal:
    return Refusal(
        "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE",
        "The field and the value are not compatible",
        details={"api_name": path, "comparator": item["comparator"], "value": item["value"]},
    )
