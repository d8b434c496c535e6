"""Going on after a database connection was lost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.db import Error as DatabaseError
from django.db import connections

T = TypeVar("T")


def with_reconnect(using: str, work: Callable[[], T]) -> T:
    """Do work with a database, and again over a new connection if the database failed."""
    try:
        return work()
    except DatabaseError:
        reconnect(using)
        return work()


def reconnect(using: str) -> None:
    """Let the next query open a new connection, unless a transaction would be lost."""
    if not connections[using].in_atomic_block and connections[using].autocommit:
        with suppress(DatabaseError):
            connections[using].close()
