"""Turns COQL conditions into predicates on records."""

from __future__ import annotations

import re
from typing import Any

from ...core import Refusal
from ...engine import criteria, ranges
from ...engine.criteria import MULTI_SELECT, Condition, Criteria, Test
from ...engine.field_resolver import FieldResolver, ResolvedField
from ...guesses import behaves
from ...state import LOOKUP_TYPES, USER_TYPES
from ...state.field import NUMERIC_TYPES, TEXT_TYPES
from .syntax import Value

_TEXT_OPERATORS = frozenset({"=", "!=", "like", "in", "is null"})
_REFERENCE_OPERATORS = frozenset({"=", "!=", "in", "is null"})
_NUMBER_OPERATORS = frozenset({"=", "!=", ">=", ">", "<=", "<", "between", "in", "is null"})
OPERATORS: dict[str, frozenset[str]] = {
    **dict.fromkeys((*TEXT_TYPES - {"textarea"}, MULTI_SELECT), _TEXT_OPERATORS),
    **dict.fromkeys((*LOOKUP_TYPES, *USER_TYPES), _REFERENCE_OPERATORS),
    **dict.fromkeys((*NUMERIC_TYPES, "bigint", "id", "date", "datetime"), _NUMBER_OPERATORS),
    "boolean": frozenset({"="}),
    "tags": frozenset({"is null"}),
}
#: The names of operators where they are not those of `criteria.comparison`.
_OPERATIONS = {
    "=": "equal",
    "!=": "not_equal",
    ">=": "greater_equal",
    ">": "greater_than",
    "<=": "less_equal",
    "<": "less_than",
    "is null": "empty",
}


def predicate(resolver: FieldResolver, tree: Criteria) -> Test:
    """Return the predicate for a condition.

    Raises Refusal INVALID_QUERY for an unknown column, an operator that its type does not allow,
    or a value of the wrong type.
    """
    return criteria.predicate(tree, lambda condition: _condition_test(resolver, condition))


def time_fields(resolver: FieldResolver, tree: Criteria) -> list[str]:
    """Return the module's own fields of a time that a condition compares."""
    fields = (resolver.resolve(condition.path) for condition in tree.conditions())
    return [
        field.own_field.api_name
        for field in fields
        if field.own_field is not None and field.value_type in ranges.TIMES
    ]


def range_of(resolver: FieldResolver, tree: Criteria, name: str) -> ranges.Range:
    """Return which ids, and which positions in the order by a field, a condition allows at most."""

    def range_of_condition(condition: Condition) -> ranges.Range:
        field = resolver.resolve(condition.path)
        if condition.negated:
            return ranges.EVERYTHING
        if condition.path == "id":
            return ranges.range_of_ids(*_read_operands(resolver, condition, field))
        if field.own_field is not None and field.own_field.api_name == name:
            return ranges.range_of_values(*_read_operands(resolver, condition, field))
        return ranges.EVERYTHING

    return criteria.fold(tree, range_of_condition, ranges.join_ranges)


def _condition_test(resolver: FieldResolver, condition: Condition) -> Test:
    field = resolver.resolve(condition.path)
    if condition.operator not in OPERATORS.get(field.value_type, ()):
        raise _invalid("invalid operator found", condition, reason="operator not supported")
    if (
        condition.operator == "between"
        and field.value_type in ("date", "datetime")
        and (
            "between-dates" in resolver.org.coql_refused or behaves("coql.between-dates", "refused")
        )
    ):
        raise _invalid("invalid operator found", condition, reason="operator not supported")
    operation, values = _read_operands(resolver, condition, field)
    if condition.negated:
        operation = f"not_{operation}"
    test = criteria.comparison(field.read, field.value_type, operation, values, exact_choices=True)
    if operation == "not_equal" and behaves("coql.empty-fields", "left-out"):
        return lambda record: field.read(record) is not None and test(record)
    return test


def _read_operands(
    resolver: FieldResolver, condition: Condition, field: ResolvedField
) -> tuple[str, tuple[Any, ...]]:
    """Return operator and values in the form that `criteria.comparison` expects."""
    values = tuple(
        _comparable(field.value_type, condition, value, resolver.org.time_zone)
        for value in condition.values
    )
    return _OPERATIONS.get(condition.operator, condition.operator), values


def _comparable(value_type: str, condition: Condition, value: Value, zone: str) -> Any:
    """Return a value in the form used for comparisons. Raises Refusal if it does not fit."""
    text, comparable = value.text, None
    if condition.operator == "like":
        if condition.negated and not re.fullmatch("%.*%", text, re.DOTALL):
            raise _invalid("invalid query formed", condition, reason="not like takes '%text%' only")
        return text.casefold()
    if value_type in NUMERIC_TYPES:
        comparable = float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else None
    elif value_type in ("id", "bigint"):
        comparable = int(text) if re.fullmatch(r"-?[0-9]{1,19}", text) else None
    elif value.kind != "number" or value_type not in {*TEXT_TYPES, MULTI_SELECT}:
        comparable = criteria.comparable(value_type, text, zone)
    if comparable is None:
        raise _invalid("value given seems to be invalid for the column", condition, value=text)
    return comparable


def _invalid(message: str, condition: Condition, **details: Any) -> Refusal:
    return Refusal(
        "INVALID_QUERY",
        message,
        details={"column_name": condition.path, "operator": condition.operator, **details},
    )
