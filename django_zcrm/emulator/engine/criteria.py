"""Criteria: conditions joined by `and` and `or`, and how values of each field type compare.

Searches, COQL and bulk read each have their own syntax, operator names and errors. This module
defines their common meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from operator import eq, ge, gt, le, lt
from typing import Any, TypeVar

from ..state.field import NUMERIC_TYPES, TEXT_TYPES
from .values import format_moment, is_id, parse_date, parse_moment

#: Returns whether a record, or another filtered item, matches.
Test = Callable[[Any], bool]
#: Reads the stored value that is compared.
Read = Callable[[Any], Any]

MULTI_SELECT = "multiselectpicklist"
#: The types of whole numbers that are stored as text.
_LARGE_NUMBERS = frozenset({"bigint", "id"})


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison in its written form; `not` may be part of the operator or a word before it."""

    path: str
    operator: str
    values: tuple[Any, ...] = ()
    negated: bool = False

    def conditions(self) -> Iterator[Condition]:
        """Yield every comparison in the tree."""
        yield self


@dataclass(frozen=True, slots=True)
class Group:
    """Two criteria joined by `and` or `or`."""

    word: str
    left: Criteria
    right: Criteria

    def conditions(self) -> Iterator[Condition]:
        """Yield every comparison in the tree."""
        yield from self.left.conditions()
        yield from self.right.conditions()


Criteria = Condition | Group


Result = TypeVar("Result")


def fold(
    tree: Criteria,
    of_condition: Callable[[Condition], Result],
    join: Callable[[str, Iterable[Result]], Result],
) -> Result:
    """Combine the results of `of_condition` with `join`, from the leaves up."""
    if isinstance(tree, Group):
        sides = (fold(side, of_condition, join) for side in (tree.left, tree.right))
        return join(tree.word, sides)
    return of_condition(tree)


def predicate(tree: Criteria, condition_test: Callable[[Condition], Test]) -> Test:
    """Return the predicate for a tree; `condition_test` returns that of one condition."""
    return fold(tree, condition_test, join_tests)


def json_fold(
    tree: dict[str, Any],
    of_condition: Callable[[Any], Result],
    join: Callable[[str, Iterable[Result]], Result],
) -> Result:
    """Like `fold` for a JSON tree, whose groups are joined by `and` unless the word is `or`."""
    if "group" not in tree:
        return of_condition(tree)
    members = (json_fold(member, of_condition, join) for member in tree["group"])
    return join(str(tree.get("group_operator")).lower(), members)


def json_predicate(tree: dict[str, Any], condition_test: Callable[[Any], Test]) -> Test:
    """Return the predicate for a JSON tree."""
    return json_fold(tree, condition_test, join_tests)


def join_tests(word: str, tests: Iterable[Test]) -> Test:
    """Return the predicate that is true if any (`or`) or all (any other word) of `tests` are."""
    members = tuple(tests)
    if len(members) == 1:
        return members[0]
    if len(members) == 2:
        left, right = members
        if word == "or":
            return lambda record: left(record) or right(record)
        return lambda record: left(record) and right(record)
    decide = any if word == "or" else all
    return lambda record: decide(test(record) for test in members)


def comparable(value_type: str, text: str, zone: str) -> Any:
    """Return a value of criteria in the form that `comparison` expects; None if it is invalid.

    A datetime without an offset is in the given time zone.
    """
    try:
        if value_type in NUMERIC_TYPES:
            return float(text)
        if value_type == "bigint":
            return int(text)
    except ValueError:
        return None
    if value_type in TEXT_TYPES or value_type == MULTI_SELECT:
        return text.casefold()
    if value_type == "date":
        return parse_date(text)
    if value_type == "datetime":
        moment = parse_moment(text, zone)
        return format_moment(moment) if moment else None
    if value_type == "boolean":
        return {"true": True, "false": False}.get(text.lower())
    if not is_id(text):
        return None
    return int(text) if value_type == "id" else text


