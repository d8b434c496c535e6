"""Splits a module by Created_Time, which never changes, into windows of one bulk job each.

A plan is a generator: it yields a time span, receives the number of records created in it, and
returns the windows. So the caller makes the requests, and tests need only numbers.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_RECORDS = 200_000
"""Records of one bulk read job."""

SECOND = timedelta(seconds=1)

Span = tuple[datetime | None, datetime | None]
"""Start (inclusive) and end (exclusive); None for an open side."""


@dataclass(frozen=True, slots=True)
class Window:
    """A range of Created_Time, and the estimated number of records in it."""

    begin: datetime | None
    end: datetime | None
    count: int


def split_windows(
    first: datetime, last: datetime, total: int, most: int = MAX_RECORDS
) -> Generator[Span, int, list[Window]]:
    """Split `total` records that were created from `first` until `last` into windows.

    A window has at most `most` records, unless a single second has more. Windows are filled as far
    as a few counts allow, because a job costs the same for few records. The start of the first
    window and the end of the last one are open.
    """
    windows: list[Window] = []
    # Times, each with the number of records that were created before it.
    counts = [(first, 0), (last + SECOND, total)]
    begin, offset = first, 0
    while total - offset > most:
        end, before = yield from _find_window_end(begin, offset, counts, most)
        if before >= total:
            break
        windows.append(Window(begin if windows else None, end, before - offset))
        begin, offset = end, before
    windows.append(Window(begin if windows else None, None, total - offset))
    return windows


def _find_window_end(
    begin: datetime, offset: int, counts: list[tuple[datetime, int]], most: int
) -> Generator[Span, int, tuple[datetime, int]]:
    """Find the end of the next window: nearly `most` records after the first `offset` ones.

    Returns the end, and the number of all records before it. Adds those that it reads to `counts`.
    """
    target, enough = offset + most * 0.95, offset + most * 0.85
    tries = 0
    while True:
        low, below = max(
            moment for moment in counts if moment[0] >= begin and moment[1] <= offset + most
        )
        high, above = min(moment for moment in counts if moment[1] > offset + most)
        if below >= enough or (tries > 6 and below >= offset + most / 2):
            return low, below  # full enough: further counts cost more than they save
        if high - low <= SECOND:
            return (low, below) if below > offset else (high, above)
        share = 0.5 if tries % 3 == 2 else (target - below) / (above - below)
        span = (high - low).total_seconds()
        seconds = min(max(round(span * share), 1), max(int(span) - 1, 1))
        middle = low + timedelta(seconds=seconds)
        count = yield (begin, middle)
        counts.append((middle, offset + count))
        tries += 1
