"""Transactions that read first and then write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction


@contextmanager
def writing(using: str | None) -> Iterator[None]:
    """Run a block in a transaction that will write.

    On SQLite, a transaction cannot write if another one has changed data that it has read; it fails
    at once, since waiting would not help. So on SQLite the block begins with a write that changes
    nothing but waits for the lock.
    """
    with transaction.atomic(using=using):
        connection = connections[using or "default"]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("UPDATE zcrm_connection SET id = id WHERE 0")
        yield
