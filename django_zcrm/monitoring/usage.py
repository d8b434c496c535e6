"""Counts calls in this process, and adds the totals to the database now and then.

A call costs a few additions in memory; a process writes every few seconds at most, and outside of
transactions, so that nobody waits for a locked row.
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
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.signals import request_finished
from django.db import IntegrityError, connections, router, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest, Least
from django.db.models.signals import post_migrate
from django.utils import timezone

from ..governor import credit_rows
from ..models import ApiUsage, Connection
from ..models.usage import KEEP_DAYS, today
from ..zoho.observer import Attempt

log = logging.getLogger("django_zcrm")

FLUSH_SECONDS = 10.0
"""How long counts wait before the next call, or the end of a request, writes them."""

FLUSH_CALLS = 500
"""How many calls may wait, as long as writing is possible."""

MAX_KEYS = 2000
"""How many rows may wait while the database is unavailable; further ones count as `other`."""


class Key(NamedTuple):
    """The row that a call is counted in."""

    connection_id: int
    day: date
    operation: str


@dataclass(slots=True)
class Tally:
    """What was counted for a row and is not yet in the database."""

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
        """Add what another tally counted."""
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

    def changes(self) -> dict[str, Any]:
        """Return the same as changes to an existing row, which the database computes."""
        new = self.columns()
        changes = {n: F(n) + new[n] for n in ("calls", "errors", "limited", "total_ms")}
        changes["max_ms"] = Greatest(F("max_ms"), new["max_ms"])
        if (credits := self.credits_remaining) is not None:
            changes["credits_remaining"] = Least(Coalesce(F("credits_remaining"), credits), credits)
        return changes

    def _note_credits(self, credits: int | None) -> None:
        if credits is not None:
            known = self.credits_remaining
            self.credits_remaining = credits if known is None else min(known, credits)


class Counter:
    """The counts of this process that wait to be written. Thread-safe."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Start over with a new lock, whoever holds the old one."""
        self._lock = threading.Lock()
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
        """Write the waiting counts if that is due and possible now; tell whether it was."""
        is_due = self._calls >= FLUSH_CALLS or time.monotonic() - self._since >= FLUSH_SECONDS
        if not (self._calls and is_due and _may_write()):
            return False
        self.flush()
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
        unsaved = dict(waiting)
        try:
            for key in sorted(waiting):
                # One by one, so that no two rows are locked at once; inside a caller's transaction
                # (a page that shows usage), a failure undoes only this.
                with transaction.atomic(using=router.db_for_write(ApiUsage)):
                    _add(key, waiting[key])
                del unsaved[key]
            _note_use(waiting)
        except Exception as error:  # the call that was counted must not fail because of this
            log.warning("API usage not written yet, will be tried again: %s", type(error).__name__)
            self._put_back(unsaved, database)

    def _put_back(self, unsaved: dict[Key, Tally], database: str) -> None:
        with self._lock:
            for key, tally in unsaved.items():
                self._waiting.setdefault(key, Tally()).merge(tally)
                self._calls += tally.calls
            self._database = database


def _database() -> str:
    return str(connections[router.db_for_write(ApiUsage)].settings_dict["NAME"])


def _may_write() -> bool:
    """Whether a write would be short and on its own: in no transaction, in no event loop."""
    connection = connections[router.db_for_write(ApiUsage)]
    if connection.in_atomic_block:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return True
    return False


def _add(key: Key, tally: Tally) -> None:
    """Add a tally to its row, or create the row; others may be doing the same."""
    rows = ApiUsage.objects.filter(**key._asdict())
    if rows.update(**tally.changes()):
        return
    if not Connection.objects.filter(pk=key.connection_id).exists():
        return
    _forget_old(ApiUsage.objects.filter(connection=key.connection_id), key.day)
    try:
        with transaction.atomic(using=rows.db):
            ApiUsage.objects.create(**key._asdict(), **tally.columns())
    except IntegrityError:
        rows.update(**tally.changes())


def _note_use(counted: Mapping[Key, Tally]) -> None:
    """Write down when connections were last used; one by one, like the counts."""
    last: dict[int, float] = {}
    for key, tally in counted.items():
        last[key.connection_id] = max(last.get(key.connection_id, 0.0), tally.last)
    now = timezone.now(), time.monotonic()
    for pk in sorted(last):
        moment = now[0] - timedelta(seconds=now[1] - last[pk])
        unknown_or_older = Q(last_used_at=None) | Q(last_used_at__lt=moment)
        with transaction.atomic(using=router.db_for_write(Connection)):
            Connection.objects.filter(unknown_or_older, pk=pk).update(last_used_at=moment)


def _forget_old(rows: QuerySet[ApiUsage], day: date) -> None:
    rows.filter(day__lt=day - timedelta(days=KEEP_DAYS)).delete()


@lru_cache(maxsize=4096)
def operation_group(operation: str) -> str:
    """Return an operation's name without what varies from call to call.

    Names of declared operations have no such parts; paths written by hand have versions, ids and
    more.
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
