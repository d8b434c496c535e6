"""How much of the same a test does: all of it in CI, and elsewhere enough to notice a mistake."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, TypeVar
from zlib import crc32

import pytest

Value = TypeVar("Value")

seed = 0
"""The number by which pytest-randomly shuffles the tests; `tests/conftest.py` sets it."""

is_sampled = False
"""Whether some cases of tests are left out in this run."""

WAYS = {"api", "crm", "zoho"}
"""Fixtures that let a test run several times over: in each version, over a socket or without."""


def amount(in_ci: int, elsewhere: int, variable: str = "") -> int:
    """Return how many rows, calls or examples there are; an environment variable may say so."""
    return int(os.environ.get(variable) or (in_ci if os.environ.get("CI") else elsewhere))


def some(values: Iterable[Value], elsewhere: int = 1, first: int | None = None) -> list[Value]:
    """Return all values in CI, and elsewhere a few that are as far apart as can be.

    Which one is the first, the seed of the run decides, so that several runs come to all of them.
    """
    found = list(values)
    few = min(amount(len(found), elsewhere), len(found))
    begin = seed if first is None else first
    places = {(begin + number * len(found) // few) % len(found) for number in range(few)}
    return [found[place] for place in sorted(places)]


def some_cases(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return those tests that a run of the whole suite outside of CI does.

    Of each function they are a third of its cases, one at least, each in one of the `WAYS`; of a
    file's tests with the marker `sampled`, a third of all together.
    """
    cases: dict[str, dict[tuple[Any, ...], list[pytest.Item]]] = {}
    for item in items:
        params = getattr(getattr(item, "callspec", None), "indices", {})
        function = item.nodeid.partition("[")[0]
        case = tuple(sorted((name, at) for name, at in params.items() if name not in WAYS))
        if item.get_closest_marker("sampled"):
            of_file = cases.setdefault(function.partition("::")[0], {})
            of_file.setdefault((function, case), []).append(item)
        else:
            cases.setdefault(function, {}).setdefault(case, []).append(item)
    kept: set[str] = set()
    for where, at_it in cases.items():
        first = seed + crc32(where.encode())
        chosen = some(sorted(at_it), max(1, (len(at_it) + 1) // 3), first)
        for number, case in enumerate(chosen):
            ways = sorted(item.nodeid for item in at_it[case])
            kept.update(some(ways, 1, first + number))
    return [item for item in items if item.nodeid in kept]
