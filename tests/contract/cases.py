"""Tests with hundreds of cases each: one test that names every case that fails.

As a test each, they would take longer to collect, report and send between processes than to run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

T = TypeVar("T")


def for_each(cases: Iterable[T]) -> Callable[[Callable[[T], None]], Callable[[], None]]:
    """Turn a check of one case into a test of all; a failure has the name of its case as a note."""
    every = list(cases)

    def decorate(check: Callable[[T], None]) -> Callable[[], None]:
        def test() -> None:
            assert every, "there is no case"
            failures: list[BaseException] = []
            for case in every:
                try:
                    check(case)
                except (Exception, pytest.fail.Exception) as failure:
                    failure.add_note(str(case))
                    failures.append(failure)
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} of {len(every)} cases", failures)

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate
