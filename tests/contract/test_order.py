"""Each worker begins with slow tests, and all are run once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.order import slow_first


def make_tests(file: str, number: int, *markers: str) -> list[Any]:
    return [
        SimpleNamespace(path=Path(file), get_closest_marker=lambda name: name in markers)
        for _ in range(number)
    ]


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
def test_each_worker_begins_with_slow_tests(workers: int) -> None:
    browser = make_tests("journeys/a.py", 4, "browser", "slow") + make_tests(
        "journeys/b.py", 3, "browser"
    )
    slow = [test for name in range(12) for test in make_tests(f"{name}.py", 5, "slow")]
    quick = make_tests("quick.py", 200)
    tests = quick[:100] + slow + browser + quick[100:]
    ordered = slow_first(tests, workers)
    assert sorted(map(id, ordered)) == sorted(map(id, tests))

    begins, left = [0], len(ordered)
    for number in range(workers, 1, -1):  # as xdist gives out what is left
        begins.append(begins[-1] + left // number)
        left -= left // number
    assert not any(ordered[begin] in quick for begin in begins)
    assert all(ordered[end - 1] in quick for end in [*begins[1:], len(ordered)])
    # What shares a browser, or a file's fixtures, is run one after the other.
    for group in (browser, slow[:5]):
        places = [ordered.index(test) for test in group]
        assert places == list(range(places[0], places[0] + len(group)))


def test_of_slow_tests_only_all_are_run() -> None:
    tests = make_tests("a.py", 7, "slow") + make_tests("b.py", 1, "slow")
    assert len(slow_first(tests, 3)) == 8
    assert slow_first([], 2) == []
