"""The helpers for many cases in one test report each case that fails."""

from __future__ import annotations

import inspect

import pytest

from tests.cases import check_each, collect_failures


def check_numbers() -> None:
    with collect_failures() as case:
        for number in range(3):
            with case(number):
                assert number == 1
        with case("no error"), pytest.raises(KeyError):
            pass


def test_failures_of_all_cases_are_reported_with_their_names() -> None:
    with pytest.raises(BaseExceptionGroup, match="3 of 4 cases failed") as raised:
        check_numbers()
    notes = [failure.__notes__ for failure in raised.value.exceptions]
    assert notes == [["in the case 0"], ["in the case 2"], ["in the case 'no error'"]]


def skip_the_last(*, first_is_good: bool) -> None:
    with collect_failures() as case:
        with case("first"):
            assert first_is_good
        with case("last"):
            pytest.skip("not installed")


def test_skip_does_not_hide_failures_before_it() -> None:
    with pytest.raises(BaseExceptionGroup, match="1 of 2 cases failed"):
        skip_the_last(first_is_good=False)
    with pytest.raises(pytest.skip.Exception):
        skip_the_last(first_is_good=True)


def test_no_cases_are_a_failure() -> None:
    with pytest.raises(AssertionError, match="no cases"), collect_failures():
        pass


def test_each_combination_of_values_is_checked_with_the_fixtures_of_the_test() -> None:
    tried = []

    @check_each("text", ["a", "b"])
    @check_each(("low", "high"), [(1, 2), (3, 4)])
    def check(fixture: str, text: str, low: int, high: int) -> None:
        tried.append((fixture, text, low, high))

    assert list(inspect.signature(check).parameters) == ["fixture"]
    check(fixture="f")
    assert tried == [("f", "a", 1, 2), ("f", "a", 3, 4), ("f", "b", 1, 2), ("f", "b", 3, 4)]


def test_each_failing_value_is_reported() -> None:
    @check_each("number", range(5))
    def check(number: int) -> None:
        assert number % 2

    with pytest.raises(BaseExceptionGroup, match="3 of 5 cases failed") as raised:
        check()
    notes = [failure.__notes__ for failure in raised.value.exceptions]
    assert notes[1] == ["in the case {'number': 2}"]
