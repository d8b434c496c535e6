"""The leases of the mirror's workers, for mirrors and channels.

A transaction under a lease begins with `WorkLease.fence`, so that a worker that has lost its lease
writes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from django.db import Error as DatabaseError
from django.db import connections, models
from django.db.models import Case, Exists, OuterRef, Q, Value, When

from ..database import reconnect
from ..leases import RowLease, is_free
from ..models import Connection
from .models.mirror_state import LEASE_SECONDS
from .models.organisations import is_at

BEAT_SECONDS = 15.0
"""Seconds between renewals while calls, or waits for Zoho's limits, take longer."""

FREE = {"lease_owner": "", "lease_until": None}
"""The columns of a lease that nobody holds."""


class LeaseLost(Exception):
    """Another worker has the lease now, or the connection leads to another organisation.

    This worker's changes are not written.
    """


class Superseded(LeaseLost):
    """A person requested other work in the meantime; this worker's changes are not written."""


def keep_urgent(until: datetime) -> Case:
    """Return the value of `urgent_at` of a mirror whose lease a worker takes until a time.

    If the worker dies, its urgent work is urgent again at that time. Work that becomes urgent under
    the lease sets another time, since it may come too late for the worker.
    """
    return Case(
        When(urgent_at__isnull=False, then=Value(until)),
        default=None,
        output_field=models.DateTimeField(),
    )


class WorkLease(RowLease):
    """The exclusive right to work on a mirror or a channel, and to write to it.

    A lease that is bound to an organisation is lost when the row's connection belongs to another.
    """

    def __init__(self, row: models.Model, owner: str = "") -> None:
        super().__init__(row, LEASE_SECONDS, owner)
        self._bound_row = self._held_row

    def bind(self, organisation: str) -> None:
        """Bind the lease to the organisation of the row and its connection."""
        connections = Connection.objects.filter(is_at(organisation), pk=OuterRef("connection"))
        self._bound_row = self._held_row.filter(Exists(connections), organisation_id=organisation)

    def take(self, **columns: Any) -> bool:
        """Take the lease if it is free, and set columns of the row; return whether it was."""
        rows = self._rows.filter(is_free(LEASE_SECONDS))
        return bool(rows.update(lease_owner=self.owner, lease_until=self._until(), **columns))

    def fence(self, **columns: Any) -> None:
        """Renew the lease for its full time, and set columns of the row.

        At the start of a transaction this locks the row, so that no worker can take the lease
        before the commit. Raises LeaseLost.
        """
        if not self._bound_row.update(lease_until=self._until(), **columns):
            raise LeaseLost

    def note(self, manual_requests: int, **columns: Any) -> None:
        """Set columns of the row at the end of a transaction that began with `fence`.

        Raises Superseded if `manual_requests`, the number of requests by people, has changed.
        """
        row = self._held_row.filter(manual_requests=manual_requests)
        if not row.update(lease_until=self._until(), **columns):
            raise Superseded

    def is_held(self) -> bool:
        """Whether this worker still has the lease."""
        return self._bound_row.exists()

    def release(self, **columns: Any) -> bool:
        """Set columns of the row and release the lease; False, with none set, if it is lost."""
        is_held = bool(self._bound_row.update(**FREE, **columns))
        if not is_held:
            self._held_row.update(**FREE)  # the connection belongs to another organisation now
        return is_held

    def release_if(self, unchanged: Q, **columns: Any) -> bool:
        """Set columns and release the lease if the row meets a condition; return whether it did."""
        return bool(self._bound_row.filter(unchanged).update(**FREE, **columns))

    @contextmanager
    def release_on_error(self) -> Iterator[None]:
        """Release the lease if the block raises, so that others need not wait until it expires."""
        try:
            yield
        except BaseException:
            self.abandon()
            raise

    def abandon(self, **columns: Any) -> None:
        """Set columns and release the lease after an error, if the database can be reached."""
        with suppress(DatabaseError):
            reconnect(self.using)  # what failed may be the connection
            self.release(**columns)

    @contextmanager
    def keep_renewed(self) -> Iterator[None]:
        """Renew the lease from a thread while the block runs.

        A process that dies stops renewing. Within a transaction nothing is renewed, since others
        would not see it.
        """
        if connections[self.using].in_atomic_block:
            yield
            return
        end = threading.Event()
        beat = threading.Thread(target=self._beat, args=(end,), name="zcrm-lease", daemon=True)
        beat.start()
        try:
            yield
        finally:
            end.set()

    def _beat(self, end: threading.Event) -> None:
        while not end.wait(BEAT_SECONDS):
            try:
                self.fence()
            except LeaseLost:
                return
            except DatabaseError:  # it may be back by the next beat
                continue
            finally:
                connections[self.using].close()
