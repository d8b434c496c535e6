"""Counts the credits that an organisation's calls use in 24 hours, and those that Zoho reports.

Keeps the counts in memory; `credits_spent` writes and reads those of all processes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

BUCKET = 3600
"""Length of a bucket in seconds. Its credits are taken as spent evenly."""

DAY = 24 * 3600
"""Seconds after which Zoho gives a credit back (docs v8 api-limits)."""

FRESH = 10.0
"""Seconds for which a sum is cached."""

RECHECK = 300.0
"""Seconds after which Zoho's report may be outdated: other programs' credits came back."""


@dataclass(slots=True)
class Bucket:
    """The counts of an hour. `remaining` is the last number of credits that Zoho reported."""

    credits: int = 0
    calls: int = 0
    refused: int = 0
    waits: int = 0
    waited_ms: float = 0.0
    remaining: int | None = None

    def add(self, other: Bucket) -> None:
        """Add the counts of a later bucket."""
        self.credits += other.credits
        self.calls += other.calls
        self.refused += other.refused
        self.waits += other.waits
        self.waited_ms += other.waited_ms
        self.remaining = self.remaining if other.remaining is None else other.remaining


class CreditCounter:
    """The credits of one organisation, as known to this process. Thread-safe."""

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        on_waiting: Callable[[CreditCounter], object] | None = None,
    ) -> None:
        self._clock = clock
        self._on_waiting = on_waiting
        self.reset()

    def reset(self) -> None:
        """Start over with a new lock and no counts, also if the old lock is held."""
        self._lock = threading.Lock()
        self._written_counts: dict[int, Bucket] = {}
        self._waiting: dict[int, Bucket] = {}
        self._remaining: tuple[int | None, float] | None = None
        self._since = 0
        self._most = 0
        self._let_through = float("-inf")
        self._cached_spent = (float("-inf"), 0)

    def count(
        self,
        credits: int,
        waited: float,
        remaining: int | None,
        *,
        refused: bool = False,
        succeeded: bool = False,
    ) -> None:
        """Count one request. The first one since the last `take_waiting` calls `on_waiting`.

        After a request that succeeded without a report, an outdated report no longer applies.
        """
        now = self._clock()
        start = int(now) // BUCKET * BUCKET
        with self._lock:
            is_first = not self._waiting
            bucket = self._waiting.get(start)
            if bucket is None:
                self._forget_old(start)
                bucket = self._waiting[start] = Bucket()
            bucket.credits += credits
            bucket.calls += 1
            bucket.refused += refused
            if waited:
                bucket.waits += 1
                bucket.waited_ms += waited * 1000
            if remaining is not None:
                bucket.remaining = remaining
                self._note_remaining(remaining, now)
            elif succeeded and self._remaining and now - self._remaining[1] > RECHECK:
                # Zoho reports nothing while more than half are left: others' credits came back.
                self._remaining = None, now
            else:
                self._since += credits
        # Last, since a thread that takes the counts in between would leave this one unwritten.
        if is_first and self._on_waiting is not None:
            self._on_waiting(self)

    def _note_remaining(self, remaining: int, now: float) -> None:
        self._remaining, self._since = (remaining, now), 0
        self._most = max(self._most, remaining)

    def credits_spent(self, since: float = DAY) -> int:
        """Return the credits used in the last `since` seconds by all processes."""
        now = self._clock()
        with self._lock:
            return round(self._sum_between(now - since, now))

    def credits_left(self) -> int | None:
        """Return the remaining credits by Zoho's last report; None without one."""
        now = self._clock()
        with self._lock:
            remaining, heard = self._remaining or (None, now)
            if remaining is None or now - heard > DAY:
                return None
            # Just after a report no credits have come back; batches need this value for every call.
            is_fresh = now - heard <= FRESH
            back = 0.0 if is_fresh else self._sum_between(heard - DAY, now - DAY)
            return max(remaining - self._since + round(back), 0)

    def total(self) -> int:
        """Return the organisation's credits per 24 hours by Zoho's reports; 0 if unknown."""
        # Zoho reports once half of them are used, so the highest report is half of them.
        credits_left = self.credits_left()
        if credits_left is None:
            return 0
        return max(2 * self._most, credits_left + self._sum_recent())

    def _sum_recent(self) -> int:
        """Return the credits used in 24 hours, from a cache of some seconds."""
        now = self._clock()
        if not 0 <= now - self._cached_spent[0] < FRESH:
            self._cached_spent = now, self.credits_spent()
        return self._cached_spent[1]

    def returns_at(self) -> float | None:
        """Return when the next credits come back, in seconds since the epoch; None if none are
        used.
        """
        first = self._clock() - DAY
        with self._lock:
            starts = [s for s, b in self._all_buckets() if b.credits and s + BUCKET > first]
        return min(starts) + BUCKET + DAY if starts else None

    def is_reserved(self, credits: int, reserve: float) -> bool:
        """Whether a batch call would use credits that are reserved for interactive calls.

        Now and then it returns False nevertheless, so that Zoho reports the rest.
        """
        credits_left = self.credits_left()
        if credits_left is None or credits_left - credits >= reserve * self.total():
            return False
        now = self._clock()
        with self._lock:
            heard = self._remaining[1] if self._remaining else now
            if 0 <= now - max(heard, self._let_through) < RECHECK:
                return True
            self._let_through = now
        return False

    def is_used_up(self, credits: int) -> bool:
        """Whether hardly any credits are left, which explains a refusal by Zoho."""
        credits_left = self.credits_left()
        return credits_left is not None and credits_left <= max(credits, self.total() // 100)

    def buckets(self) -> dict[int, Bucket]:
        """Return the counts of the last 24 hours, by the start of each bucket."""
        first = self._clock() - DAY
        buckets: dict[int, Bucket] = {}
        with self._lock:
            for start, bucket in self._all_buckets():
                if start + BUCKET > first:
                    buckets.setdefault(start, Bucket()).add(bucket)
        return buckets

    def take_waiting(self) -> dict[int, Bucket]:
        """Remove and return the unwritten counts; the caller has to write them."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            for start, bucket in waiting.items():
                self._written_counts.setdefault(start, Bucket()).add(bucket)
        return waiting

    def put_back(self, waiting: Mapping[int, Bucket]) -> None:
        """Put back counts that could not be written."""
        with self._lock:
            for start, bucket in waiting.items():
                written_bucket = self._written_counts.get(start)
                if written_bucket is not None:
                    written_bucket.credits -= bucket.credits
                self._waiting.setdefault(start, Bucket()).add(bucket)

    def learn(self, buckets: Mapping[int, Bucket]) -> None:
        """Set the counts of all processes in the last 24 hours.

        Those of a process whose clock was ahead count as of now.
        """
        current = int(self._clock()) // BUCKET * BUCKET
        counts: dict[int, Bucket] = {}
        for start in sorted(buckets):
            counts.setdefault(min(start, current), Bucket()).add(buckets[start])
        with self._lock:
            self._written_counts = counts
            for start, bucket in counts.items():
                if bucket.remaining is None:
                    continue
                self._most = max(self._most, bucket.remaining)
                # Another process's report is newer than ours.
                if self._remaining is None or start > self._remaining[1]:
                    self._remaining, self._since = (bucket.remaining, float(start)), 0

    def _sum_between(self, begin: float, end: float) -> float:
        """Return the credits used between two times; those of a part of a bucket in proportion."""
        now, total = self._clock(), 0.0
        for start, bucket in self._all_buckets():
            if start >= begin and end >= now:  # also those of a clock that was ahead
                total += bucket.credits
                continue
            stop = min(start + BUCKET, max(now, start + 1))
            part = min(stop, end) - max(start, begin)
            total += bucket.credits * min(max(part, 0) / (stop - start), 1)
        return total

    def _forget_old(self, now: int) -> None:
        # Without `TRACK_USAGE`, no code writes them.
        for buckets in (self._written_counts, self._waiting):
            for start in [start for start in buckets if start < now - DAY - BUCKET]:
                del buckets[start]

    def _all_buckets(self) -> list[tuple[int, Bucket]]:
        return [*self._written_counts.items(), *self._waiting.items()]
