"""Reconnecting after a database connection was lost, and what MariaDB needs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any, TypeVar

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


def split_keys(keys: Collection[Any], using: str) -> list[Collection[Any]]:
    """Return the keys of rows in parts: one for each UPDATE or DELETE.

    For several keys in a statement MariaDB reads the whole table if it is small, and waits for
    every row that another transaction has locked, even if that row is not changed.
    """
    if connections[using].vendor == "mysql":
        return [[key] for key in sorted(keys)]
    return [keys] if keys else []
