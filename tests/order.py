"""In which order tests are run: what is slow first, by each worker."""

from __future__ import annotations

import pytest

BROWSER, SLOW = 10, 1
"""How long a test takes compared with others, so that workers begin with about as much."""


def slow_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Return the tests in an order in which each worker begins with slow ones, and none ends so.

    With worksteal each worker gets an equal run of the list, and takes from the ends of others'
    when it has nothing left. So each run begins with some of the files that have slow tests; those
    that share a browser, or the demo, are in one.
    """
    groups: dict[tuple[int, str], list[pytest.Item]] = {}
    quick = []
    for item in items:
        if item.get_closest_marker("browser") or "demo" in getattr(item, "fixturenames", ()):
            groups.setdefault((BROWSER, str(item.path.parent)), []).append(item)
        elif item.get_closest_marker("slow"):
            groups.setdefault((SLOW, str(item.path)), []).append(item)
        else:
            quick.append(item)
    runs: list[list[pytest.Item]] = [[] for _ in range(workers)]
    weights = [0] * workers
    for (weight, _), group in sorted(groups.items(), key=_weight, reverse=True):
        lightest = weights.index(min(weights))
        runs[lightest] += group
        weights[lightest] += weight * len(group)
    ordered: list[pytest.Item] = []
    for number, run in enumerate(runs):
        length = (len(items) - len(ordered)) // (workers - number)
        room = max(length - len(run), 0)
        ordered += run + quick[:room]
        quick = quick[room:]
    return ordered + quick


def _weight(group: tuple[tuple[int, str], list[pytest.Item]]) -> tuple[int, str]:
    (weight, name), tests = group
    return weight * len(tests), name
