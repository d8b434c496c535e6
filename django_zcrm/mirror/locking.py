"""Locks rows in the order of their keys; workers do not wait for rows that pages have locked.

A page's transaction may lock rows in any order, and only the project could repeat it. So a worker
that has locked rows never waits for a row that is locked: it releases all of them and starts again
(`fail_on_locked_rows`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import Error as DatabaseError
from django.db import connections, models, transaction

from ..database import split_keys

_gives_way: ContextVar[bool] = ContextVar("zcrm_mirror_gives_way", default=False)

_STATES = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL: serialization failure, deadlock, lock not available."""

_NUMBERS = frozenset({1020, 1205, 1213, 3572})
"""MariaDB and MySQL: changed since it was read, lock wait timeout, deadlock, NOWAIT."""


@contextmanager
def fail_on_locked_rows() -> Iterator[None]:
    """Make `lock_rows` raise for rows that others have locked, instead of waiting."""
    token = _gives_way.set(True)
    try:
        yield
    finally:
        _gives_way.reset(token)


def lock_rows(rows: models.QuerySet[Any]) -> list[Any]:
    """Lock rows that are filtered by primary key, and return them in the order of their keys.

    With a filter by other columns, MariaDB would lock them in the order of an index.
    """
    return list(lock_in_order(rows, nowait=gives_way()))


def gives_way() -> bool:
    """Whether rows that others have locked raise an error."""
    return _gives_way.get()


def lock_in_order(rows: models.QuerySet[Any], *, nowait: bool) -> models.QuerySet[Any]:
    """Return a query set that locks rows as `lock_rows` does."""
    can = connections[rows.db].features.has_select_for_update_nowait
    return rows.select_for_update(nowait=can and nowait).order_by("pk")


def lock_free_rows(rows: models.QuerySet[Any]) -> list[Any]:
    """Lock those of the rows that nobody has locked, without waiting, and return them."""
    return list(lock_free(rows))


def lock_free(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Return a query set that locks those of the rows that nobody has locked, without waiting.

    A database without SKIP LOCKED waits, and SQLite locks nothing here.
    """
    features = connections[rows.db].features
    of = ("self",) if features.has_select_for_update_of else ()
    skips = features.has_select_for_update_skip_locked
    return rows.select_for_update(skip_locked=skips, of=of)


def update_by_key(rows: models.QuerySet[Any], keys: Collection[Any], **values: Any) -> int:
    """Update the rows with these primary keys without waiting for other rows; return how many."""
    return sum(rows.filter(pk__in=part).update(**values) for part in split_keys(keys, rows.db))


def update_locked(rows: models.QuerySet[Any], keys: Collection[Any], **values: Any) -> int:
    """Lock the rows with these primary keys as `lock_rows` does, and update them; return how many.

    They must fit into one statement.
    """
    locked_rows = lock_rows(rows.filter(pk__in=list(keys)).only("pk"))
    return update_by_key(rows, [row.pk for row in locked_rows], **values)


def update_in_order(rows: models.QuerySet[Any], **values: Any) -> int:
    """Update rows, which are locked in the order of their keys; return how many.

    So two workers that update the same rows do not wait for each other. PostgreSQL would lock them
    in the order in which its plan reads them.
    """
    if connections[rows.db].vendor == "mysql":
        return update_by_key(rows, list(rows.values_list("pk", flat=True)), **values)
    if not connections[rows.db].features.has_select_for_update:
        return rows.update(**values)
    locked = rows.select_for_update().order_by("pk").values("pk")
    found = rows.model._base_manager.using(rows.db).filter(pk__in=locked)
    with transaction.atomic(using=rows.db):
        updated: int = found.update(**values)
    return updated


def delete_by_key(rows: models.QuerySet[Any], keys: Collection[Any]) -> int:
    """Delete the rows with these primary keys as `update_by_key` updates them; return how many."""
    return sum(rows.filter(pk__in=part).delete()[0] for part in split_keys(keys, rows.db))


def is_lock_conflict(error: Exception) -> bool:
    """Whether a transaction failed only because of concurrent transactions."""
    cause = error.__cause__
    if not isinstance(error, DatabaseError) or cause is None:
        return False
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return state in _STATES or (bool(cause.args) and cause.args[0] in _NUMBERS)
