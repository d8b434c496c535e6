"""Criteria of a search: a hostile value stays a value, and the emulator reads it back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_zcrm.emulator.engine import search_criteria as emulated
from django_zcrm.zoho.criteria import all_of, any_of, where
from django_zcrm.zoho.errors import ConfigurationError
from tests.cases import check_each


@check_each(
    ("criteria", "written"),
    [
        (where("Company", "equals", "Acme, Inc. (UK)\\"), r"(Company:equals:Acme\, Inc. \(UK\)\\)"),
        (where("Amount", "between", (1, 2.5)), "(Amount:between:1,2.5)"),
        (where("Lead_Status", "in", ["a,b", "c"]), r"(Lead_Status:in:a\,b,c)"),
        (where("Email_Opt_Out", "equals", True), "(Email_Opt_Out:equals:true)"),
        (where("Date_1", "less_than", date(2026, 3, 1)), "(Date_1:less_than:2026-03-01)"),
        (
            where("Created_Time", "greater_than", datetime(2026, 3, 1, 9, tzinfo=UTC)),
            "(Created_Time:greater_than:2026-03-01T09:00:00+00:00)",
        ),
        (all_of(where("A", "equals", 1)), "(A:equals:1)"),
        (
            all_of(where("A", "equals", 1), any_of(where("B", "equals", 2), where("C", "in", [3]))),
            "((A:equals:1)and((B:equals:2)or(C:in:3)))",
        ),
    ],
)
def test_criteria_are_written_as_zoho_reads_them(criteria: str, written: str) -> None:
    assert criteria == written


@check_each(
    ("field", "operator", "value"),
    [
        ("A:equals:1)or(B", "equals", 1),
        ("", "equals", 1),
        (5, "equals", 1),
        ("A", "in", []),
        ("A", "in", "text"),
        ("A", "in", b"text"),
        ("A", "in", 5),
        ("A", "between", (1,)),
        ("A", "between", (1, 2, 3)),
        ("A", "equals", None),
        ("A", "in", ["a", None]),
    ],
)
def test_criteria_with_unsafe_value_raises(field: str, operator: Any, value: Any) -> None:
    with pytest.raises(ConfigurationError):
        where(field, operator, value)


@pytest.mark.parametrize(
    ("operator", "advice"),
    [
        ("equals:1)or(B:equals", "choose one of equals, not_equal,"),
        ("equal", "Did you mean 'equals'?"),
        ("EQUALS", "Did you mean 'equals'?"),
        ("", "choose one of"),
        (None, "choose one of"),
        (["equals"], "choose one of"),
    ],
)
def test_an_operator_is_one_of_zohos(operator: Any, advice: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        where("A", operator, 1)
    assert advice in str(caught.value)


def test_joining_no_criteria_raises() -> None:
    with pytest.raises(ConfigurationError):
        all_of()


@given(st.text(max_size=30))
def test_any_text_stays_the_value_it_is(value: str) -> None:
    read = emulated.parse(all_of(where("A", "equals", value), where("B", "equals", "x")))
    first, second = read.conditions()
    assert (first.path, first.values) == ("A", (value,))
    assert (second.path, second.values) == ("B", ("x",))
