"""Counts calls in this process, and adds the totals to the database now and then.

A call costs a few additions in memory; a process writes at most once a minute and outside of
transactions, so that no call waits for a locked row.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import re
import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.signals import request_finished
from django.db import Error as DBError
from django.db import connections, router, transaction
from django.db.models import Case, DateTimeField, Q, Value, When
from django.db.models.signals import post_migrate
from django.utils import timezone

from ..limits import credit_rows
from ..models import ApiUsage, Connection
from ..models.usage import KEEP_DAYS, today
from ..upsert import Combine, add_to_rows
from ..zoho.calls.observer import Attempt

log = logging.getLogger("django_zcrm")

FLUSH_SECONDS = 60.0
"""How long counts wait before the next call, or the end of a request, writes them."""

FLUSH_CALLS = 5_000
"""How many calls may wait, as long as writing is possible."""

MAX_KEYS = 2000
"""How many rows may wait while the database is unavailable; further ones count as `other`."""


PRUNE_SECONDS = 3600.0
"""How long old rows wait until a process looks for them."""

PRUNED_ROWS = 1_000
"""Rows that are deleted at once."""

CONNECTIONS = 200
"""Connections whose last use is stored by one statement."""

COMBINE: Mapping[str, Combine] = {
    "calls": "sum",
    "errors": "sum",
    "limited": "sum",
    "total_ms": "sum",
    "max_ms": "max",
    "credits_remaining": "min",
}


class Key(NamedTuple):
    """The row that a call is counted in."""

    connection_id: int
    day: date
    operation: str


@dataclass(slots=True)
class Tally:
    """The counts of a row that are not yet in the database."""

    calls: int = 0
    errors: int = 0
    limited: int = 0
    credits_remaining: int | None = None
    total_ms: float = 0.0
    max_ms: float = 0.0
    last: float = 0.0
    """When the last call ended, by the monotonic clock."""

    def note(self, attempt: Attempt) -> None:
        """Add one attempt."""
        self.calls += 1
        self.errors += attempt.status == 0 or attempt.status >= 400
        self.limited += attempt.status == 429
        self.total_ms += attempt.milliseconds
        self.max_ms = max(self.max_ms, attempt.milliseconds)
        self.last = time.monotonic()
        self._note_credits(attempt.credits_remaining)

    def merge(self, other: Tally) -> None:
        """Add the counts of another tally."""
        self.calls += other.calls
        self.errors += other.errors
        self.limited += other.limited
        self.total_ms += other.total_ms
        self.max_ms = max(self.max_ms, other.max_ms)
        self.last = max(self.last, other.last)
        self._note_credits(other.credits_remaining)

    def columns(self) -> dict[str, Any]:
        """Return the columns of a new row."""
        return {
            "calls": self.calls,
            "errors": self.errors,
            "limited": self.limited,
            "credits_remaining": self.credits_remaining,
            "total_ms": round(self.total_ms),
            "max_ms": round(self.max_ms),
        }

    def _note_credits(self, credits: int | None) -> None:
        if credits is not None:
            before = self.credits_remaining
            self.credits_remaining = credits if before is None else min(before, credits)


class Counter:
    """The counts of this process that wait to be written. Thread-safe."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start over with a new lock, also if the old one is held."""
        self._lock = threading.Lock()
        self._prune_at = 0.0
        self.discard()

    def discard(self) -> None:
        """Drop the waiting counts."""
        self._waiting: dict[Key, Tally] = {}
        self._calls = 0
        self._since = time.monotonic()
        self._database = ""

    def count(self, connection_id: int, attempt: Attempt) -> None:
        """Count one attempt, and write the waiting counts if that is due and possible now."""
        key = Key(connection_id, today(), operation_group(attempt.operation))
        with self._lock:
            if not self._calls:
                self._since, self._database = time.monotonic(), _database()
            if key not in self._waiting and len(self._waiting) >= MAX_KEYS:
                key = key._replace(operation="other")
            self._waiting.setdefault(key, Tally()).note(attempt)
            self._calls += 1
        self.flush_if_due()

    def flush_if_due(self) -> bool:
        """Write the waiting counts if that is due and possible now; return whether it was."""
        is_due = self._calls >= FLUSH_CALLS or time.monotonic() - self._since >= FLUSH_SECONDS
        if not (self._calls and is_due and _may_write()):
            return False
        self.flush()
        self._prune_if_due()
        return True

    def flush(self) -> None:
        """Write the waiting counts. If the database is unavailable, they stay; never raises."""
        with self._lock:
            waiting, database = self._waiting, self._database
            self.discard()
        # After tests, a process uses another database, where the same keys belong to other rows.
        if not waiting or database != _database():
            return
        credit_rows.flush()
        try:
            _write(waiting)
        except Exception as error:  # the call that was counted must not fail because of this
            log.warning("API usage not written yet, will be tried again: %s", type(error).__name__)
            self._put_back(waiting, database)

    def _prune_if_due(self) -> None:
        """Delete a slice of old rows, more often as long as there are many."""
        if time.monotonic() < self._prune_at:
            return
        try:
            pruned = max(credit_rows.prune(), _prune())
        except Exception as error:
            log.warning("Old API usage not deleted yet: %s", type(error).__name__)
            pruned = 0
        self._prune_at = time.monotonic() + (FLUSH_SECONDS if pruned else PRUNE_SECONDS)

    def _put_back(self, unsaved: dict[Key, Tally], database: str) -> None:
        with self._lock:
            for key, tally in unsaved.items():
                self._waiting.setdefault(key, Tally()).merge(tally)
                self._calls += tally.calls
            self._database = database


