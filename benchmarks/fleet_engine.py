"""The mirror's runner, one step at a time, as the worker processes of a fleet call it."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from benchmarks.fleet_clock import VirtualClock

Event = tuple[float, Callable[[], Any]]
"""A time, and what happens then."""

TURN = 1.0
"""Seconds between two times that a worker collects requests for immediate work while idle."""


@dataclass
class Work:
    """What workers did: polls, and the virtual seconds that these took."""

    polls: int = 0
    busy: float = 0.0


def prepare() -> None:
    """Do what a worker does before it claims mirrors."""
    from django_zcrm.mirror.runners import due

    due.prepare()


def claim() -> Callable[[], Any] | None:
    """Claim the next mirror with due work; return the function that does it, None without one."""
    from django_zcrm.mirror.runners.claims import claim_mirrors
    from django_zcrm.mirror.runners.due import work

    for mirror in claim_mirrors(1):
        return lambda: work(mirror)
    return None


def run_workers(
    clock: VirtualClock, seconds: float, workers: int, events: Sequence[Event] = ()
) -> Work:
    """Let workers poll for a virtual time, while events happen; return what they did.

    The polls of workers overlap: each begins at the time at which its worker is free. Turns without
    work are left out until something is due.
    """
    done, begin = Work(), clock.now
    waiting = sorted(events, key=lambda event: event[0], reverse=True)
    free, next_turn, idle_until = [begin] * workers, begin, begin
    while (now := heapq.heappop(free)) < begin + seconds:
        while waiting and waiting[-1][0] <= now:
            clock.now, happen = waiting.pop()
            happen()
        clock.now = now
        if now < idle_until:
            heapq.heappush(free, idle_until)
            continue
        if now >= next_turn:
            next_turn = now + TURN
            prepare()
        poll = claim()
        if poll is None:
            idle_until = max(now + TURN, min(_next_due(), waiting[-1][0] if waiting else inf))
            heapq.heappush(free, idle_until)
            continue
        poll()
        done.polls += 1
        done.busy += clock.now - now
        heapq.heappush(free, clock.now)
    clock.now = begin + seconds
    return done


def _next_due() -> float:
    """Return when the next mirror is due, in seconds since the epoch; inf without one."""
    from django.db.models import Min

    from django_zcrm.mirror.models import MirrorState

    mirrors = MirrorState.objects.filter(is_paused=False)
    moments = mirrors.aggregate(Min("due"), Min("urgent_at")).values()
    return min((moment.timestamp() for moment in moments if moment), default=inf)
