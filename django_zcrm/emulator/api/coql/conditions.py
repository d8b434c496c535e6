"""Turns COQL conditions into predicates on records."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django_zcrm.emulator.api.coql.syntax import Condition, Junction, Predicate, Value
from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.engine.names import Name, Names
from django_zcrm.emulator.engine.values import is_id, parse_date, parse_moment, stored_moment
from django_zcrm.emulator.state.store import Record

Test = Callable[[Record], bool]

_TEXT = frozenset({"=", "!=", "like", "in", "is null"})
_REFERENCE = frozenset({"=", "!=", "in", "is null"})
_NUMBER = frozenset({"=", "!=", ">=", ">", "<=", "<", "between", "in", "is null"})
OPERATORS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        (
            "text",
            "email",
            "phone",
            "website",
            "picklist",
            "multiselectpicklist",
            "autonumber",
        ),
        _TEXT,
    ),
    **dict.fromkeys(("lookup", "multi_module_lookup", "ownerlookup", "userlookup"), _REFERENCE),
    **dict.fromkeys(
        ("date", "datetime", "integer", "double", "currency", "percent", "id"), _NUMBER
    ),
    "bigint": _NUMBER,
    "boolean": frozenset({"="}),
    "tags": frozenset({"is null"}),
}
_NUMERIC = frozenset({"integer", "double", "currency", "percent"})
_FOLDED = frozenset({"text", "email", "phone", "website", "picklist", "autonumber"})


def predicate(names: Names, condition: Condition) -> Test:
    """Return the predicate for a condition.

    Raises Problem INVALID_QUERY for an unknown column, an operator that its type does not allow,
    or a value of the wrong type.
    """
    if isinstance(condition, Junction):
        left, right = predicate(names, condition.left), predicate(names, condition.right)
        if condition.word == "and":
            return lambda record: left(record) and right(record)
        return lambda record: left(record) or right(record)
    name = names.find(condition.path)
    allowed = OPERATORS.get(name.kind)
    if allowed is None or condition.operator not in allowed:
        raise _refusal("invalid query formed", condition, reason="operator not supported")
    read = name.stored
    if condition.operator == "is null":
        wanted = not condition.negated
        return lambda record: (read(record) in (None, "", [])) is wanted
    values = [_value(name, condition, value) for value in condition.values]
    return _test(name, condition, values)


def _test(name: Name, condition: Predicate, values: list[Any]) -> Test:
    if name.kind == "multiselectpicklist":
        return _multiselect(name, condition, values)
    read, first, last = name.stored, values[0], values[-1]
    fold = name.kind in _FOLDED
    chosen = frozenset(values)
    pattern = _pattern(first) if condition.operator == "like" else None
    compare: dict[str, Callable[[Any], bool]] = {
        "=": lambda value: value == first,
        "!=": lambda value: value != first,
        ">=": lambda value: value >= first,
        ">": lambda value: value > first,
        "<=": lambda value: value <= first,
        "<": lambda value: value < first,
        "between": lambda value: first <= value <= last,
        "in": lambda value: value in chosen,
        "like": lambda value: pattern is not None and pattern.fullmatch(value) is not None,
    }
    test = compare[condition.operator]
    negated = condition.negated
    convert = _id_number if name.kind in ("id", "bigint") else None

    def check(record: Record) -> bool:
        value = read(record)
        if value is None:
            # As in Zoho: an empty field is unequal to everything, and outside every list.
            return negated or condition.operator == "!="
        if fold:
            value = value.casefold()
        elif convert is not None:
            value = convert(value)
        return test(value) is not negated

    return check


def _id_number(value: Any) -> Any:
    return int(value)


def _multiselect(name: Name, condition: Predicate, values: list[Any]) -> Test:
    read = name.stored
    wanted = frozenset(part for value in values for part in str(value).split(";"))
    pattern = _pattern(str(values[0])) if condition.operator == "like" else None

    def check(record: Record) -> bool:
        chosen = {text.casefold() for text in read(record) or ()}
        if pattern is not None:
            found = any(pattern.fullmatch(text) for text in chosen)
        elif condition.operator == "in":
            found = not wanted.isdisjoint(chosen)
        else:
            found = chosen == wanted
        return found is not (condition.negated or condition.operator == "!=")

    return check


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("%")), re.DOTALL)


def _value(name: Name, condition: Predicate, value: Value) -> Any:
    kind, text = name.kind, value.text
    found: Any = None
    if condition.operator == "like":
        if condition.negated and not re.fullmatch("%.*%", text, re.DOTALL):
            raise _refusal("invalid query formed", condition, reason="not like takes '%text%' only")
        found = text.casefold()
    elif kind in _NUMERIC:
        found = float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None
    elif kind in ("id", "bigint"):
        found = int(text) if re.fullmatch(r"-?[0-9]{1,19}", text) else None
    elif kind == "date":
        found = parse_date(text)
    elif kind == "datetime":
        moment = parse_moment(text.replace("Z", "+00:00"))
        found = stored_moment(moment) if moment else None
    elif kind == "boolean":
        found = {"true": True, "false": False}.get(text.lower())
    elif kind in ("lookup", "multi_module_lookup", "ownerlookup", "userlookup"):
        found = text if is_id(text) else None
    elif value.kind != "number":
        found = text.casefold()
    if found is None:
        raise _refusal("value given seems to be invalid for the column", condition, value=text)
    return found


def _refusal(message: str, condition: Predicate, **details: Any) -> Problem:
    return Problem(
        "INVALID_QUERY",
        message,
        details={"column_name": condition.path, "operator": condition.operator, **details},
    )
