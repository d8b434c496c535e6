"""Transactions that read first and then write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, transaction


@contextmanager
def writing(using: str | None) -> Iterator[None]:
    """Run a block in a transaction that will write.

    SQLite lets no transaction write that has read what another one has changed since; waiting would
    not help, so it fails at once. There it begins with a write, which changes nothing but waits.
    """
    with transaction.atomic(using=using):
        connection = connections[using or "default"]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("UPDATE zcrm_connection SET id = id WHERE 0")
        yield
