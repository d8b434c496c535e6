"""`simulate`: plays the histories of a range of seeds, and reports the first violation."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from django_zcrm.mirror.models import MirrorModel

from .history import LENGTH, History
from .ledger import Violation
from .ranges import Report
from .shrinking import shrink
from .simulation import Simulation, SimulationResult

_seconds = time.perf_counter


def simulate(
    models: Sequence[type[MirrorModel]],
    *,
    conflict: str | Callable[..., Any] | None = None,
    seeds: int = 100,
    first: int = 1,
    steps: int = LENGTH,
) -> Report:
    """Play the histories of `seeds` seeds from `first` on; return how long that took.

    `models` are mirrored models; include those to which lookups of theirs lead. `conflict` replaces
    their option. Each history has so many `steps`. Raises Violation for the first history in which
    an invariant does not hold: its message has the shortest history found that violates it, as text
    and as code for a regression test. Raises LookupError for a module or a field that the emulator
    does not have, and TypeError for a field of a type that the simulation cannot fill.

    The database is replaced by an SQLite database in memory, and time and chance of the process are
    simulated during the call.
    """
    started = _seconds()
    simulation = Simulation(models, conflict)
    with simulation.installed():
        for seed in range(first, first + seeds):
            outcome = simulation.play_seed(seed, steps)
            if outcome.violation is not None:
                raise explain(simulation, outcome)
    return Report(seeds, _seconds() - started)


def replay(
    models: Sequence[type[MirrorModel]],
    history: History,
    *,
    conflict: str | Callable[..., Any] | None = None,
) -> list[str]:
    """Play one history; return its trace. Raises Violation, whose message has the trace."""
    simulation = Simulation(models, conflict)
    with simulation.installed():
        outcome = simulation.play(history)
    if outcome.violation is not None:
        raise _with_script(outcome)
    return outcome.trace


class Playable(Protocol):
    """A simulation, of mirrors or of tokens."""

    def play(self, history: History) -> SimulationResult:
        """Play a history."""
        ...


def explain(simulation: Playable, outcome: SimulationResult) -> Violation:
    """Return the violation with a shortened history in its message."""
    invariant = outcome.violation and outcome.violation.invariant

    def fails(history: History) -> bool:
        violation = simulation.play(history).violation
        return violation is not None and violation.invariant == invariant

    return _with_script(simulation.play(shrink(outcome.history, fails)))


def _with_script(outcome: SimulationResult) -> Violation:
    violation, history = outcome.violation or Violation("none", ""), outcome.history
    lines = [
        str(violation),
        f"The shortest history found of seed {history.seed}, with {len(history.steps)} steps:",
        *(f"  {line}" for line in outcome.trace),
        "",
        "Replay:",
        f"  replay(models, {history_code(history)})",
    ]
    explained = Violation(violation.invariant, "\n".join(lines).partition(": ")[2])
    explained.history = history
    return explained


def history_code(history: History) -> str:
    """Return a history as Python code."""
    steps = "".join(f"\n      {step}," for step in history.steps)
    numbers = f"{history.connections}, {history.records}, {history.is_small}"
    rest = f"{numbers}, {history.conflict!r}, {history.refreshes}, {history.is_new}"
    return f"History({history.seed}, {history.models}, ({steps}\n  ), {rest})"
