"""Many cases in one test: every case is tried, and all failures are reported together.

A separate case in pytest costs more than what most cases of a table do, in every worker.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any

import pytest

Case = Callable[[object], AbstractContextManager[None]]
Test = Callable[..., None]


@contextmanager
def collect_failures() -> Iterator[Case]:
    """Yield a context manager for each case; at the end, raise the failures of all cases as one.

    A case is named by its argument:

        with collect_failures() as case:
            for text, expected in TABLE:
                with case(text):
                    assert parse(text) == expected

    A test without any case fails too.
    """
    failures: list[BaseException] = []
    names: list[str] = []
    count = 0

    @contextmanager
    def case(name: object) -> Iterator[None]:
        nonlocal count
        count += 1
        try:
            yield
        except (Exception, BaseExceptionGroup, pytest.fail.Exception) as failure:
            failure.add_note(f"in the case {name!r}")
            failures.append(failure)
            names.append(f"{name!r}"[:200])

    try:
        yield case
    except pytest.skip.Exception:  # it must not hide the failures before it
        if not failures:
            raise
    if failures:
        group = BaseExceptionGroup(f"{len(failures)} of {count} cases failed", failures)
        # The traceback of a group has 15 of its exceptions at most.
        group.add_note("\n".join(["These cases failed:", *names]))
        raise group
    assert count, "there were no cases"


def check_each(names: str | Sequence[str], values: Iterable[Any]) -> Callable[[Test], Test]:
    """Call a test function with each of the values, in one test.

    The arguments are those of `pytest.mark.parametrize`. All cases share the test's fixtures: use
    it for functions whose cases leave nothing behind.
    """
    arguments = names.replace(" ", "").split(",") if isinstance(names, str) else list(names)
    rows = [tuple(row) if len(arguments) > 1 else (row,) for row in values]

    def decorate(function: Test) -> Test:
        @wraps(function)
        def check_all(**fixtures: Any) -> None:
            with collect_failures() as case:
                for row in rows:
                    chosen = dict(zip(arguments, row, strict=True))
                    with case(chosen):
                        function(**fixtures, **chosen)

        signature = inspect.signature(function)
        left = [each for name, each in signature.parameters.items() if name not in arguments]
        assert len(left) + len(arguments) == len(signature.parameters), arguments
        # pytest takes the fixtures of a test from its signature.
        check_all.__dict__["__signature__"] = signature.replace(parameters=left)
        return check_all

    return decorate
