"""The mirror's runner, one step at a time, as the worker processes of a fleet call it."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from math import inf
from typing import Any

from benchmarks.fleet_clock import VirtualClock

Event = tuple[float, Callable[[], Any]]
"""A time, and what happens then."""

TURN = 1.0
"""Seconds between two times that a process collects requests for immediate work."""

OURS = "/* benchmark */"
"""Marks statements of the benchmark, which are not counted."""

THREADS = 16
"""Threads of a process, as with `--concurrency 16`."""


EMPTY_CLAIM = 2
"""Queries of a claim that finds nothing."""


@dataclass
class Work:
    """What workers did: polls, and the virtual seconds that these took.

    `left_out` are the queries of claims that would have found nothing.
    """

    polls: int = 0
    busy: float = 0.0
    left_out: int = 0


def prepare() -> None:
    """Do what a worker does before it claims mirrors."""
    from django_zcrm.mirror.runners import due

    due.prepare()


def claim(limit: int) -> list[Callable[[], Any]]:
    """Claim the next mirrors with due work; return the functions that do it."""
    from django_zcrm.mirror.runners.claims import claim_mirrors
    from django_zcrm.mirror.runners.due import work

    return [partial(work, mirror) for mirror in claim_mirrors(limit)]


class Process:
    """A process whose threads poll, at virtual times; it claims mirrors as `Watcher` does."""

    def __init__(self, clock: VirtualClock, threads: int, done: Work) -> None:
        self.clock = clock
        self.done = done
        self._ends = [clock.now] * threads
        self._next_wakeups = clock.now

    def turn(self) -> tuple[float, bool]:
        """Do the work that is due; return when the next turn is, and whether the process is idle.

        It is idle if nothing is due, all of its threads are free, and no requests are left.
        """
        from django_zcrm.mirror.runners.watch import TURN_SECONDS

        now = self.clock.now
        free = [number for number, end in enumerate(self._ends) if end <= now]
        if not free:
            return min(self._ends), False
        if is_prepared := self._next_wakeups <= now:
            self._next_wakeups = now + TURN
            prepare()
        is_due = _next_due() <= now
        polls = claim(len(free)) if is_due else []
        self.done.left_out += 0 if is_due else EMPTY_CLAIM
        for number, poll in zip(free, polls, strict=False):
            self.clock.now = now
            poll()
            self._ends[number] = self.clock.now
            self.done.polls += 1
            self.done.busy += self.clock.now - now
        self.clock.now = now
        busy = [end for end in self._ends if end > now]
        if polls:
            later = now + TURN_SECONDS
            return (later if len(busy) < len(self._ends) else max(later, min(busy))), False
        if busy:
            return max(min(*busy, now + TURN), now + TURN_SECONDS), False
        return (now + TURN if is_prepared else self._next_wakeups), is_prepared


def run_workers(
    clock: VirtualClock, seconds: float, workers: int, events: Sequence[Event] = ()
) -> Work:
    """Let workers poll for a virtual time, while events happen; return what they did.

    The workers are threads of processes with at most THREADS. Their polls overlap: each begins at
    the time at which its worker is free. Turns of idle processes are left out until work is due.
    Claims that would find nothing are left out, too, but their queries are counted.
    """
    done, end = Work(), clock.now + seconds
    waiting = sorted(events, key=lambda event: event[0], reverse=True)
    sizes = [THREADS] * (workers // THREADS) + [workers % THREADS] * bool(workers % THREADS)
    processes = [Process(clock, size, done) for size in sizes]
    turns = [(clock.now + TURN * n / len(sizes), n) for n in range(len(sizes))]
    while turns[0][0] < end:
        now, number = turns[0]
        while waiting and waiting[-1][0] <= now:
            clock.now, happen = waiting.pop()
            happen()
        clock.now = now
        later, is_idle = processes[number].turn()
        if is_idle:
            later = max(later, min(_next_due(), waiting[-1][0] if waiting else inf))
        heapq.heapreplace(turns, (later, number))
    clock.now = end
    return done


def _next_due() -> float:
    """Return when the next mirror is due, in seconds since the epoch; inf without one."""
    from django_zcrm.mirror.models import MirrorState

    moments = [
        getattr(state, column)
        for column, sql, params in _compile_next_due()
        for state in MirrorState.objects.raw(sql, params)
    ]
    return min((moment.timestamp() for moment in moments), default=inf)


@cache
def _compile_next_due() -> list[tuple[str, str, tuple[Any, ...]]]:
    """Return the columns, and the statements that find the first mirror by each of them.

    They are not counted. Django would compile them each time, for longer than they take.
    """
    from django_zcrm.mirror.models import MirrorState

    statements = []
    for column in ("due", "urgent_at"):
        rows = MirrorState.objects.active().filter(**{f"{column}__isnull": False})
        sql, params = rows.only(column).order_by(column)[:1].query.sql_with_params()
        statements.append((column, f"{OURS} {sql}", params))
    return statements
