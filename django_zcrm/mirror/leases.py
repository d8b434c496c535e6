"""The leases of the mirror's workers, for mirrors and channels.

A transaction under a lease begins with `WorkLease.fence`, so that a worker that has lost it writes
nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.db import Error as DatabaseError
from django.db import connections, models

from ..database import reconnect
from ..leases import RowLease, is_free

LEASE_SECONDS = 60.0
"""How long a lease lasts unless renewed, and so how long others wait for a worker that died."""

BEAT_SECONDS = 15.0
"""How often a worker renews it while calls, or waits for Zoho's limits, take longer."""


class LeaseLost(Exception):
    """Another worker has the lease now; this one's changes are not written."""


class Superseded(LeaseLost):
    """Something else was asked for meanwhile; this worker's changes are not written."""


class WorkLease(RowLease):
    """The exclusive right to work on a mirror or a channel, and to write to it."""

    def __init__(self, row: models.Model) -> None:
        super().__init__(row, LEASE_SECONDS)

    def take(self) -> bool:
        """Take the lease if it is free; return whether that worked."""
        rows = self._rows.filter(is_free())
        return bool(rows.update(lease_owner=self.owner, lease_until=self._until()))

    def fence(self, **columns: Any) -> None:
        """Renew the lease for its full time, and set columns of the row.

        At the beginning of a transaction, this locks the row, so that nobody can take the lease
        before the commit. Raises LeaseLost.
        """
        if not self._held().update(lease_until=self._until(), **columns):
            raise LeaseLost

    def note(self, asked: int, **columns: Any) -> None:
        """Set columns of the row at the end of a transaction that began with `fence`.

        Raises Superseded if `asked`, which counts what was asked for, has changed.
        """
        if not self._held().filter(asked=asked).update(lease_until=self._until(), **columns):
            raise Superseded

    @contextmanager
    def released_on_error(self) -> Iterator[None]:
        """Release the lease if the block raises, or others would wait until it expires."""
        try:
            yield
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Release the lease after an error, if the database can be reached."""
        with suppress(DatabaseError):
            reconnect(self.using)  # what failed may be the connection
            self.release()

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Renew the lease from a thread while the block runs.

        A process that dies stops renewing. Within a transaction nothing is renewed, since others
        would not see it.
        """
        if connections[self.using].in_atomic_block:
            yield
            return
        done = threading.Event()
        beat = threading.Thread(target=self._beat, args=(done,), name="zcrm-lease", daemon=True)
        beat.start()
        try:
            yield
        finally:
            done.set()

    def _beat(self, done: threading.Event) -> None:
        while not done.wait(BEAT_SECONDS):
            try:
                self.fence()
            except LeaseLost:
                return
            except DatabaseError:  # it may be back by the next beat
                continue
            finally:
                connections[self.using].close()
