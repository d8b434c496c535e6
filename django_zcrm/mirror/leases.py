"""The leases of the mirror's workers, for mirrors and channels.

What is written under a lease is written in a transaction that begins with `Lease.fence`, so that a
worker that lost it meanwhile writes nothing.
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
"""How long a lease lasts unless it is prolonged: what others wait for a worker that died."""

BEAT_SECONDS = 15.0
"""How often a worker prolongs it during a call, or a wait for Zoho's limits, that takes longer."""


class LeaseLost(Exception):
    """Another worker has taken over; what this one had in hand is not written."""


class Superseded(LeaseLost):
    """Somebody asked for something else meanwhile; what this worker had in hand is not written."""


class Lease(RowLease):
    """The right to work on a mirror or a channel, and to write what that brings."""

    def __init__(self, row: models.Model) -> None:
        super().__init__(row, LEASE_SECONDS)

    def take(self) -> bool:
        """Take the lease if nobody holds it; tell whether that worked."""
        rows = self._rows.filter(is_free())
        return bool(rows.update(lease_owner=self.owner, lease_until=self._until()))

    def fence(self, **columns: Any) -> None:
        """Hold the lease from now on for its full time, and set columns of the row.

        At the beginning of a transaction the row is then locked until that ends, so that nobody can
        take the lease before it is committed. Raises LeaseLost.
        """
        if not self._held().update(lease_until=self._until(), **columns):
            raise LeaseLost

    def note(self, asked: int, **columns: Any) -> None:
        """Set columns of the row at the end of a transaction that began with `fence`.

        Raises Superseded if more was asked for than the worker knows of.
        """
        if not self._held().filter(asked=asked).update(lease_until=self._until(), **columns):
            raise Superseded

    @contextmanager
    def released_on_error(self) -> Iterator[None]:
        """Give the lease back when the block raises, or others would wait for its full time."""
        try:
            yield
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Give the lease back after an error, if the database can be reached."""
        with suppress(DatabaseError):
            reconnect(self.using)  # what failed may be the connection
            self.release()

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Prolong the lease again and again while the block runs, from a thread.

        A process that dies or is stopped beats no longer. Nothing is prolonged for a block within
        a transaction: nobody else would see it.
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
