"""Histories of tokens: the present code has no violations, and what breaks it is found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from django_zcrm.testing.simulation import History, Step
from django_zcrm.testing.simulation.tokens import TokenSimulation
from django_zcrm.tokens.lease import TokenLease

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SEEDS = range(1, 6)


@pytest.fixture
def simulation() -> Iterator[TokenSimulation]:
    """A simulation of one connection's tokens."""
    made = TokenSimulation()
    with made.installed():
        yield made


def find(simulation: TokenSimulation) -> str:
    """Return the first violation of some histories; empty for none."""
    outcomes = (simulation.play_seed(seed) for seed in SEEDS)
    return next((str(outcome.violation) for outcome in outcomes if outcome.violation), "")


def test_tokens_with_faults_have_no_violations(simulation: TokenSimulation) -> None:
    assert find(simulation) == ""


def test_refresh_without_lease_is_found(
    simulation: TokenSimulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TokenLease, "take", lambda lease: True)
    monkeypatch.setattr(TokenLease, "release", lambda lease, **columns: True)

    assert find(simulation)


@pytest.mark.parametrize("number", [1, 4])
def test_refreshes_are_bounded_although_a_process_is_killed(
    number: int, simulation: TokenSimulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TokenLease, "take", lambda lease: True)
    monkeypatch.setattr(TokenLease, "release", lambda lease, **columns: True)
    callers = [{"calls": 1, "kill": 100}] * number
    steps = (
        Step(1, "expire"),
        Step(2, "calls", {"callers": callers[:1] + [{"calls": 1}] * number}),
    )
    violation = simulation.play(History(1, (), steps)).violation

    text = "one refresh: 5 requests, at most 2"
    assert (str(violation) if violation else "") == (text if number > 1 else "")
