"""Counts the credits that an organisation's calls use in 24 hours, and what Zoho says is left.

Keeps the counts in memory; `spent` writes and reads those of all processes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

BUCKET = 300
"""Seconds whose calls are counted together."""

DAY = 24 * 3600
"""Seconds after which Zoho gives a credit back (docs v8 api-limits)."""

FRESH = 10.0
"""Seconds for which a sum is not made anew."""

RECHECK = 300.0
"""Seconds after which what Zoho said may be out of date: other programs' credits came back."""


@dataclass(slots=True)
class Bucket:
    """The counts of five minutes. `remaining` is the last number of credits that Zoho reported."""

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


class Ledger:
    """The credits of one organisation, as known to this process. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Start over with a new lock and no counts, whoever holds the old ones."""
        self._lock = threading.Lock()
        self._known: dict[int, Bucket] = {}
        self._waiting: dict[int, Bucket] = {}
        self._remaining: tuple[int, float] | None = None
        self._since = 0
        self._most = 0
        self._let_through = float("-inf")
        self._counted = (float("-inf"), 0)

    def count(
        self, credits: int, waited: float, remaining: int | None, *, refused: bool = False
    ) -> None:
        """Count one request."""
        now = self._clock()
        start = int(now) // BUCKET * BUCKET
        with self._lock:
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
            if remaining is None:
                self._since += credits
            else:
                bucket.remaining = remaining
                self._note_remaining(remaining, now)

    def _note_remaining(self, remaining: int, now: float) -> None:
        self._remaining, self._since = (remaining, now), 0
        self._most = max(self._most, remaining)

    def spent(self, since: float = DAY) -> int:
        """Return the credits used in the last `since` seconds by all processes."""
        first = self._clock() - since
        with self._lock:
            return sum(b.credits for s, b in self._all() if s + BUCKET > first)

    def left(self) -> int | None:
        """Return the remaining credits by Zoho's last report; None without one."""
        now = self._clock()
        with self._lock:
            if self._remaining is None or now - self._remaining[1] > DAY:
                return None
            remaining, heard = self._remaining
            # Just after a report nothing came back since; batches ask before every call.
            back = self._come_back(heard - DAY, now - DAY) if now - heard > FRESH else 0
            return max(remaining - self._since + back, 0)

    def total(self) -> int:
        """Return the organisation's credits per 24 hours by Zoho's reports; 0 if unknown."""
        # The report begins when half of them are used: the most that was reported is half of them.
        credits_left = self.left()
        if credits_left is None:
            return 0
        return max(2 * self._most, credits_left + self._spent_lately())

    def _spent_lately(self) -> int:
        """Return the credits of 24 hours, counted anew now and then."""
        now = self._clock()
        if not 0 <= now - self._counted[0] < FRESH:
            self._counted = now, self.spent()
        return self._counted[1]

    def returns_at(self) -> float | None:
        """Return when the next credits come back, in seconds since the epoch; None if all are
        there.
        """
        first = self._clock() - DAY
        with self._lock:
            starts = [s for s, b in self._all() if b.credits and s + BUCKET > first]
        return min(starts) + BUCKET + DAY if starts else None

    def is_reserved(self, credits: int, reserve: float) -> bool:
        """Whether a batch call would use credits that are reserved for interactive calls.

        Now and then one is let through, to hear from Zoho what is left.
        """
        credits_left = self.left()
        if credits_left is None or credits_left - credits >= reserve * self.total():
            return False
        now = self._clock()
        with self._lock:
            heard = self._remaining[1] if self._remaining else now
            if now - max(heard, self._let_through) < RECHECK:
                return True
            self._let_through = now
        return False

    def is_used_up(self, credits: int) -> bool:
        """Whether hardly any credits are left, so that this is why Zoho refused."""
        credits_left = self.left()
        return credits_left is not None and credits_left <= max(credits, self.total() // 100)

    def buckets(self) -> dict[int, Bucket]:
        """Return the counts of the last 24 hours, by the start of each bucket."""
        first = self._clock() - DAY
        merged: dict[int, Bucket] = {}
        with self._lock:
            for start, bucket in self._all():
                if start + BUCKET > first:
                    merged.setdefault(start, Bucket()).add(bucket)
        return merged

    def take_waiting(self) -> dict[int, Bucket]:
        """Return the counts that have not been written yet; the caller has to write them."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            for start, bucket in waiting.items():
                self._known.setdefault(start, Bucket()).add(bucket)
        return waiting

    def put_back(self, waiting: Mapping[int, Bucket]) -> None:
        """Put back counts that could not be written."""
        with self._lock:
            for start, bucket in waiting.items():
                known = self._known.get(start)
                if known is not None:
                    known.credits -= bucket.credits
                self._waiting.setdefault(start, Bucket()).add(bucket)

    def learn(self, buckets: Mapping[int, Bucket]) -> None:
        """Set the counts of all processes in the last 24 hours."""
        with self._lock:
            self._known = dict(buckets)
            for start in sorted(buckets):
                remaining = buckets[start].remaining
                if remaining is None:
                    continue
                self._most = max(self._most, remaining)
                # Later than anything heard here: another process's report.
                if self._remaining is None or start > self._remaining[1]:
                    self._remaining, self._since = (remaining, float(start)), 0

    def _come_back(self, after: float, until: float) -> int:
        """Return the credits of calls that became 24 hours old in this time."""
        return sum(b.credits for s, b in self._all() if after < s + BUCKET <= until)

    def _forget_old(self, now: int) -> None:
        # Nobody writes them where usage is not counted.
        for buckets in (self._known, self._waiting):
            for start in [start for start in buckets if start < now - DAY - BUCKET]:
                del buckets[start]

    def _all(self) -> list[tuple[int, Bucket]]:
        return [*self._known.items(), *self._waiting.items()]
