"""The arguments of the command, and how it reports violations."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from django_zcrm.exceptions import TransportError
from django_zcrm.testing import simulation
from django_zcrm.testing.simulation import Violation, planning
from django_zcrm.testing.simulation.__main__ import main
from django_zcrm.testing.simulation.history import Step
from django_zcrm.testing.simulation.ranges import Report, play_range
from django_zcrm.testing.simulation.running import explain
from django_zcrm.testing.simulation.slots import SlotSimulation
from django_zcrm.testing.simulation.tokens import TokenSimulation
from django_zcrm.testing.simulation.tokens import generate as generate_tokens
from django_zcrm.tokens import ConnectionTokens
from django_zcrm.tokens.lease import TokenLease


@pytest.mark.parametrize("seeds", ["x", "5-1", "1-2-3", "0-3", "-"])
def test_wrong_range_is_an_error(seeds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([f"--seeds={seeds}"])

    expected = f"argument --seeds: {seeds!r} is no range: use FIRST-LAST, such as 1-2000"
    assert expected in capsys.readouterr().err


def test_missing_greenlet_has_same_text_as_import(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "greenlet", None)
    monkeypatch.delitem(sys.modules, "django_zcrm.testing.simulation.scheduler", raising=False)
    for name in ("running", "simulation", "arguments", "actions", "world", "database", "clock"):
        monkeypatch.delitem(sys.modules, f"django_zcrm.testing.simulation.{name}", raising=False)

    with pytest.raises(ImportError, match="needs greenlet") as caught:
        _ = simulation.simulate
    with pytest.raises(SystemExit):
        main(["--seed", "1"])

    assert "pip install 'django-zcrm[simulation]'" in str(caught.value)
    assert str(caught.value) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (Report(1, 0.2), "1 history, 0 violations, 0 s"),
        (Report(2000, 310, 1), "2000 histories, 1 violation, 310 s"),
    ],
)
def test_report_is_one_line(report: Report, text: str) -> None:
    assert str(report) == text


@pytest.mark.parametrize(
    ("shrink", "title"),
    [
        (True, "The shortest history found of seed 1, with "),
        (False, "The history of seed 1, with "),
    ],
)
def test_violation_of_planning_has_command_that_replays_the_seed(
    shrink: bool,
    title: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(items: Any) -> Any:
        raise TypeError("broken")

    monkeypatch.setattr(planning, "merge_changes", fail)

    report = play_range(range(1, 2), "planning", shrink=shrink)

    output = capsys.readouterr().out
    assert report.violations == 1
    assert output.startswith("seed 1: no errors: TypeError: broken\n")
    assert title in output
    command = "python -m django_zcrm.testing.simulation --subject planning --seed 1 --trace"
    assert f"Replay:\n  {command}\n" in output


@pytest.mark.django_db
@pytest.mark.slow
def test_history_of_tokens_is_shortened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TokenLease, "take", lambda lease: True)
    monkeypatch.setattr(TokenLease, "release", lambda lease, **columns: True)
    callers = [{"calls": 1, "skew": 1}, {"calls": 1, "skew": -2, "freeze": 8}, {"calls": 1}]
    steps = (
        Step(1, "expire"),
        Step(2, "calls", {"callers": callers, "faults": 1e-9}),
    )
    token_simulation = TokenSimulation()
    with token_simulation.installed():
        outcome = token_simulation.play(generate_tokens(1, 1).with_steps(steps))
        violation = explain(token_simulation, outcome)

    assert violation.invariant == "one refresh"
    assert "--subject tokens --seed 1 --trace" in str(violation)
    assert violation.history is not None
    [last] = [step for step in violation.history.steps if step.kind == "calls"]
    assert "faults" not in last.args
    assert len(last.args["callers"]) == 2
    assert "freeze" not in str(last)


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.parametrize("subject", [TokenSimulation, SlotSimulation])
def test_violation_of_a_process_keeps_its_invariant(
    subject: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(caller: object) -> None:
        raise Violation("valid tokens", "refused")

    monkeypatch.setattr("django_zcrm.testing.simulation.tokens._Caller.run", fail)
    monkeypatch.setattr("django_zcrm.testing.simulation.slots._Process.call", fail)
    made = subject()
    with made.installed():
        violation = made.play_seed(1).violation

    assert violation.invariant == "valid tokens"


@pytest.mark.django_db
@pytest.mark.slow
def test_error_of_tokens_without_a_cause_is_a_violation(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(tokens: object) -> None:
        raise TransportError("no reason")

    monkeypatch.setattr(ConnectionTokens, "current", fail)
    steps = [Step(1, "calls", {"callers": [{"calls": 1}]})]
    made = TokenSimulation()
    with made.installed():
        violation = made.play(generate_tokens(1, 1).with_steps(steps)).violation

    assert str(violation) == "no errors: TransportError: no reason"
