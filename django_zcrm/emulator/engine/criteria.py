"""The criteria of a search: text to a tree and back, and the tree to a predicate on records.

criteria  := group { ("and" | "or") group }
    group     := "(" criteria ")" | "(" field ":" operator ":" value ")"

In a value, parentheses, commas and backslashes are escaped with a backslash (Zoho docs v7
search-records).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django_zcrm.emulator.core.errors import Problem
from django_zcrm.emulator.engine.values import is_id, parse_date, parse_moment, stored_moment
from django_zcrm.emulator.state.field import LOOKUP_TYPES, USER_TYPES, Field
from django_zcrm.emulator.state.module import Module
from django_zcrm.emulator.state.organisation import Organisation
from django_zcrm.emulator.state.store import Record

Test = Callable[[Record], bool]

MAX_VALUES = 100
MAX_CONDITIONS = 100
MAX_LEVELS = 100
"""How deep parentheses may nest."""
EMPTY = "${EMPTY}"

_COMPARING = frozenset(
    {
        "equals",
        "not_equal",
        "greater_equal",
        "greater_than",
        "less_equal",
        "less_than",
        "between",
        "in",
    }
)
_CHOOSING = frozenset({"equals", "not_equal", "in"})
_SPELLING = frozenset({"equals", "not_equal", "starts_with", "in"})
OPERATORS: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        ("date", "datetime", "integer", "currency", "double", "bigint", "percent"), _COMPARING
    ),
    "boolean": frozenset({"equals", "not_equal"}),
    "textarea": frozenset({"equals", "not_equal", "starts_with"}),
    **dict.fromkeys((*LOOKUP_TYPES, *USER_TYPES, "picklist", "autonumber"), _CHOOSING),
    **dict.fromkeys(("text", "email", "phone", "website", "multiselectpicklist"), _SPELLING),
}
_ALL_OPERATORS = frozenset().union(*OPERATORS.values())
_ESCAPED = re.compile(r"([(),\\])")
_NUMERIC = frozenset({"integer", "currency", "double", "percent"})


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. `values` holds more than one only for `in` and `between`."""

    field: str
    operator: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        value = ",".join(_ESCAPED.sub(r"\\\1", value) for value in self.values)
        return f"({self.field}:{self.operator}:{value})"

    def conditions(self) -> tuple[Condition, ...]:
        """Return every comparison in the tree."""
        return (self,)


@dataclass(frozen=True, slots=True)
class Group:
    """Two criteria joined by `and` or `or`."""

    word: str
    left: Criteria
    right: Criteria

    def __str__(self) -> str:
        return f"({self.left}{self.word}{self.right})"

    def conditions(self) -> tuple[Condition, ...]:
        """Return every comparison in the tree."""
        return (*self.left.conditions(), *self.right.conditions())


Criteria = Condition | Group


def invalid_query(reason: str, **details: Any) -> Problem:
    """Return Zoho's refusal of criteria."""
    return Problem("INVALID_QUERY", "invalid query formed", details={"reason": reason, **details})


def parse(text: str, most: int = MAX_CONDITIONS) -> Criteria:
    """Parse criteria with at most so many conditions.

    Raises Problem INVALID_QUERY when they are malformed, or CRITERIA_LIMIT_EXCEEDED.
    """
    parser = _Parser(text.strip(), most)
    tree = parser.sequence()
    if not parser.at_end:
        raise invalid_query("unexpected text after the criteria")
    return tree


