"""What is left out outside of CI: each run takes some of everything, and several take it all."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from tests import amounts


def cases(function: str, *markers: str, **params: int) -> list[Any]:
    """Return the tests of a function with these parameters, in all combinations."""
    made: list[dict[str, int]] = [{}]
    for name, number in params.items():
        made = [{**indices, name: at} for indices in made for at in range(number)]
    return [
        SimpleNamespace(
            nodeid=f"test_file.py::{function}[{indices}]",
            callspec=SimpleNamespace(indices=indices),
            get_closest_marker=lambda name: name in markers,
        )
        for indices in made
    ]


@pytest.fixture(params=range(7))
def seed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another seed, outside of CI."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(amounts, "seed", request.param)


def test_in_ci_it_is_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    assert amounts.some(range(10), 3) == list(range(10))


@pytest.mark.usefixtures("seed")
def test_elsewhere_it_is_a_spread() -> None:
    chosen = amounts.some(range(9), 3)
    assert {later - former for former, later in pairwise(chosen)} == {3}
    assert amounts.some("ab", 5) == ["a", "b"]
    assert amounts.some([], 1) == []


def test_several_runs_come_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    items = cases("test_it", given=20, api=2)
    chosen: set[str] = set()
    for seed in range(40):
        monkeypatch.setattr(amounts, "seed", seed)
        chosen.update(item.nodeid for item in amounts.some_cases(items))
    assert chosen == {item.nodeid for item in items}


@pytest.mark.usefixtures("seed")
def test_a_third_of_the_cases_is_left_and_one_at_least_each_in_one_way() -> None:
    many, few, alone = cases("test_many", given=30), cases("test_few", given=3), cases("test_it")
    ways = cases("test_ways", given=5, zoho=2, crm=2)
    chosen: list[Any] = amounts.some_cases([*many, *few, *alone, *ways])
    left = Counter(item.nodeid.partition("[")[0].partition("::")[2] for item in chosen)
    assert left == {"test_many": 10, "test_few": 1, "test_it": 1, "test_ways": 2}
    params = [item.callspec.indices for item in chosen if item in ways]
    assert len({indices["given"] for indices in params}) == 2
    assert len({(indices["zoho"], indices["crm"]) for indices in params}) == 2


@pytest.mark.usefixtures("seed")
def test_of_a_files_sampled_tests_a_third_is_left() -> None:
    items = cases("test_one", "sampled", given=2) + cases("test_two", "sampled", api=2)
    assert len(amounts.some_cases(items)) == 1
    assert len(amounts.some_cases([*items, *cases("test_three", "sampled")])) == 1
    assert len(amounts.some_cases([*items, *cases("test_three", "sampled", given=2)])) == 2
