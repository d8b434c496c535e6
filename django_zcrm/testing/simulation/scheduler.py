"""Runs workers in one thread: one at a time, switched at their steps, by a simulated clock.

A worker is a greenlet. Each of its database statements and network requests is a step. Before a
step the scheduler may let another worker run, freeze the worker, or end its process.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

from greenlet import greenlet

MAX_STEPS = 20_000
"""Steps of one run after which the simulated code is considered to be in an endless loop."""


class ProcessKilled(BaseException):
    """Ends the process of a worker at one of its steps, as SIGKILL does."""


class EndlessLoop(BaseException):
    """The workers of one run made more than MAX_STEPS steps."""


@dataclass
class Process:
    """A simulated process: its clock's error in seconds, and the globals of modules it changed.

    `globals` holds the values of PROCESS_GLOBALS while another process runs.
    """

    name: str
    skew: float = 0.0
    globals: dict[tuple[str, str], Any] = field(default_factory=dict)


@dataclass
class Task:
    """The code of one worker.

    `kill_at` is the number of the step at which its process ends, `kill_after` that of the commit
    after which it ends, counted from its first page of records, `freeze_at` that of the step before
    which it does not run for `freeze` seconds; 0 means never. `beat` renews what the worker holds
    every `beat_seconds` while it waits.
    """

    process: Process
    run: Callable[[], Any]
    kill_at: int = 0
    kill_after: int = 0
    freeze_at: int = 0
    freeze: float = 0.0
    wake: float = 0.0
    steps: int = 0
    commits: int = 0
    has_read: bool = False
    is_dead: bool = False
    is_done: bool = False
    error: BaseException | None = None
    beat: Callable[[], bool] | None = None
    beat_seconds: float = 0.0
    holds: int = 0
    glet: Any = None


class Scheduler:
    """Runs tasks, of which each has its turn when `random` says so.

    `now` is the true time in seconds since the epoch. `can_switch` returns whether another worker
    may run now; it may not within a transaction, which SQLite executes alone.
    """

    def __init__(self, now: float) -> None:
        self.now = now
        self.random = random.Random(0)  # noqa: S311
        self.current: Task | None = None
        self.home = Process("site")
        self.switches: Callable[[Process, Process], None] = lambda old, new: None
        self.can_switch: Callable[[], bool] = lambda: True
        self.on_time: Callable[[], None] = lambda: None
        self._tasks: list[Task] = []
        self._steps = 0
        self._waiting = 0
        self._installed = self.home

    @property
    def process(self) -> Process:
        """The process that runs now."""
        return self.home if self.current is None else self.current.process

    def local_time(self) -> float:
        """Return the time that the clock of the running process shows."""
        return self.now + self.process.skew

    def run(self, tasks: list[Task]) -> None:
        """Run tasks until each has ended. Raises EndlessLoop."""
        hub = greenlet.getcurrent()
        self._tasks, self._steps, self._installed = list(tasks), 0, self.home
        for task in tasks:
            task.glet = greenlet(self._body(task), hub)
            task.glet.gr_context = copy_context()
        try:
            while waiting := [task for task in self._tasks if not task.is_done]:
                self._waiting = len(waiting)
                ready = [task for task in waiting if task.wake <= self.now]
                if not ready:
                    self.move_to(min(task.wake for task in waiting))
                    continue
                self._switch_to(ready[0] if len(ready) == 1 else self.random.choice(ready))
        finally:
            self._install(self.home)
            self._tasks, self._waiting = [], 0

    def _body(self, task: Task) -> Callable[[], None]:
        def body() -> None:
            try:
                task.run()
            except ProcessKilled as error:
                task.error = error
            except Exception as error:
                task.error = error
            finally:
                task.is_done = True

        return body

    def _switch_to(self, task: Task) -> None:
        self._install(task.process)
        self.current = task
        try:
            task.glet.switch()
        finally:
            self.current = None

    def _install(self, process: Process) -> None:
        """Let the globals be those of a process."""
        if process is not self._installed:
            self.switches(self._installed, process)
            self._installed = process

    def _wait(self, task: Task) -> None:
        """Let others run until the time of the running worker has come."""
        if self._waiting > 1:
            task.glet.parent.switch()
        elif task.wake > self.now:
            self.current = None
            self.move_to(task.wake)
            self.current = task

    def move_to(self, moment: float) -> None:
        """Move the time on."""
        self.now = max(self.now, moment)
        if self.current is None:
            self.on_time()

    def step(self) -> None:
        """Take a step of the running worker. Raises ProcessKilled and EndlessLoop."""
        task = self.current
        if task is None:
            return
        task.steps += 1
        self._steps += 1
        if task.is_dead or 0 < task.kill_at <= task.steps:
            task.is_dead = True
            raise ProcessKilled
        if self._steps > MAX_STEPS:
            raise EndlessLoop
        if not self.can_switch() or task.holds:
            return
        if task.steps == task.freeze_at:
            task.wake = self.now + task.freeze
            self._wait(task)
        elif self._waiting > 1 and self.random.random() < 0.3:
            task.glet.parent.switch()

    def commit(self) -> None:
        """Note that the running worker has committed a transaction. Raises ProcessKilled."""
        task = self.current
        if task is None or not task.has_read:
            return
        task.commits += 1
        if task.commits == task.kill_after:
            task.is_dead = True
            raise ProcessKilled

    def pause(self, seconds: float) -> None:
        """Let the running worker wait, and others run in the meantime."""
        task = self.current
        if task is None or not self.can_switch() or task.holds:
            self.now += max(seconds, 0.0)
            if task is None:
                self.on_time()
            return
        end = self.now + max(seconds, 0.0)
        while task.beat is not None and self.now + task.beat_seconds < end:
            task.wake = self.now + task.beat_seconds
            self._wait(task)
            beat = task.beat
            if task.is_dead or not beat():
                break
        task.wake = end
        self._wait(task)

    @contextmanager
    def uninterrupted(self) -> Iterator[None]:
        """Let no other worker run during the block."""
        task = self.current
        if task is None:
            yield
            return
        task.holds += 1
        try:
            yield
        finally:
            task.holds -= 1
