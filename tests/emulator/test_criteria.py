"""Criteria as trees: what is written is read back, whatever the values contain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from django_zcrm.emulator.engine.criteria import Condition, Criteria, Group, parse

names = st.sampled_from(["Last_Name", "Score", "Created_Time", "$approved", "Owner.id"])
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
conditions = st.one_of(
    st.builds(
        lambda name, op, value: Condition(name, op, (value,)),
        names,
        st.sampled_from(["equals", "not_equal", "starts_with", "less_than"]),
        values.filter(lambda value: "," not in value),
    ),
    st.builds(
        lambda name, found: Condition(name, "in", tuple(found)),
        names,
        st.lists(values, min_size=1, max_size=4),
    ),
    st.builds(
        lambda name, low, high: Condition(name, "between", (low, high)), names, values, values
    ),
)
trees: st.SearchStrategy[Criteria] = st.recursive(
    conditions,
    lambda inner: st.builds(Group, st.sampled_from(["and", "or"]), inner, inner),
    max_leaves=8,
)


@given(trees)
def test_criteria_round_trip(tree: Criteria) -> None:
    assert parse(str(tree)) == tree


def test_without_brackets_words_are_taken_from_left_to_right() -> None:
    tree = parse("(A:equals:1)or(B:equals:2)and(C:equals:3)")
    assert str(tree) == "(((A:equals:1)or(B:equals:2))and(C:equals:3))"


def test_spaces_between_the_parts_do_not_matter() -> None:
    assert parse(" ( (A:equals:a b) and (B:equals:2) ) ") == parse(
        "((A:equals:a b)and(B:equals:2))"
    )
