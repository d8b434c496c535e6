"""Histories of the slots that several processes share, as `ZCRM["LIMITS"]` with a store does."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from django_zcrm.limits import shares, slot_pool
from django_zcrm.limits.credit_counter import CreditCounter
from django_zcrm.limits.sharing import SharedLimiter
from django_zcrm.limits.stores import Stored
from django_zcrm.limits.stores.memory import MemoryStore
from django_zcrm.zoho.limits.adaptive_limit import ceiling_of
from django_zcrm.zoho.limits.costs import ONE
from django_zcrm.zoho.limits.options import LimitOptions

from .entries import Violation
from .history import History, Step
from .scheduler import ProcessKilled, Scheduler, Task
from .simulation import SimulationResult
from .world import World

LENGTH = 8
EDITION, KEY = "Standard", "organisation"
TICK = 0.1
"""Seconds after which a simulated process polls its calls again."""


def generate(seed: int, length: int = LENGTH) -> History:
    """Return the history of a seed; a step is the life of several processes."""
    chance = random.Random(f"slots {seed}")  # noqa: S311
    return History(seed, (), tuple(Step(n, "live", _args(chance)) for n in range(1, length + 1)))


def _args(chance: random.Random) -> dict[str, Any]:
    processes = []
    for _ in range(chance.randint(1, 5)):
        process: dict[str, Any] = {
            "seconds": chance.choice((2.0, 6.0, 12.0)),
            "skew": chance.choice((0.0, 5.0, -3600.0)),
            "eagerness": chance.choice((0.1, 0.5, 1.0)),
            "threads": chance.choice((1, 2, 8)),
        }
        if chance.random() < 0.15:
            process["kill"] = chance.randint(2, 60)
        processes.append(process)
    return {"processes": processes, "failures": chance.choice((0.0, 0.0, 0.0, 0.2))}


class _Store(MemoryStore):
    """A store of which each access is a step, and may fail."""

    def __init__(self, world: World) -> None:
        super().__init__(lambda: world.scheduler.now)
        self.world = world
        self.failures = 0.0

    def read(self, key: str) -> Stored:
        """Return the stored state of a key. Raises ConnectionError."""
        self._step()
        return super().read(key)

    def write(self, key: str, version: int, state: str) -> bool:
        """Replace the state if it still has that version. Raises ConnectionError."""
        self._step()
        return super().write(key, version, state)

    def _step(self) -> None:
        scheduler = self.world.scheduler
        scheduler.step()
        if self.failures and scheduler.random.random() < self.failures:
            raise ConnectionError("the store is away")


class _Rebalancing:
    """Replaces the thread that rebalances: a task of the same process does its work."""

    def __init__(self) -> None:
        self.due = float("inf")

    def schedule(self, limiter: object) -> None:
        """Let the task rebalance now."""
        self.due = 0.0


class _Event:
    """An event whose waiters let other tasks run."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler, self._is_set = scheduler, False

    def set(self) -> None:
        """Wake the waiters."""
        self._is_set = True

    def wait(self, timeout: float) -> bool:
        """Wait for `set`, or for so many seconds. Raises ProcessKilled."""
        end = self._scheduler.now + timeout
        while not self._is_set and self._scheduler.now < end:
            self._scheduler.pause(min(TICK / 2, end - self._scheduler.now))
            self._scheduler.step()
        return self._is_set


