"""Splits a module by Created_Time, which never changes, into windows of one bulk job each.

A plan is a generator: it yields a span, is sent how many records were created in it, and returns
the windows. So it asks nobody itself, and is tested with numbers.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_RECORDS = 200_000
"""Records of one bulk read job."""

SECOND = timedelta(seconds=1)

Span = tuple[datetime | None, datetime | None]
"""From when on, and before when; None for as long as there are records."""


@dataclass(frozen=True, slots=True)
class Window:
    """A range of Created_Time, and about how many records are in it."""

    begin: datetime | None
    end: datetime | None
    count: int


def windows(
    first: datetime, last: datetime, total: int, most: int = MAX_RECORDS
) -> Generator[Span, int, list[Window]]:
    """Split `total` records that were created from `first` until `last` into windows.

    Each has at most `most` records, unless one second has more, and as many as a few questions
    find: a job costs the same however few it reads. The first and the last window are open.
    """
    windows: list[Window] = []
    # Moments, and how many records were created before each of them.
    known = [(first, 0), (last + SECOND, total)]
    begin, done = first, 0
    while total - done > most:
        end, before = yield from _end_of_next(begin, done, known, most)
        if before >= total:
            break
        windows.append(Window(begin if windows else None, end, before - done))
        begin, done = end, before
    windows.append(Window(begin if windows else None, None, total - done))
    return windows


def _end_of_next(
    begin: datetime, done: int, known: list[tuple[datetime, int]], most: int
) -> Generator[Span, int, tuple[datetime, int]]:
    """Find the end of the next window: nearly `most` records later than `done`.

    Returns it with the number of all before it, and adds to what is known on the way.
    """
    target, enough = done + most * 0.95, done + most * 0.85
    tries = 0
    while True:
        low, below = max(
            moment for moment in known if moment[0] >= begin and moment[1] <= done + most
        )
        high, above = min(moment for moment in known if moment[1] > done + most)
        if below >= enough or (tries > 6 and below >= done + most / 2):
            return low, below  # full enough: further questions cost more than they save
        if high - low <= SECOND:
            return (low, below) if below > done else (high, above)
        share = 0.5 if tries % 3 == 2 else (target - below) / (above - below)
        span = (high - low).total_seconds()
        seconds = min(max(round(span * share), 1), max(int(span) - 1, 1))
        middle = low + timedelta(seconds=seconds)
        count = yield (begin, middle)
        known.append((middle, done + count))
        tries += 1