def _database() -> str:
    return str(connections[router.db_for_write(ApiUsage)].settings_dict["NAME"])


def _may_write() -> bool:
    """Return whether a write would be short and on its own: in no transaction, in no event loop."""
    connection = connections[router.db_for_write(ApiUsage)]
    if connection.in_atomic_block:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return True
    return False


def _write(waiting: Mapping[Key, Tally]) -> None:
    """Add tallies to their rows by one statement, and note when their connections were used."""
    keys = {key.connection_id for key in waiting}
    there = set(Connection.objects.filter(pk__in=keys).values_list("pk", flat=True))
    # Rows are locked in the same order in all processes.
    rows = [
        {**key._asdict(), **waiting[key].columns()}
        for key in sorted(waiting)
        if key.connection_id in there
    ]
    # Inside a caller's transaction (a page that shows usage), a failure undoes only this.
    with transaction.atomic(using=router.db_for_write(ApiUsage)):
        add_to_rows(ApiUsage, rows, Key._fields, COMBINE)
    last: dict[int, float] = {}
    for key, tally in waiting.items():
        if key.connection_id in there:
            last[key.connection_id] = max(last.get(key.connection_id, 0.0), tally.last)
    _note_use(last)


def _note_use(last: Mapping[int, float]) -> None:
    """Store when connections were last used, by the monotonic clock.

    A failure is ignored: the counts are written, and another attempt would add them again.
    """
    now = timezone.now(), time.monotonic()
    keys = sorted(last)
    for start in range(0, len(keys), CONNECTIONS):
        part = keys[start : start + CONNECTIONS]
        moments = {pk: now[0] - timedelta(seconds=now[1] - last[pk]) for pk in part}
        used = Case(
            *(When(pk=pk, then=Value(moment)) for pk, moment in moments.items()),
            output_field=DateTimeField(),
        )
        rows = Connection.objects.filter(pk__in=part)
        # In a caller's transaction, a savepoint lets the caller go on after a failure.
        is_inside = connections[rows.db].in_atomic_block
        savepoint = transaction.atomic(using=rows.db) if is_inside else nullcontext()
        with suppress(DBError), savepoint:
            rows.filter(Q(last_used_at=None) | Q(last_used_at__lt=used)).update(last_used_at=used)


def _prune() -> int:
    """Delete a slice of the usage of past days, of all connections; return the number of rows."""
    old = ApiUsage.objects.filter(day__lt=today() - timedelta(days=KEEP_DAYS)).order_by("day")
    keys = list(old.values_list("pk", flat=True)[:PRUNED_ROWS])
    return ApiUsage.objects.filter(pk__in=keys).delete()[0] if keys else 0


@lru_cache(maxsize=4096)
def operation_group(operation: str) -> str:
    """Return an operation's name without the parts that vary between calls.

    Names of declared operations have no such parts; hand-written paths have versions, ids and more.
    """
    method, _, path = operation.partition(" ")
    path = re.sub(r"/v\d+(\.\d+)?(?=/|$)", "/{version}", path)
    words = [word if _is_name(word) else "{id}" for word in path.split("/")]
    return f"{method} {'/'.join(words)}"[:191]


def _is_name(word: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z_.{}\-]*\d{0,3}[A-Za-z_.{}\-]*", word)) and len(word) < 50


counter = Counter()


def _after_fork() -> None:
    # The child must neither write the parent's counts a second time nor share its lock.
    counter.reset()


def _after_request(**kwargs: Any) -> None:
    if counter.flush_if_due():
        # Django has already closed the request's connection, unless it keeps connections.
        connections[router.db_for_write(ApiUsage)].close_if_unusable_or_obsolete()


def _discard(**kwargs: Any) -> None:
    counter.discard()


atexit.register(counter.flush)
os.register_at_fork(after_in_child=_after_fork)
request_finished.connect(_after_request, dispatch_uid="zcrm.usage.request")
# A flushed database (TransactionTestCase) gives the same keys to other rows.
post_migrate.connect(_discard, dispatch_uid="zcrm.usage.migrate")
