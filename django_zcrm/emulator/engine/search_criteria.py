"""The criteria of searches and custom views: text to a tree and back, and to a predicate.

criteria  := group { ("and" | "or") group } | field ":" operator ":" value
    group     := "(" criteria ")" | "(" field ":" operator ":" value ")"

In a value, parentheses, commas and backslashes are escaped with a backslash (Zoho docs v7
search-records).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from ..core import Refusal
from ..guesses import behaves
from ..state import LOOKUP_TYPES, USER_TYPES, Field, Module, Organisation
from . import criteria
from .criteria import MULTI_SELECT, Condition, Criteria, Group, Read, Test

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
    "id": _COMPARING,
    "boolean": frozenset({"equals", "not_equal"}),
    "textarea": frozenset({"equals", "not_equal", "starts_with"}),
    **dict.fromkeys((*LOOKUP_TYPES, *USER_TYPES, "picklist", "autonumber"), _CHOOSING),
    **dict.fromkeys(("text", "email", "phone", "website", "multiselectpicklist"), _SPELLING),
}
_ALL_OPERATORS = frozenset().union(*OPERATORS.values())
_ESCAPED = re.compile(r"([(),\\])")
#: The names of operators where they are not those of `criteria.comparison`.
_OPERATIONS = {"equals": "equal"}


@dataclass(frozen=True, slots=True)
class SearchCondition(Condition):
    """One comparison. `values` holds more than one only for `in` and `between`."""

    def __str__(self) -> str:
        value = ",".join(_ESCAPED.sub(r"\\\1", value) for value in self.values)
        return f"({self.path}:{self.operator}:{value})"


@dataclass(frozen=True, slots=True)
class SearchGroup(Group):
    """Two criteria in brackets, joined by `and` or `or`."""

    def __str__(self) -> str:
        return f"({self.left}{self.word}{self.right})"


def invalid_query(reason: str, **details: Any) -> Refusal:
    """Return Zoho's error for criteria."""
    return Refusal("INVALID_QUERY", "Invalid query formed", details={"reason": reason, **details})


def parse(text: str, maximum: int = MAX_CONDITIONS) -> Criteria:
    """Parse criteria with at most so many conditions.

    Raises Refusal INVALID_QUERY when they are malformed, or CRITERIA_LIMIT_EXCEEDED.
    """
    text = text.strip()
    if not text.startswith("(") and not behaves("records.bare-criterion", "refused"):
        # Programs in use send a single condition without parentheses.
        text = f"({text})"
    parser = _Parser(text, maximum)
    tree = parser.sequence()
    if not parser.at_end:
        raise invalid_query("unexpected text after the criteria")
    return tree


class _Parser:
    def __init__(self, text: str, maximum: int) -> None:
        self._text = text
        self._at = 0
        self._maximum = maximum
        self._conditions = 0
        self._level = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._text)

    def sequence(self) -> Criteria:
        members, words = [self._group()], []
        while word := self._word():
            words.append(word)
            members.append(self._group())
        if len(set(words)) > 1 and behaves("records.and-or", "refused"):
            raise invalid_query("and and or must be nested")
        if behaves("records.and-or", "and-first"):
            for index in [index for index, word in enumerate(words) if word == "and"][::-1]:
                members[index : index + 2] = [SearchGroup("and", *members[index : index + 2])]
                del words[index]
        # Without parentheses, and/or are evaluated from left to right.
        tree = members[0]
        for word, member in zip(words, members[1:], strict=True):
            tree = SearchGroup(word, tree, member)
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

    def _condition(self) -> SearchCondition:
        self._conditions += 1
        if self._conditions > self._maximum:
            raise Refusal(
                "CRITERIA_LIMIT_EXCEEDED",
                f"no of criterium that can be given exceed the limit {self._maximum}",
                details={"limit": self._maximum},
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
                raise Refusal(
                    "LIMIT_EXCEEDED",
                    "the number of values given exceeds the limit",
                    details={"limit": MAX_VALUES, "api_name": field},
                )
        else:
            values = (",".join(values),)
        return SearchCondition(field, operator, values)

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

    `exact` makes `equals` on text an exact comparison, as in custom views; in searches it acts
    like `contains` (Zoho docs v7 search-records). Raises Refusal INVALID_QUERY for an unknown
    field, or an operator or value that its type does not allow.
    """

    def condition_test(condition: Condition) -> Test:
        return _condition_test(org, module, condition, version, exact=exact)

    return criteria.predicate(tree, condition_test)


def _find_field(module: Module, name: str, version: float) -> Field | None:
    for field in module.fields_in(version):
        if name in (field.name_in(version), field.api_name):
            return field
        is_reference = field.lookup is not None or field.data_type in USER_TYPES
        if is_reference and name == f"{field.api_name}.id":
            return field
    return module.field_map.get(name)


def _condition_test(
    org: Organisation, module: Module, condition: Condition, version: float, *, exact: bool
) -> Test:
    if "" in condition.values:
        if behaves("records.missing-value", "taken"):
            return lambda record: False
        raise _invalid_condition("a value is missing", condition)
    if EMPTY in condition.values and behaves("records.search-empty", "refused"):
        raise _invalid_condition("the value is not valid for the field", condition)
    if condition.path == "id":
        return _comparison(org, condition, "id", itemgetter("id"))
    field = _find_field(module, condition.path, version)
    if field is None or field.value_type not in OPERATORS:
        raise _invalid_condition("the field is not available for search", condition)
    if field.is_list_of_tags:
        return _comparison(org, condition, field.value_type, _tag_names(org), MULTI_SELECT)
    name = field.api_name
    return _comparison(
        org,
        condition,
        field.value_type,
        lambda record: record.get(name),
        equals_contains=field.value_type in ("text", "textarea")
        and not (exact or behaves("records.search-equals", "exact")),
    )


def _comparison(
    org: Organisation,
    condition: Condition,
    value_type: str,
    read: Read,
    compared_as: str = "",
    *,
    equals_contains: bool = False,
) -> Test:
    """Return the predicate for a condition on a field whose operators are those of `value_type`."""
    operator = condition.operator
    if operator not in OPERATORS[value_type]:
        raise _invalid_condition("the operator is not supported for the field", condition)
    operation = _OPERATIONS.get(operator, operator)
    if condition.values == (EMPTY,) and value_type != "id" and operation in ("equal", "not_equal"):
        empty = "empty" if operation == "equal" else "not_empty"
        return criteria.comparison(read, value_type, empty, ())
    if operation == "equal" and equals_contains:
        operation = "contains"
    values = tuple(
        criteria.comparable(value_type, value, org.time_zone) for value in condition.values
    )
    # Users of Zoho report: `not_equal:null` is refused, and ${EMPTY} finds empty values.
    if None in values or (operation == "not_equal" and condition.values == ("null",)):
        raise _invalid_condition("the value is not valid for the field", condition)
    return criteria.comparison(read, compared_as or value_type, operation, values)


def _tag_names(org: Organisation) -> Read:
    tags = org.records.tags
    return lambda record: [
        tags[tag_id].name for tag_id in record.get("Tag") or () if tag_id in tags
    ]


def _invalid_condition(reason: str, condition: Condition) -> Refusal:
    return invalid_query(reason, api_name=condition.path, operator=condition.operator)
