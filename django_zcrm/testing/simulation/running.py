"""`simulate`: plays the histories of a range of seeds, and reports the first violation."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from os import PathLike, fspath
from typing import Any, Protocol

from django_zcrm.mirror.models import MirrorModel

from .arguments import check_history, check_number
from .entries import Violation
from .history import LENGTH, History
from .ranges import Report
from .shrinking import shrink
from .simulation import Simulation, SimulationResult

COMMAND = "python -m django_zcrm.testing.simulation"

_seconds = time.perf_counter


def simulate(
    models: Sequence[type[MirrorModel]],
    *,
    conflict: str | Callable[..., Any] | None = None,
    seeds: int = 100,
    first: int = 1,
    steps: int = LENGTH,
    metadata: str | PathLike[str] | None = None,
) -> Report:
    """Play the histories of `seeds` seeds from `first` on; return how many, and how long that took.

    `models` are mirrored models; include all to which their lookups refer. `conflict` replaces
    their option. Each history has `steps` steps, and then a quiet period. `metadata` is the path of
    a file with the modules and fields of an organisation, as the emulator imports it.

    Raises Violation for the first history in which an invariant does not hold, or in which the code
    raises an error: the message has the shortest history found, as text and as code for a
    regression test. Raises TypeError and ValueError for invalid arguments, LookupError for a model,
    a module or a field that is missing, or if Zoho refuses the simulated records, TypeError for a
    column that the simulation cannot fill, OSError and ValueError for an unusable metadata file,
    and ConfigurationError for invalid options of a model, a table that SQLite cannot create, and an
    owner of connections that cannot be created.

    During the call an SQLite database in memory replaces the database, and the time and the random
    numbers of the process are simulated.
    """
    for name, value in (("seeds", seeds), ("first", first), ("steps", steps)):
        check_number(name, value)
    started = _seconds()
    simulation = Simulation(models, conflict, metadata)
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
    metadata: str | PathLike[str] | None = None,
) -> list[str]:
    """Play one history; return its trace, one line for each thing that happened.

    The arguments are those of the call of `simulate` that found the history. Raises Violation,
    whose message has the trace, and the errors of `simulate`.
    """
    simulation = Simulation(models, conflict, metadata)
    check_history(history, len(simulation.models))
    with simulation.installed():
        outcome = simulation.play(history)
    if outcome.violation is not None:
        raise describe(simulation, outcome)
    return outcome.trace


class Playable(Protocol):
    """A simulation, of mirrors or of tokens."""

    def play(self, history: History) -> SimulationResult:
        """Play a history."""
        ...


def explain(simulation: Playable, outcome: SimulationResult) -> Violation:
    """Return the violation with a shortened history in its message."""
    expected = _kind_of(outcome)

    def fails(history: History) -> bool:
        return _kind_of(simulation.play(history)) == expected

    history = shrink(outcome.history, fails)
    shortened = simulation.play(history)
    if shortened.violation is None:
        # The seed does not determine what the project's code does.
        return describe(
            simulation, outcome, "Played again, the history has no violation. The history"
        )
    return describe(simulation, shortened, "The shortest history found")


def _kind_of(outcome: SimulationResult) -> tuple[object, ...]:
    violation = outcome.violation
    return violation and violation.invariant, violation and type(violation.__cause__)


def describe(
    simulation: Playable, outcome: SimulationResult, title: str = "The history"
) -> Violation:
    """Return the violation of a result with the trace, and the code that replays the history."""
    violation, history = outcome.violation, outcome.history
    assert violation is not None  # noqa: S101
    count = len(history.steps)
    lines = [
        str(violation),
        f"{title} of seed {history.seed}, with {count} {'step' if count == 1 else 'steps'}:",
        *(f"  {line}" for line in outcome.trace),
        "",
        "Replay:",
        *(f"  {line}".rstrip() for line in _replay_code(simulation, history)),
    ]
    explained = Violation(violation.invariant, "\n".join(lines).partition(": ")[2])
    explained.history, explained.__cause__ = history, violation.__cause__
    return explained


def _replay_code(simulation: Any, history: History) -> list[str]:
    """Return the lines that replay a history: Python for mirrors, else a command for the seed."""
    if not isinstance(simulation, Simulation):
        return [f"{COMMAND} --subject {simulation.subject} --seed {history.seed} --trace"]
    names = ", ".join(model.__name__ for model in simulation.models)
    imports = [(model.__module__, model.__name__) for model in simulation.models]
    arguments = [f"[{names}]", history_code(history)]
    conflict, metadata = simulation.conflict, simulation.metadata
    if isinstance(conflict, str):
        arguments.append(f"conflict={conflict!r}")
    elif conflict is not None:
        name = getattr(conflict, "__name__", type(conflict).__name__)
        imports.append((getattr(conflict, "__module__", "?"), name))
        arguments.append(f"conflict={name}")
    if metadata is not None:
        arguments.append(f"metadata={fspath(metadata)!r}")
    by_module: dict[str, list[str]] = {}
    for module, name in imports:
        by_module.setdefault(module, []).append(name)
    return [
        *(f"from {module} import {', '.join(found)}" for module, found in by_module.items()),
        "from django_zcrm.testing.simulation import History, Step, replay",
        "",
        f"replay({', '.join(arguments)})",
    ]


def history_code(history: History) -> str:
    """Return a history as Python code."""
    steps = "".join(f"\n      {step}," for step in history.steps)
    numbers = f"{history.connections}, {history.records}, {history.is_small}"
    rest = f"{numbers}, {history.conflict!r}, {history.refreshes}, {history.is_new}"
    rest += f", {history.has_limits}, {history.row_lag}, {history.has_repetitions}"
    return f"History({history.seed}, {history.models}, ({steps}\n  ), {rest})"
