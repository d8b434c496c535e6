"""Tests of many cases fail when one of them does, and say which."""

from __future__ import annotations

import pytest

from tests.contract.cases import for_each


def test_every_failure_is_reported() -> None:
    seen: list[int] = []

    @for_each(range(4))
    def check(number: int) -> None:
        seen.append(number)
        assert number != 1
        if number == 2:
            with pytest.raises(ZeroDivisionError):
                assert number / 1

    with pytest.raises(BaseExceptionGroup, match="2 of 4 cases") as caught:
        check()
    assert seen == [0, 1, 2, 3]
    first, second = caught.value.exceptions
    assert isinstance(first, AssertionError)
    assert isinstance(second, pytest.fail.Exception)
    assert (first.__notes__, second.__notes__) == (["1"], ["2"])


def test_without_a_case_it_fails() -> None:
    with pytest.raises(AssertionError, match="no case"):
        for_each([])(lambda case: None)()


def test_the_test_is_called_as_the_check() -> None:
    def test_it(case: int) -> None:
        """It is."""

    decorated = for_each([1])(test_it)
    decorated()
    assert (decorated.__name__, decorated.__doc__) == ("test_it", "It is.")