class _Parser:
    def __init__(self, text: str, most: int) -> None:
        self._text = text
        self._at = 0
        self._most = most
        self._conditions = 0
        self._level = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._text)

    def sequence(self) -> Criteria:
        tree = self._group()
        while word := self._word():
            # Without parentheses, and/or are evaluated from left to right.
            tree = Group(word, tree, self._group())
        return tree

    def _word(self) -> str | None:
        self._skip_space()
        for word in ("and", "or"):
            if self._text.startswith(word, self._at):
                self._at += len(word)
                return word
        return None

    def _group(self) -> Criteria:
        self._expect("(")
        self._skip_space()
        self._level += 1
        if self._level > MAX_LEVELS:
            raise invalid_query("too many brackets in each other")
        tree = self.sequence() if self._peek() == "(" else self._condition()
        self._level -= 1
        self._expect(")")
        return tree

    def _condition(self) -> Condition:
        self._conditions += 1
        if self._conditions > self._most:
            raise Problem(
                "CRITERIA_LIMIT_EXCEEDED",
                f"no of criterium that can be given exceed the limit {self._most}",
                details={"limit": self._most},
            )
        field = self._until_colon()
        operator = self._until_colon()
        if operator not in _ALL_OPERATORS:
            raise invalid_query("the operator is not known", api_name=field, operator=operator)
        values = self._values()
        if operator == "between":
            if len(values) != 2:
                raise invalid_query("between takes two values", api_name=field, operator=operator)
        elif operator == "in":
            if len(values) > MAX_VALUES:
                raise Problem(
                    "LIMIT_EXCEEDED",
                    "the number of values given exceeds the limit",
                    details={"limit": MAX_VALUES, "api_name": field},
                )
        else:
            values = (",".join(values),)
        return Condition(field, operator, values)

    def _until_colon(self) -> str:
        end = self._text.find(":", self._at)
        word = self._text[self._at : end].strip() if end >= 0 else ""
        if not re.fullmatch(r"[$\w.]+", word):
            raise invalid_query("a condition is (field:operator:value)")
        self._at = end + 1
        return word

    def _values(self) -> tuple[str, ...]:
        values: list[str] = []
        letters: list[str] = []
        while (letter := self._peek()) != ")":
            if letter == "":
                raise invalid_query("a bracket is not closed")
            if letter == "(":
                raise invalid_query("a bracket in a value is not escaped")
            self._at += 1
            if letter == "\\" and self._peek() in ("(", ")", ",", "\\"):
                letter = self._peek()
                self._at += 1
            elif letter == ",":
                values.append("".join(letters))
                letters = []
                continue
            letters.append(letter)
        return (*values, "".join(letters))

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip_space(self) -> None:
        while self._peek().isspace():
            self._at += 1

    def _expect(self, letter: str) -> None:
        self._skip_space()
        if self._peek() != letter:
            raise invalid_query(f"expected {letter}")
        self._at += 1


def predicate(
    org: Organisation, module: Module, tree: Criteria, version: float, *, exact: bool = False
) -> Test:
    """Return a predicate on records.

    `exact` makes `equals` on text mean what it says, as in custom views; in searches it acts
    like `contains` (Zoho docs v7 search-records). Raises Problem INVALID_QUERY for an unknown
    field, or an operator or value that its type does not allow.
    """
    if isinstance(tree, Group):
        left = predicate(org, module, tree.left, version, exact=exact)
        right = predicate(org, module, tree.right, version, exact=exact)
        if tree.word == "and":
            return lambda record: left(record) and right(record)
        return lambda record: left(record) or right(record)
    return _condition_test(org, module, tree, version, exact=exact)


def _find_field(module: Module, name: str, version: float) -> Field | None:
    for field in module.fields_in(version):
        if name in (field.name_in(version), field.api_name):
            return field
        points = field.lookup is not None or field.data_type in USER_TYPES
        if points and name == f"{field.api_name}.id":
            return field
    return module.field_map.get(name)


def _condition_test(
    org: Organisation, module: Module, condition: Condition, version: float, *, exact: bool
) -> Test:
    name, operator = condition.field, condition.operator
    if "" in condition.values:
        raise invalid_query("a value is missing", api_name=name, operator=operator)
    if name == "id":
        return _id_test(condition)
    field = _find_field(module, name, version)
    allowed = OPERATORS.get(field.value_type) if field is not None else None
    if field is None or allowed is None:
        raise invalid_query(
            "the field is not available for search", api_name=name, operator=operator
        )
    if operator not in allowed:
        raise invalid_query(
            "the operator is not supported for the field", api_name=name, operator=operator
        )
    if condition.values == (EMPTY,) and operator in ("equals", "not_equal"):
        wants_empty = operator == "equals"
        key = field.api_name
        return lambda record: (record.get(key) in (None, "", [])) is wants_empty
    values = tuple(_value(field, condition, value) for value in condition.values)
    if field.is_list_of_tags:
        names = _multiselect_test("Tag", operator, values)
        tags = org.records.tags
        return lambda record: names(
            {"Tag": [tags[tag_id].name for tag_id in record.get("Tag") or () if tag_id in tags]}
        )
    if field.data_type == "multiselectpicklist":
        return _multiselect_test(field.api_name, operator, values)
    if field.value_type in _SPELLED:
        contains = field.value_type in ("text", "textarea") and not exact
        return _spelling_test(field.api_name, operator, values, contains=contains)
    if field.value_type == "bigint":
        return _compare(field.api_name, operator, values, int)
    return _compare(field.api_name, operator, values)


