"""What one step of a worker takes: a poll, a turn without work, a claim; plans of hot queries."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks import fleet_engine as engine
from benchmarks.fleet_clock import VirtualClock
from benchmarks.fleet_zoho import FleetZoho

POLLS = 30
"""Mirrors that are polled for the counts of a poll."""

TURNS = 20
"""Turns without work."""

CLAIMED = 16
"""Mirrors of one claim: those of a process with `--concurrency 16`."""


class Queries:
    """Counts the statements of this process's connection, and their time in seconds."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(engine.OURS):
            return execute(sql, params, many, context)
        self.count += 1
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - started


def measure_polls(clock: VirtualClock, zoho: FleetZoho, queries: Queries) -> dict[str, float]:
    """Poll mirrors without news, each for the second time; return the counts of a poll."""
    from django.utils import timezone

    from django_zcrm.mirror.models import MirrorState
    from django_zcrm.mirror.runners import due

    # The last ones: the first organisations are active.
    keys = list(MirrorState.objects.order_by("-pk").values_list("pk", flat=True)[:POLLS])
    counts: list[list[int]] = []
    for turn in range(2):
        for key in keys:
            now = timezone.now()
            deletions_due = now + timedelta(days=1)
            MirrorState.objects.filter(pk=key).update(due=now, deletions_due=deletions_due)
            state = MirrorState.objects.select_related("connection").get(pk=key)
            before = queries.count, zoho.requests.total(), zoho.credits.total()
            due.attempt(state)
            after = queries.count, zoho.requests.total(), zoho.credits.total()
            if turn:
                counts.append([now - was for was, now in zip(before, after, strict=True)])
            clock.advance(1)
    return {
        f"{name} of a poll without news": mean(count[place] for count in counts)
        for place, name in enumerate(("queries", "requests", "credits"))
    }


def measure_idle_turns(clock: VirtualClock, queries: Queries) -> dict[str, float]:
    """Let a worker look for work while nothing is due; return queries and milliseconds.

    A watching worker makes one such turn a second.
    """
    from django.db.models import F

    from django_zcrm.mirror.models import MirrorState

    later = timedelta(seconds=200)  # more would be taken for the time of a clock that was ahead
    MirrorState.objects.update(due=F("due") + later)
    times, counts, database = [], [], []
    for _ in range(TURNS):
        before, spent, started = queries.count, queries.seconds, time.perf_counter()
        engine.prepare()
        if engine.claim(CLAIMED):
            raise SystemExit("a mirror is due")
        times.append((time.perf_counter() - started) * 1000)
        database.append((queries.seconds - spent) * 1000)
        counts.append(queries.count - before)
        clock.advance(1)
    MirrorState.objects.update(due=F("due") - later)
    return {
        "queries of an idle turn": min(counts),
        "milliseconds of an idle turn": sorted(times)[TURNS // 2],
        "database ms a second of an idle worker": sorted(database)[TURNS // 2],
    }


def measure_first_claim(queries: Queries) -> dict[str, float]:
    """Claim mirrors while all are due; return seconds, queries and the growth of the process."""
    from django.db.models import F
    from django.utils import timezone

    from django_zcrm.mirror.models import MirrorState
    from django_zcrm.mirror.runners.claims import claim_mirrors

    earlier = timedelta(hours=1)
    MirrorState.objects.update(due=F("due") - earlier)
    memory, before, started = _megabytes(), queries.count, time.perf_counter()
    claims = claim_mirrors(CLAIMED)
    took = time.perf_counter() - started
    rows = {
        "mirrors that were due at the first claim": float(
            MirrorState.objects.filter(due__lte=timezone.now()).count()
        ),
        "seconds of the first claim of 16": took,
        "queries of the first claim of 16": queries.count - before,
        "growth of the process, MB": _megabytes() - memory,
    }
    for _, lease in claims:
        lease.release()
    MirrorState.objects.update(due=F("due") + earlier)
    return rows


def _megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