def comparison(
    read: Read,
    value_type: str,
    operator: str,
    values: tuple[Any, ...],
    *,
    exact_choices: bool = False,
) -> Test:
    """Return the predicate that compares a stored value of a type with `values`.

    The operators are `empty`, `equal`, `in`, `less_than`, `less_equal`, `greater_than`,
    `greater_equal`, `between`, `contains`, `starts_with`, `ends_with`, `like` (`%` stands for
    anything), and each of them after `not_`. A multi-select equals values if it has all of them
    or, with `exact_choices`, if it has no others.
    """
    negated = operator.startswith("not_")
    operator = operator.removeprefix("not_")
    if operator == "empty":
        return lambda record: (read(record) in (None, "", [])) is not negated
    convert: Callable[[Any], Any] | None = None
    if value_type == MULTI_SELECT:
        convert, test = _choices, _choices_test(operator, values, exact=exact_choices)
    else:
        test = _value_test(operator, values)
        if value_type in TEXT_TYPES:
            convert = str.casefold
        elif value_type in _LARGE_NUMBERS:
            convert = int

    # An empty field is unequal to every value, and outside every range and list.
    if convert is None:

        def compare(record: Any) -> bool:
            value = read(record)
            return negated if value is None else test(value) is not negated

        return compare

    def compare_converted(record: Any) -> bool:
        value = read(record)
        return negated if value is None else test(convert(value)) is not negated

    return compare_converted


def _value_test(operator: str, values: tuple[Any, ...]) -> Test:
    first, last = values[0], values[-1]
    match operator:
        case "equal":
            return partial(eq, first)
        case "in":
            return frozenset(values).__contains__
        case "less_than":
            return partial(gt, first)
        case "less_equal":
            return partial(ge, first)
        case "greater_than":
            return partial(lt, first)
        case "greater_equal":
            return partial(le, first)
        case "between":
            return lambda value: bool(first <= value <= last)
        case "contains":
            return lambda value: first in value
        case "starts_with":
            return lambda value: bool(value.startswith(first))
        case "ends_with":
            return lambda value: bool(value.endswith(first))
        case "like":
            matched = _pattern(first).fullmatch
            return lambda value: matched(value) is not None
    raise ValueError(operator)


def _choices_test(operator: str, values: tuple[Any, ...], *, exact: bool) -> Test:
    first: str = values[0]
    expected = frozenset(part for value in values for part in value.split(";"))
    match operator:
        case "equal" if exact:
            return lambda choices: bool(choices == expected)
        case "equal":
            return expected.issubset
        case "in":
            return lambda choices: not expected.isdisjoint(choices)
        case "starts_with":
            return lambda choices: any(choice.startswith(first) for choice in choices)
        case "like":
            matched = _pattern(first).fullmatch
            return lambda choices: any(matched(choice) for choice in choices)
    raise ValueError(operator)


def _choices(stored: list[str]) -> set[str]:
    return {choice.casefold() for choice in stored}


def _pattern(text: str) -> re.Pattern[str]:
    first, *parts = map(re.escape, text.split("%"))
    # A part in the middle matches at its first place; others are not tried (atomic groups), which
    # would take hours for a dozen parts.
    middle = "".join(f"(?>.*?{part})" for part in parts[:-1])
    return re.compile(first + middle + "".join(f".*{part}" for part in parts[-1:]), re.DOTALL)


_OF_RULES = frozenset(
    {
        "equal",
        "not_equal",
        "in",
        "contains",
        "starts_with",
        "greater_than",
        "greater_equal",
        "less_than",
        "less_equal",
    }
)


def record_test(tree: dict[str, Any]) -> Test:
    """Return the predicate for a rule's JSON criteria; unsupported conditions match nothing.

    Values are compared as they are stored.
    """
    return json_predicate(tree, _rule_test)


def _rule_test(condition: dict[str, Any]) -> Test:
    name = str((condition.get("field") or {}).get("api_name"))
    comparator, value = str(condition.get("comparator")), condition.get("value")
    if comparator not in _OF_RULES:
        return lambda record: False

    def read_value(record: Any) -> Any:
        return record.get(name)

    def read_text(record: Any) -> str:
        return str(record.get(name) or "")

    if comparator in ("contains", "starts_with"):
        return comparison(read_text, "", comparator, (str(value),))
    if value is None:
        return lambda record: (read_value(record) is None) is (comparator == "equal")
    values = tuple(value) if comparator == "in" and isinstance(value, list) else (value,)
    try:
        test = comparison(read_value, "", comparator, values)
    except (TypeError, IndexError):  # no text or number, or no value at all
        return lambda record: False

    def compare(record: Any) -> bool:
        try:
            return test(record)
        except TypeError:
            return False

    return compare
