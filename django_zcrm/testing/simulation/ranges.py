"""Plays the histories of a range of seeds, in one or several processes."""

from __future__ import annotations

import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Any

import django

_seconds = time.perf_counter


@dataclass(frozen=True)
class Report:
    """How many histories were played, in how many `seconds`, and how many `violations` they had."""

    histories: int
    seconds: float
    violations: int = 0

    def __str__(self) -> str:
        histories = "1 history" if self.histories == 1 else f"{self.histories} histories"
        violations = "1 violation" if self.violations == 1 else f"{self.violations} violations"
        return f"{histories}, {violations}, {self.seconds:.0f} s"


def play_range(
    seeds: range, subject: str, *, processes: int = 1, trace: bool = False, shrink: bool = True
) -> Report:
    """Play the histories of seeds, print violations, and return the numbers of both.

    `subject` is "mirror", "planning", "tokens" or "slots". With `trace`, every step is printed.
    With `shrink`, violations are printed with the shortest history found, else with the history as
    it is. DJANGO_SETTINGS_MODULE must be set.
    """
    started = _seconds()
    play = partial(_play, subject=subject, trace=trace, shrink=shrink)
    if processes == 1:
        results = [play(seeds)]
    else:
        # Seeds in turn, so that the processes end together even if the first histories are slow.
        parts = [seeds[number::processes] for number in range(processes)]
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            results = list(pool.map(play, parts))
    histories, violations = map(sum, zip(*results, strict=True))
    return Report(histories, _seconds() - started, violations)


def _play(seeds: range, *, subject: str, trace: bool, shrink: bool) -> tuple[int, int]:
    django.setup()
    # Imported here because Django must be set up.
    from .planning import PlanningSimulation
    from .running import describe, explain
    from .slots import SlotSimulation
    from .tokens import TokenSimulation

    histories = violations = 0
    simulation: Any = {
        "mirror": _of_site,
        "planning": PlanningSimulation,
        "tokens": TokenSimulation,
        "slots": SlotSimulation,
    }[subject]()
    with simulation.installed():
        for seed in seeds:
            outcome = simulation.play_seed(seed)
            histories += 1
            if trace:
                print(f"seed {seed}", *outcome.trace, sep="\n")
            if outcome.violation is None:
                continue
            violations += 1
            message = explain if shrink else describe
            print(f"seed {seed}: {message(simulation, outcome)}", flush=True)
    return histories, violations


def _of_site() -> Any:
    """Return the simulation of the built-in models."""
    # Only now, because these models mirror the same modules as those of a project.
    from .simulation import Simulation
    from .site.models import Account, Contact, Lead

    return Simulation([Account, Contact, Lead])
