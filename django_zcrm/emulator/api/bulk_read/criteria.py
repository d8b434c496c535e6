"""The criteria of a bulk read: a JSON tree, checked and turned into a predicate on records.

Unlike search criteria, these have their own comparator names, and text is compared in full.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.engine.names import Name, Names, Read
from django_zcrm.emulator.engine.values import is_id, parse_date, parse_moment, stored_moment
from django_zcrm.emulator.state.field import LOOKUP_TYPES, USER_TYPES
from django_zcrm.emulator.state.settings import Item
from django_zcrm.emulator.state.store import Record

Test = Callable[[Record], bool]

EMPTY = "${EMPTY}"
MAX_CONDITIONS = 25
MAX_VALUES = 200

_CHOOSING = ("equal", "not_equal", "in", "not_in")
_ORDERING = ("less_than", "less_equal", "greater_than", "greater_equal")
_SPELLING = ("contains", "not_contains", "starts_with", "ends_with")
_NUMERIC = ("integer", "double", "currency", "percent", "bigint")
_SPELLED = ("text", "email", "phone", "website", "textarea", "picklist", "autonumber")

#: The comparators by field type (Zoho docs v7 bulk-read create).
COMPARATORS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_NUMERIC, _CHOOSING + _ORDERING),
    **dict.fromkeys((*_SPELLED, "multiselectpicklist"), _CHOOSING + _SPELLING),
    **dict.fromkeys(
        ("date", "datetime"), ("equal", "not_equal", *_ORDERING, "between", "not_between")
    ),
    **dict.fromkeys((*LOOKUP_TYPES, *USER_TYPES, "id"), _CHOOSING),
    "boolean": ("equal",),
}
_LISTS = {"in", "not_in"}
_PAIRS = {"between", "not_between"}


@dataclass(frozen=True, slots=True)
class _Condition:
    name: Name
    comparator: str
    values: tuple[Any, ...]


def api_name(item: Item, *, in_text: bool) -> str | None:
    """Return the field that a condition is about: `api_name` in v2, `field.api_name` later."""
    holder = item if in_text else item.get("field")
    name = holder.get("api_name") if isinstance(holder, dict) else None
    return name if isinstance(name, str) and name else None


def predicate(names: Names, tree: Any, *, in_text: bool) -> Test:
    """Return a predicate on records. Raises Problem for a tree that Zoho would refuse."""
    if _count(tree) > MAX_CONDITIONS:
        raise Problem(
            "CRITERIA_LIMIT_EXCEEDED",
            "The number of conditions exceeds the limit",
            details={"max_limit": MAX_CONDITIONS},
        )
    return _test(names, tree, in_text=in_text)


def _count(tree: Any) -> int:
    group = tree.get("group") if isinstance(tree, dict) else None
    return sum(map(_count, group)) if isinstance(group, list) else 1


def _test(names: Names, tree: Any, *, in_text: bool) -> Test:
    if not isinstance(tree, dict):
        raise Problem("CRITERIA_NOT_SUPPORTED", "The criteria given are not supported")
    if "group" in tree or "group_operator" in tree:
        return _group_test(names, tree, in_text=in_text)
    path = api_name(tree, in_text=in_text)
    if path is None or "comparator" not in tree or "value" not in tree:
        raise Problem("AMBIGUOUS_CRITERIA", "The criteria given are ambiguous", details=tree)
    return _condition_test(_condition(names, path, tree))


def _group_test(names: Names, tree: Item, *, in_text: bool) -> Test:
    group, operator = tree.get("group"), tree.get("group_operator")
    if not isinstance(group, list) or not group or not {"field", "comparator"}.isdisjoint(tree):
        raise Problem(
            "AMBIGUOUS_GROUP_IN_CRITERIA", "The group in the criteria is ambiguous", details=tree
        )
    if operator not in ("and", "or"):
        raise Problem(
            "GROUP_OPERATOR_NOT_SUPPORTED",
            "The group operator is not supported",
            details={"supported": ["and", "or"]},
        )
    tests = [_test(names, item, in_text=in_text) for item in group]
    decide = all if operator == "and" else any
    return lambda record: decide(test(record) for test in tests)


def _condition(names: Names, path: str, item: Item) -> _Condition:
    name = find(names, path, "FIELD_IN_CRITERIA_NOT_AVAILABLE")
    allowed = COMPARATORS.get(name.kind)
    comparator, value = item["comparator"], item["value"]
    if allowed is None:
        raise Problem(
            "FIELD_IN_CRITERIA_NOT_SUPPORTED",
            "The field is not supported in criteria",
            details={"api_name": path},
        )
    if comparator not in allowed:
        raise Problem(
            "FIELD_AND_COMPARATOR_IN_CRITERIA_NOT_COMPATIBLE",
            "The field and the comparator are not compatible",
            details={"api_name": path, "comparator": comparator, "supported": list(allowed)},
        )
    if value == EMPTY and comparator in ("equal", "not_equal"):
        return _Condition(name, comparator, (EMPTY,))
    values = value if comparator in _LISTS | _PAIRS else [value]
    if isinstance(values, str) and comparator in _LISTS:
        values = [part.strip() for part in values.split(",")]
    if not isinstance(values, list) or (comparator in _PAIRS and len(values) != 2) or not values:
        raise _not_compatible(path, item)
    if len(values) > MAX_VALUES:
        raise Problem(
            "VALUE_LIMIT_EXCEEDED_IN_CRITERIA",
            "The number of values in the criteria exceeds the limit",
            details={"max_limit": MAX_VALUES},
        )
    return _Condition(name, comparator, tuple(_value(name, path, item, one) for one in values))


def find(names: Names, path: str, unavailable: str) -> Name:
    """Resolve a path. Raises Problem with the code `unavailable` when it leads nowhere."""
    try:
        return names.find(path)
    except Problem as problem:
        if problem.code == "LIMIT_EXCEEDED":
            raise Problem("JOIN_LIMIT_EXCEEDED", "The number of joins exceeds the limit") from None
        raise Problem(
            unavailable,
            "The field given is not available",
            details={"api_name": path, "module": names.module.api_name},
        ) from None


def _not_compatible(path: str, item: Item) -> Problem:
    return Problem(
        "FIELD_AND_VALUE_IN_CRITERIA_NOT_COMPATIBLE",
        "The field and the value are not compatible",
        details={"api_name": path, "comparator": item["comparator"], "value": item["value"]},
    )


def _value(name: Name, path: str, item: Item, value: Any) -> Any:
    """Return one value in the form used for comparisons."""
    text = value if isinstance(value, str) else str(value)
    read: Any = None
    if name.kind in _NUMERIC:
        try:
            read = int(text) if name.kind == "bigint" else float(text)
        except ValueError:
            read = None
    elif name.kind == "boolean":
        read = {"true": True, "false": False}.get(text.lower())
    elif name.kind == "date":
        read = parse_date(text)
    elif name.kind == "datetime":
        moment = parse_moment(text)
        read = stored_moment(moment) if moment else None
    elif name.kind in _SPELLED or name.kind == "multiselectpicklist":
        read = text.casefold()
    else:
        read = text if is_id(text) else None
    if read is None:
        raise _not_compatible(path, item)
    return read


def _condition_test(condition: _Condition) -> Test:
    read, values = _comparable(condition.name), condition.values
    first, last, chosen = values[0], values[-1], frozenset(values)
    if first == EMPTY:
        stored, wants_empty = condition.name.stored, condition.comparator == "equal"
        return lambda record: (stored(record) in (None, "", [])) is wants_empty
    tests: dict[str, Callable[[Any], bool]] = {
        "equal": lambda value: bool(value == first),
        "in": lambda value: value in chosen,
        "less_than": lambda value: bool(value < first),
        "less_equal": lambda value: bool(value <= first),
        "greater_than": lambda value: bool(value > first),
        "greater_equal": lambda value: bool(value >= first),
        "between": lambda value: bool(first <= value <= last),
        "contains": lambda value: first in value,
        "starts_with": lambda value: bool(value.startswith(first)),
        "ends_with": lambda value: bool(value.endswith(first)),
    }
    # An empty field is unequal to every value.
    negated = condition.comparator.startswith("not_")
    test = tests[condition.comparator.removeprefix("not_")]

    def check(record: Record) -> bool:
        value = read(record)
        return negated if value is None else test(value) is not negated

    return check


def _comparable(name: Name) -> Read:
    """Return the function that reads a record's value for comparisons."""
    stored = name.stored
    if name.kind == "multiselectpicklist":
        return lambda record: _lower(";".join(stored(record) or ()))
    if name.kind in _SPELLED:
        return lambda record: _lower(stored(record))
    if name.kind == "bigint":
        return lambda record: None if (value := stored(record)) is None else int(value)
    return stored


def _lower(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
