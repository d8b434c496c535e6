"""Histories of shared slots: the present code has no violations, and what breaks it is found."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from django_zcrm.limits.sharing import SharedLimiter
from django_zcrm.limits.stores import Stored
from django_zcrm.limits.stores.memory import MemoryStore
from django_zcrm.testing.simulation.slots import SlotSimulation

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SEEDS = range(1, 6)


@pytest.fixture
def simulation() -> Iterator[SlotSimulation]:
    """A simulation of slots."""
    made = SlotSimulation()
    with made.installed():
        yield made


def find(simulation: SlotSimulation) -> str:
    """Return the first violation of some histories; empty for none."""
    outcomes = (simulation.play_seed(seed) for seed in SEEDS)
    return next((str(outcome.violation) for outcome in outcomes if outcome.violation), "")


def test_slots_of_processes_have_no_violations(simulation: SlotSimulation) -> None:
    assert find(simulation) == ""


def test_store_that_knows_no_other_process_is_found(
    simulation: SlotSimulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget(store: MemoryStore, key: str) -> Stored:
        return Stored(0, "", store._clock())

    monkeypatch.setattr(MemoryStore, "read", forget)
    monkeypatch.setattr(MemoryStore, "write", lambda store, key, version, state: True)

    assert find(simulation).startswith("limit: ")


def test_slots_that_ended_processes_keep_are_found(
    simulation: SlotSimulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SharedLimiter, "release_all", lambda limiter: None)

    assert re.match(
        r"slots return: \d processes that have ended still hold \d+ slots", find(simulation)
    )