def _id_test(condition: Condition) -> Test:
    if condition.operator not in _COMPARING:
        raise invalid_query(
            "the operator is not supported for the field",
            api_name="id",
            operator=condition.operator,
        )
    if not all(map(is_id, condition.values)):
        raise invalid_query(
            "the value is not valid for the field", api_name="id", operator=condition.operator
        )
    return _compare("id", condition.operator, tuple(map(int, condition.values)), int)


_SPELLED = frozenset({"text", "email", "phone", "website", "textarea", "picklist", "autonumber"})


def _value(field: Field, condition: Condition, text: str) -> Any:
    kind = field.value_type
    value: Any = text
    try:
        if kind in _NUMERIC:
            value = float(text)
        elif kind == "bigint":
            value = int(text)
    except ValueError:
        value = None
    if kind == "date":
        value = parse_date(text)
    elif kind == "datetime":
        moment = parse_moment(text)
        value = stored_moment(moment) if moment else None
    elif kind == "boolean":
        value = {"true": True, "false": False}.get(text.lower())
    elif kind in LOOKUP_TYPES or kind in USER_TYPES:
        value = text if is_id(text) else None
    if value is None:
        raise invalid_query(
            "the value is not valid for the field",
            api_name=condition.field,
            operator=condition.operator,
        )
    return value.casefold() if kind in _SPELLED or kind == "multiselectpicklist" else value


def _compare(
    name: str, operator: str, values: tuple[Any, ...], convert: Callable[[Any], Any] | None = None
) -> Test:
    first, last = values[0], values[-1]
    chosen = frozenset(values)
    tests: dict[str, Callable[[Any], bool]] = {
        "equals": lambda value: bool(value == first),
        "greater_equal": lambda value: bool(value >= first),
        "greater_than": lambda value: bool(value > first),
        "less_equal": lambda value: bool(value <= first),
        "less_than": lambda value: bool(value < first),
        "between": lambda value: bool(first <= value <= last),
        "in": lambda value: value in chosen,
    }
    if operator == "not_equal":
        return lambda record: _converted(record.get(name), convert) != first
    test = tests[operator]

    def check(record: Record) -> bool:
        value = record.get(name)
        return value is not None and test(convert(value) if convert else value)

    return check


def _converted(value: Any, convert: Callable[[Any], Any] | None) -> Any:
    return convert(value) if convert and value is not None else value


def _spelling_test(name: str, operator: str, values: tuple[str, ...], *, contains: bool) -> Test:
    first, chosen = values[0], frozenset(values)
    tests: dict[str, Callable[[str], bool]] = {
        "equals": (lambda text: first in text) if contains else (lambda text: text == first),
        "not_equal": lambda text: text != first,
        "starts_with": lambda text: text.startswith(first),
        "in": lambda text: text in chosen,
    }
    test, default = tests[operator], operator == "not_equal"

    def check(record: Record) -> bool:
        value = record.get(name)
        return default if value is None else test(value.casefold())

    return check


def _multiselect_test(name: str, operator: str, values: tuple[str, ...]) -> Test:
    wanted = frozenset(part for value in values for part in value.split(";"))
    first = values[0]
    tests: dict[str, Callable[[set[str]], bool]] = {
        "equals": lambda chosen: wanted <= chosen,
        "not_equal": lambda chosen: not wanted <= chosen,
        "in": lambda chosen: not wanted.isdisjoint(chosen),
        "starts_with": lambda chosen: any(text.startswith(first) for text in chosen),
    }
    test = tests[operator]
    return lambda record: test({text.casefold() for text in record.get(name) or ()})
