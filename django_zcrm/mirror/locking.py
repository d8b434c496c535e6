"""Rows locked by workers and by pages: in the order of their keys, and the worker is who gives way.

A page's transaction may lock rows in any order, and only the project could repeat it. So a worker
that meets a row which is locked waits for nobody while it has rows of its own: it lets go of all of
them, and begins again (`giving_way`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import Error as DatabaseError
from django.db import connections, models

_gives_way: ContextVar[bool] = ContextVar("zcrm_mirror_gives_way", default=False)

_STATES = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL: serialization failure, deadlock, lock not available."""

_NUMBERS = frozenset({1020, 1205, 1213, 3572})
"""MariaDB and MySQL: changed since it was read, lock wait timeout, deadlock, NOWAIT."""


@contextmanager
def giving_way() -> Iterator[None]:
    """Let `locked` raise for rows that others have locked, rather than wait for them."""
    token = _gives_way.set(True)
    try:
        yield
    finally:
        _gives_way.reset(token)


def locked(rows: models.QuerySet[Any]) -> list[Any]:
    """Lock rows that are chosen by their primary keys, and return them, in that order.

    By other columns, MariaDB would lock them in the order of an index, whatever is asked for.
    """
    can = connections[rows.db].features.has_select_for_update_nowait
    return list(rows.select_for_update(nowait=can and _gives_way.get()).order_by("pk"))


def update_by_key(rows: models.QuerySet[Any], keys: Collection[Any], **values: Any) -> int:
    """Update the rows with these primary keys, without a lock of another one; return how many.

    For an UPDATE of several keys MariaDB reads a whole table if it is small, and waits for each row
    that another transaction has locked, also for those that are not meant.
    """
    if connections[rows.db].vendor != "mysql":
        return rows.filter(pk__in=keys).update(**values)
    return sum(rows.filter(pk=key).update(**values) for key in sorted(keys))


def is_held_up(error: Exception) -> bool:
    """Whether a transaction was refused only because of what others did at the same time."""
    cause = error.__cause__
    if not isinstance(error, DatabaseError) or cause is None:
        return False
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)
    return state in _STATES or (bool(cause.args) and cause.args[0] in _NUMBERS)
