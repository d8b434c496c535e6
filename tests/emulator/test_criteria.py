"""Criteria as trees: what is written is read back, whatever the values contain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_zcrm.emulator.engine.criteria import Criteria, comparable, comparison
from django_zcrm.emulator.engine.search_criteria import (
    SearchCondition,
    SearchGroup,
    parse,
)
from tests.cases import check_each

names = st.sampled_from(["Last_Name", "Score", "Created_Time", "$approved", "Owner.id"])
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
conditions = st.one_of(
    st.builds(
        lambda name, op, value: SearchCondition(name, op, (value,)),
        names,
        st.sampled_from(["equals", "not_equal", "starts_with", "less_than"]),
        values.filter(lambda value: "," not in value),
    ),
    st.builds(
        lambda name, values: SearchCondition(name, "in", tuple(values)),
        names,
        st.lists(values, min_size=1, max_size=4),
    ),
    st.builds(
        lambda name, low, high: SearchCondition(name, "between", (low, high)), names, values, values
    ),
)
trees: st.SearchStrategy[Criteria] = st.recursive(
    conditions,
    lambda inner: st.builds(SearchGroup, st.sampled_from(["and", "or"]), inner, inner),
    max_leaves=8,
)


@pytest.mark.slow
@given(trees)
def test_criteria_round_trip(tree: Criteria) -> None:
    assert parse(str(tree)) == tree


def test_criteria_without_brackets_are_evaluated_from_left_to_right() -> None:
    tree = parse("(A:equals:1)or(B:equals:2)and(C:equals:3)")
    assert str(tree) == "(((A:equals:1)or(B:equals:2))and(C:equals:3))"


def test_spaces_between_the_parts_do_not_matter() -> None:
    assert parse(" ( (A:equals:a b) and (B:equals:2) ) ") == parse(
        "((A:equals:a b)and(B:equals:2))"
    )


@check_each(
    ("value_type", "stored", "operator", "value", "matches"),
    [
        ("text", "Straße", "equal", "STRASSE", True),
        ("text", "Straße", "contains", "ass", True),
        ("text", None, "equal", "", False),
        ("text", None, "not_equal", "a", True),
        ("text", None, "not_contains", "a", True),
        ("text", "", "empty", "", True),
        ("bigint", "10", "greater_than", "9", True),
        ("id", "10", "equal", "010", True),
        ("double", 2.5, "less_equal", "2.50", True),
        ("double", None, "less_equal", "2", False),
        ("date", "2026-03-01", "greater_equal", "2026-03-01", True),
        ("datetime", "2026-03-01T09:00:00+00:00", "equal", "2026-03-01T10:00:00+01:00", True),
        ("boolean", False, "equal", "FALSE", True),
        ("lookup", "12", "not_in", "12", False),
        ("multiselectpicklist", ["A", "B"], "equal", "b", True),
        ("multiselectpicklist", ["A", "B"], "equal", "a;c", False),
        ("multiselectpicklist", ["A", "B"], "in", "a;c", True),
        ("multiselectpicklist", [], "not_equal", "a", True),
    ],
)
def test_values_compare_by_the_type_of_their_field(
    value_type: str, stored: object, operator: str, value: str, matches: bool
) -> None:
    test = comparison(
        lambda record: record["x"], value_type, operator, (comparable(value_type, value, "UTC"),)
    )
    assert test({"x": stored}) is matches


@pytest.mark.parametrize(("exact", "matches"), [(False, True), (True, False)])
def test_multi_select_comparisons_match_sets_of_values(exact: bool, matches: bool) -> None:
    """Searches and COQL differ here."""
    test = comparison(
        lambda record: record["x"], "multiselectpicklist", "equal", ("a",), exact_choices=exact
    )
    assert test({"x": ["A", "B"]}) is matches


@pytest.mark.parametrize(
    ("value_type", "text"),
    [("double", "x"), ("bigint", "1.5"), ("date", "2026-13-01"), ("boolean", "1"), ("id", "x")],
)
def test_value_that_does_not_fit_its_type_cannot_be_compared(value_type: str, text: str) -> None:
    assert comparable(value_type, text, "UTC") is None
