"""Keeps states in the site's database: SQLite, MariaDB, MySQL, PostgreSQL."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from django.db import IntegrityError, connections, router
from django.db.models import FloatField, Func

from ...models import SharedLimit
from . import Stored

LOCK_MILLISECONDS = 300
"""How long SQLite waits for another writer. It is short, because calls wait for the response."""


MAX_VERSION = 2**62
"""Version after which versions start again at 1. Every database can store it."""


class _Seconds(Func):
    """The server's time in seconds since the epoch."""

    arity = 0
    output_field: FloatField[float, float] = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._compile("(julianday('now') - 2440587.5) * 86400.0")

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._compile("UNIX_TIMESTAMP(NOW(6))")

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._compile("EXTRACT(EPOCH FROM clock_timestamp())::double precision")

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        # No other database is supported; better than nothing.
        return self._compile(repr(time.time()))

    @staticmethod
    def _compile(sql: str) -> tuple[str, list[Any]]:
        return sql, []


class DatabaseStore:
    """A store in the table of `SharedLimit`."""

    def read(self, key: str) -> Stored:
        """Return the stored state of a key; create its row if there is none."""
        rows = SharedLimit.objects.using(self._alias()).filter(key=key)
        row = rows.annotate(now=_Seconds()).values_list("version", "state", "now").first()
        if row is None:
            with suppress(IntegrityError):  # another process created it
                rows.create(key=key, state="")
            return self.read(key)
        version, state, now = row
        return Stored(version, state, float(now))

    def read_all(self, keys: list[str]) -> dict[str, Stored]:
        """Return the stored states of several keys."""
        rows = SharedLimit.objects.filter(key__in=keys).annotate(now=_Seconds())
        values = rows.values_list("key", "version", "state", "now")
        return {key: Stored(version, state, float(now)) for key, version, state, now in values}

    def write(self, key: str, version: int, state: str) -> bool:
        """Replace the state if it still has that version."""
        rows = SharedLimit.objects.using(self._alias()).filter(key=key, version=version)
        return bool(rows.update(version=version % MAX_VERSION + 1, state=state))

    def close(self) -> None:
        """Close this thread's connection."""
        connections[self._alias()].close()

    def _alias(self) -> str:
        alias = router.db_for_write(SharedLimit)
        connection = connections[alias]
        if connection.connection is None and connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {LOCK_MILLISECONDS}")
        return alias
