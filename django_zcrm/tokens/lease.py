"""The lease on a connection's row: which thread, process or machine renews its token.

Deals with the lease's columns and with databases, not with tokens or HTTP.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

from django.db import DatabaseError, OperationalError, connections, transaction
from django.db.models import Q
from django.utils import timezone

from ..models import Connection

LEASE_SECONDS = 20.0
"""Longer than a token call may take, so that only a dead owner's lease expires."""

WAIT_SECONDS = 30.0
"""How long to wait for another caller's refresh: for a dead owner's lease, and one more call."""

CONTENDED_SECONDS = 0.3
"""How long others may keep the row locked. After that, it must be the waiting caller's own lock."""

T = TypeVar("T")


class Contended(Exception):
    """The row is not available: another transaction has locked it, or not yet committed it."""


class Lease:
    """The right to renew the tokens of one row."""

    def __init__(self, connection: Connection) -> None:
        self.owner = secrets.token_hex(16)
        self._pk = connection.pk
        self._using = connection._state.db or "default"
        self._version = connection.token_version

    def take(self) -> bool:
        """Take the lease if it is free and the row is as it was read; tell whether that worked.

        Raises Contended when the lease is free but another transaction has the row locked.
        """
        now = timezone.now()
        rows = Connection.objects.using(self._using).filter(
            Q(lease_until=None) | Q(lease_until__lte=now),
            pk=self._pk,
            token_version=self._version,
        )
        claim = {
            "lease_owner": self.owner,
            "lease_until": now + timedelta(seconds=LEASE_SECONDS),
        }
        try:
            with transaction.atomic(using=self._using):
                # A plain UPDATE would wait for whoever has the row locked, which may be the very
                # transaction that waits for us.
                if not connections[self._using].features.has_select_for_update_skip_locked or (
                    rows.select_for_update(skip_locked=True).values_list("pk").first()
                ):
                    return bool(rows.update(**claim))
        except OperationalError as error:  # SQLite locks the database, not the row
            raise Contended from error
        if rows.exists():
            raise Contended
        return False

    def settle(self, **columns: Any) -> bool:
        """Write the outcome and release the lease; False if the lease was lost meanwhile."""
        return bool(
            Connection.objects.using(self._using)
            .filter(pk=self._pk, lease_owner=self.owner)
            .update(lease_owner="", lease_until=None, **columns)
        )


def beside_transaction(using: str, work: Callable[[float], T]) -> T:
    """Run `work` in a transaction of its own, even if the caller is inside one.

    A lease must not be part of the caller's transaction: nobody else would see it, and MySQL would
    never show the caller what others have committed since. Django keeps one database connection per
    thread, so a short-lived thread gets another. When the row is not available from there (the
    caller's transaction created or locked it), the caller's transaction has to do.

    `work` gets the seconds for which to retry on Contended before raising it.
    """
    if not connections[using].in_atomic_block and connections[using].get_autocommit():
        return work(WAIT_SECONDS)
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="zcrm-tokens") as pool:
            return pool.submit(_in_own_connection, using, work).result()
    except Contended:
        # On SQLite a transaction keeps its first view of the data, so waiting inside it is in vain.
        vain = connections[using].vendor == "sqlite"
        return work(CONTENDED_SECONDS if vain else WAIT_SECONDS)


def _in_own_connection(using: str, work: Callable[[float], T]) -> T:
    connection = connections[using]
    try:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {int(CONTENDED_SECONDS * 1000)}")
        return work(CONTENDED_SECONDS)
    except (DatabaseError, Connection.DoesNotExist) as error:
        raise Contended from error
    finally:
        connection.close()
