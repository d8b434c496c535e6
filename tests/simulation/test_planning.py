"""Histories of the planning functions: no violations, and what breaks them is found."""

from __future__ import annotations

from typing import Any

import pytest

from django_zcrm.mirror.planning.conflicts import Decision
from django_zcrm.mirror.planning.merging import MergedChange, merge_changes
from django_zcrm.testing.simulation import planning
from django_zcrm.testing.simulation.planning import PlanningSimulation
from django_zcrm.testing.simulation.ranges import play_range

SEEDS = range(1, 101)


def find() -> str:
    """Return the first violation of some histories; empty for none."""
    simulation = PlanningSimulation()
    outcomes = (simulation.play_seed(seed) for seed in SEEDS)
    return next((str(outcome.violation) for outcome in outcomes if outcome.violation), "")


def test_planning_has_no_violations() -> None:
    assert find() == ""


def test_processes_share_the_seeds() -> None:
    report = play_range(range(1, 6), "planning", processes=2)

    assert (report.histories, report.violations) == (5, 0)


def test_merging_of_the_oldest_values_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def merge_oldest(items: Any) -> MergedChange:
        return merge_changes([*items[:1], *items[:-1]])

    monkeypatch.setattr(planning, "merge_changes", merge_oldest)

    assert find().startswith("merging: ")


def test_conflict_that_is_not_noticed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def send_everything(policy: Any, changed: Any, *values: Any, **more: Any) -> Decision:
        return Decision(send=dict(changed))

    monkeypatch.setattr(planning, "decide", send_everything)

    assert find().startswith(("policy: ", "losing values are kept: "))
