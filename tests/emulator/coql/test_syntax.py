"""The COQL parser, with generated queries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_zcrm.emulator.api.coql.syntax import (
    AGGREGATES,
    COMPARISONS,
    Column,
    Comparison,
    ConditionGroup,
    Order,
    Query,
    Value,
    parse,
)
from django_zcrm.emulator.core.errors import Refusal
from django_zcrm.emulator.engine.criteria import Criteria

WORDS = st.from_regex(r"[A-Z][A-Za-z]{1,8}_[A-Za-z]{1,8}(\.[A-Z][a-z]{2,6})?", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
VALUES = st.one_of(
    TEXTS.map(Value),
    st.integers(-(10**6), 10**6).map(lambda number: Value(str(number), "number")),
    st.dates().map(lambda day: Value(day.isoformat(), "moment")),
)
PREDICATES = st.one_of(
    st.builds(Comparison, WORDS, st.sampled_from(COMPARISONS), st.tuples(VALUES)),
    st.builds(Comparison, WORDS, st.just("is null"), st.just(()), st.booleans()),
    st.builds(Comparison, WORDS, st.just("between"), st.tuples(VALUES, VALUES), st.booleans()),
    st.builds(
        Comparison,
        WORDS,
        st.just("in"),
        st.lists(VALUES, min_size=1, max_size=4).map(tuple),
        st.booleans(),
    ),
    st.builds(Comparison, WORDS, st.just("like"), st.tuples(TEXTS.map(Value)), st.booleans()),
)
CONDITIONS: st.SearchStrategy[Criteria] = st.recursive(
    PREDICATES,
    lambda inner: st.builds(ConditionGroup, st.sampled_from(["and", "or"]), inner, inner),
    max_leaves=6,
)
QUERIES = st.builds(
    Query,
    columns=st.lists(
        st.builds(
            Column, WORDS, st.sampled_from(["", *AGGREGATES]), st.sampled_from(["", "Other_Name"])
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
    module=st.sampled_from(["Leads", "Deals", "CustomModule1"]),
    condition=CONDITIONS,
    view=st.sampled_from(["", "1234567"]),
    group_by=st.lists(WORDS, max_size=2).map(tuple),
    order_by=st.lists(st.builds(Order, WORDS, st.booleans()), max_size=2).map(tuple),
    limit=st.integers(0, 2000),
    offset=st.integers(0, 1000),
)


@pytest.mark.slow
@given(QUERIES)
def test_written_query_parses_to_the_same(written: Query) -> None:
    assert parse(str(written)) == written


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        parse(f"select {text}")
    except Refusal as refusal:
        if refusal.code != "SYNTAX_ERROR":
            raise


def test_quotes_are_escaped_by_the_chosen_style() -> None:
    def read(text: str, quotes: str) -> str | None:
        try:
            query = f"select id from Leads where Company = {text}"  # noqa: S608
            condition = parse(query, quotes).condition
        except Refusal:
            return None
        return condition.values[0].text if isinstance(condition, Comparison) else None

    for text, both, backslash, doubled in (
        (r"'O\'Neil'", "O'Neil", "O'Neil", None),
        ("'O''Neil'", "O'Neil", None, "O'Neil"),
        ('"O\'Neil"', "O'Neil", "O'Neil", "O'Neil"),
        (r"'C:\'", None, None, "C:\\"),
        (r"'a\\b'", "a\\b", "a\\b", "a\\\\b"),
        ('"a""b"', None, None, 'a"b'),
    ):
        readings = [read(text, quotes) for quotes in ("both", "backslash", "doubled")]
        assert readings == [both, backslash, doubled], text