class SlotSimulation:
    """Plays histories of slots. Use it within `installed()`."""

    subject = "slots"

    def __init__(self) -> None:
        self.world = World([])
        self.store = _Store(self.world)
        self.in_use: dict[str, int] = {}
        self.was_silent = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Replace what the world replaces, and the events for which calls wait."""
        event = partial(_Event, self.world.scheduler)
        threads = SimpleNamespace(Lock=threading.Lock, Event=event)
        with self.world.installed(), patch.object(slot_pool, "threading", threads):
            yield

    def play_seed(self, seed: int, length: int = LENGTH) -> SimulationResult:
        """Play the history of a seed."""
        return self.play(generate(seed, length))

    def play(self, history: History) -> SimulationResult:
        """Play a history to its end, or to the first violation."""
        outcome = SimulationResult(history)
        self.world.reset(history.seed)
        self.store, self.in_use = _Store(self.world), {}
        with outcome.catching("processes"):
            for step in history.steps:
                self.world.scheduler.random.seed(f"{history.seed} {step.number}")
                self.world.seed(f"{history.seed} {step.number}")
                outcome.trace.append(f"{step.number} {dict(step.args)}")
                self._live(step.number, outcome.trace.append, **step.args)
        return outcome

    def _live(
        self,
        number: int,
        note: Callable[[str], None],
        processes: list[dict[str, Any]],
        failures: float = 0.0,
    ) -> None:
        """Let processes make calls, and end or be killed. Raises their errors, and Violation."""
        self.store.failures, self.was_silent = failures, bool(failures)
        self.in_use.clear()
        tasks: list[Task] = []
        for position, one in enumerate(processes, 1):
            process = self.world.new_process(f"process{number}.{position}", one.get("skew", 0.0))
            caller = _Process(self, process.name, one["seconds"], one["eagerness"], note)
            own = [Task(process, caller.rebalance, kill_at=one.get("kill", 0))]
            own += [Task(process, caller.call) for _ in range(one["threads"])]
            caller.tasks = own
            tasks += own
        self.world.scheduler.run(tasks)
        for task in tasks:
            if isinstance(task.error, Exception):
                raise task.error
        self.store.failures = 0.0
        scheduler = self.world.scheduler
        if failures or any(task.is_dead for task in tasks):
            scheduler.move_to(scheduler.now + shares.LEASE_SECONDS + 1)
        stored = self.store.read(KEY)
        state = shares.load(stored.state, EDITION, stored.now)
        holding = [
            one.held.slots
            for one in state.processes.values()
            if one.until > stored.now and one.held.slots
        ]
        if holding:
            raise Violation(
                "slots return",
                f"{len(holding)} processes that have ended still hold {sum(holding)} slots",
            )

    def check(self) -> None:
        """Check that the processes do not use more slots than the organisation has."""
        used, limit = sum(self.in_use.values()), ceiling_of(EDITION)
        if used > limit and not self.was_silent:
            raise Violation("limit", f"{used} calls at once, of {limit}: {self.in_use}")


class _Process:
    """A process: threads that make calls, each of which holds a slot for a while."""

    def __init__(
        self,
        simulation: SlotSimulation,
        name: str,
        seconds: float,
        eagerness: float,
        note: Callable[[str], None],
    ) -> None:
        self.simulation, self.name, self.note = simulation, name, note
        self.seconds, self.eagerness = seconds, eagerness
        self.tasks: list[Task] = []
        self.calls = self.running = 0
        self.limiter = SharedLimiter(
            LimitOptions(), EDITION, CreditCounter(), simulation.store, KEY
        )
        self.limiter.rebalance_thread = self.rebalancing = _Rebalancing()  # type: ignore[assignment]
        self.end = time.monotonic() + seconds

    def rebalance(self) -> None:
        """Rebalance when that is due, until all calls have ended."""
        scheduler, rebalancing = self.simulation.world.scheduler, self.rebalancing
        try:
            while not all(task.is_done for task in self.tasks[1:]):
                scheduler.pause(TICK / 2)
                scheduler.step()
                if rebalancing.due <= time.monotonic():
                    rebalancing.due = float("inf")
                    pause = self.limiter.rebalance()
                    if pause is not None:
                        rebalancing.due = min(rebalancing.due, time.monotonic() + pause)
            self.limiter.release_all()
        except ProcessKilled:
            for task in self.tasks:
                task.is_dead = True
            self.simulation.in_use.pop(self.name, None)
            raise
        self.note(f"  {self.name} made {self.calls} calls")
        if self.seconds >= 6 and self.eagerness == 1.0 and not self.calls:
            raise Violation("fairness", f"{self.name} got no slot in {self.seconds} s")

    def call(self) -> None:
        """Make calls for some seconds. Raises Violation."""
        scheduler = self.simulation.world.scheduler
        while time.monotonic() < self.end:
            scheduler.pause(TICK)
            scheduler.step()
            if scheduler.random.random() >= self.eagerness:
                continue
            slot = self.limiter._take_slot(ONE, scheduler.random.random() < 0.5, 2.0, "")
            if slot is None:
                continue
            self._count(1)
            self.calls += 1
            self.simulation.check()
            scheduler.pause(scheduler.random.choice((0.05, 0.5, 3.0)))
            scheduler.step()
            self._count(-1)
            slot.release()

    def _count(self, change: int) -> None:
        self.running += change
        self.simulation.in_use[self.name] = self.running
