"""The lease on a connection's row; the thread that holds it renews the token.

Deals with the lease's columns and with databases, not with tokens or HTTP.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Any, TypeVar

from django.db import DatabaseError, OperationalError, connections, transaction
from django.db import Error as DBError
from django.db.models import QuerySet

from ..database import reconnect
from ..leases import RowLease, is_free
from ..models import Connection

LEASE_SECONDS = 5.0
"""Seconds for which a lease lasts unless prolonged. Others wait this long for a killed worker."""

BEAT_SECONDS = 1.5
"""Seconds between prolongations. The machines' clocks may differ by a few seconds."""

WAIT_SECONDS = 30.0
"""Seconds to wait for another caller's refresh: the lease of a killed one, and one more call."""

LOCK_TIMEOUT = 0.3
"""Seconds for which others may lock the row. After that, the lock must be the caller's own."""

T = TypeVar("T")


class RowLocked(Exception):
    """The row is not available: another transaction has locked it, or not yet committed it."""


class TokenLease(RowLease):
    """The right to renew the tokens of one row."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, LEASE_SECONDS)
        names = ("token_version", "throttles", "state")
        self._seen = {name: getattr(connection, name) for name in names}

    def take(self) -> bool:
        """Take the lease if it is free and the row is unchanged; return whether that worked.

        Raises RowLocked when the lease is free but another transaction has the row locked.
        """
        rows = self._rows.filter(is_free(LEASE_SECONDS), **self._seen)
        try:
            if self._update_unless_locked(rows, lease_owner=self.owner, lease_until=self._until()):
                return True
        except OperationalError as error:  # SQLite locks the whole database, not the row
            raise RowLocked from error
        if rows.exists():
            raise RowLocked
        return False

    def lock(self) -> bool:
        """Lock the row until the transaction ends; return whether the lease is still held."""
        return bool(self._held_row.update(lease_until=self._until()))

    def hold_during(self, work: Callable[[], T]) -> T:
        """Run `work`, which uses no database, and prolong the lease until it ends.

        Runs it in a thread, so that this thread and its database connection can prolong the lease.
        """
        outcome: Future[T] = Future()
        run = copy_context().run
        try:
            threading.Thread(target=run, args=(_fulfil, outcome, work), daemon=True).start()
        except RuntimeError:  # the interpreter is ending, and starts no more threads
            return work()
        while not wait([outcome], BEAT_SECONDS).done:
            self._prolong()
        return outcome.result()

    def _prolong(self) -> None:
        if connections[self.using].in_atomic_block:  # others cannot see the lease before the commit
            return
        try:
            self._update_unless_locked(self._held_row, lease_until=self._until())
        except DBError:
            reconnect(self.using)

    def _update_unless_locked(self, rows: QuerySet[Any], **columns: Any) -> int:
        """Update; do nothing if another transaction has the row locked.

        A plain UPDATE would wait for that transaction, which may itself wait for this one.
        """
        with transaction.atomic(using=self.using):
            if not connections[self.using].features.has_select_for_update_skip_locked or (
                rows.select_for_update(skip_locked=True).values_list("pk").first()
            ):
                return rows.update(**columns)
        return 0


def _fulfil(outcome: Future[T], work: Callable[[], T]) -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:
        outcome.set_exception(error)


def run_outside_transaction(using: str, work: Callable[[float], T]) -> T:
    """Run `work` in a separate transaction, even if the caller is inside one.

    A lease must not be part of the caller's transaction: others could not see it, and MySQL would
    never show the caller later commits of others. Django keeps one database connection per thread,
    so a short-lived thread gets another. If the row is not available there (the caller's
    transaction created or locked it), `work` runs in the caller's transaction.

    `work` gets the seconds for which to retry on RowLocked before raising it.
    """
    if not connections[using].in_atomic_block and connections[using].get_autocommit():
        return work(WAIT_SECONDS)
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="zcrm-tokens") as pool:
            run = copy_context().run
            return pool.submit(run, _run_in_own_connection, using, work).result()
    except RowLocked:
        # On SQLite a transaction keeps its first view of the data, so waiting inside it is useless.
        vain = connections[using].vendor == "sqlite"
        return work(LOCK_TIMEOUT if vain else WAIT_SECONDS)


def _run_in_own_connection(using: str, work: Callable[[float], T]) -> T:
    connection = connections[using]
    try:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {int(LOCK_TIMEOUT * 1000)}")
        return work(LOCK_TIMEOUT)
    except (DatabaseError, Connection.DoesNotExist) as error:
        raise RowLocked from error
    finally:
        connection.close()
