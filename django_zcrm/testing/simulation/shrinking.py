"""Makes a failing history short: leaves out steps, and parts of steps, while it still fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from .history import History, Step

MAX_ATTEMPTS = 400
"""Histories that are played at most."""

SIMPLEST = {
    "records": 0,
    "connections": 1,
    "is_small": False,
    "conflict": "",
    "refreshes": False,
    "is_new": False,
    "has_limits": False,
    "row_lag": 0.0,
    "has_repetitions": False,
}
"""The setup of the simplest world."""


def shrink(history: History, fails: Callable[[History], bool]) -> History:
    """Return the shortest history found that still fails, after at most MAX_ATTEMPTS attempts."""
    attempts = 0

    def still_fails(candidate: History) -> bool:
        nonlocal attempts
        attempts += 1
        return attempts <= MAX_ATTEMPTS and fails(candidate)

    history = _leave_out_steps(history, still_fails)
    history = _simplify_steps(history, still_fails)
    return _leave_out_steps(history, still_fails)


def _leave_out_steps(history: History, fails: Callable[[History], bool]) -> History:
    size = max(len(history.steps) // 2, 1)
    while size:
        start = 0
        while start < len(history.steps):
            steps = history.steps[:start] + history.steps[start + size :]
            candidate = history.with_steps(steps)
            if fails(candidate):
                history = candidate
            else:
                start += size
        size //= 2
    return history


def _simplify_steps(history: History, fails: Callable[[History], bool]) -> History:
    for name, value in SIMPLEST.items():
        simpler = replace(history, **{name: value})  # type: ignore[arg-type]
        if simpler != history and fails(simpler):
            history = simpler
    for position in range(len(history.steps)):
        progress = True
        while progress:
            progress = False
            for step in _generate_simpler_steps(history.steps[position]):
                steps = [*history.steps]
                steps[position] = step
                candidate = history.with_steps(steps)
                if fails(candidate):
                    history, progress = candidate, True
                    break
    return history


def _generate_simpler_steps(step: Step) -> Iterator[Step]:
    """Yield steps that do less."""
    args = dict(step.args)
    for name in ("faults", "database", "failures", "meanwhile"):
        if args.get(name):
            yield replace(step, args={key: value for key, value in args.items() if key != name})
    meanwhile: list[Any] = args.get("meanwhile") or []
    if len(meanwhile) > 1:
        for position in range(len(meanwhile)):
            rest = meanwhile[:position] + meanwhile[position + 1 :]
            yield replace(step, args={**args, "meanwhile": rest})
    actors = next((name for name in ("workers", "callers", "processes") if name in args), "")
    workers: list[dict[str, Any]] = args.get(actors) or []
    for position, worker in enumerate(workers):
        if len(workers) > 1:
            rest = workers[:position] + workers[position + 1 :]
            yield replace(step, args={**args, actors: rest})
        for name in ("kill", "kill_after", "freeze", "skew"):
            if worker.get(name):
                changed = {key: value for key, value in worker.items() if key != name}
                rest = [*workers[:position], changed, *workers[position + 1 :]]
                yield replace(step, args={**args, actors: rest})
