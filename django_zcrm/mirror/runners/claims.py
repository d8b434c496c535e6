"""Claims mirrors with due work: finds the next ones, and takes their leases in the same step."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import connections, models, router, transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from ...conf import get_settings
from ...leases import is_free
from ...moments import latest
from ..connections import connections_here
from ..leased_rows import with_work
from ..leases import WorkLease, keep_urgent
from ..locking import lock_free_rows, update_by_key
from ..models import MirrorState
from ..models.mirror_state import LEASE_SECONDS

Claim = tuple[MirrorState, WorkLease]
"""A mirror, with its connection, and its lease."""

Rows = models.QuerySet[Any]
"""Mirrors, with the number of workers of their connection as `leased`."""

WINDOW, SPARE = 32, 8
"""Of so many mirrors beyond those to be claimed, so many are tried in addition on MariaDB."""

ATTEMPTS = 3
"""How often a call on MariaDB tries to lock mirrors if other workers have taken all that it tried.
"""

URGENT, ROUTINE = "urgent_at", "due"
"""The columns by which mirrors are claimed, in this order."""

ROUTINE_TURNS = 4
"""One of so many claims takes routine work first: without that, organisations whose records change
all the time, so that their work is always urgent, could keep all workers from it.
"""


def claim_mirrors(
    limit: int, condition: Q | None = None, columns: Sequence[str] = (URGENT, ROUTINE)
) -> list[Claim]:
    """Lease at most `limit` mirrors with due work, urgent ones first; return them.

    Those of a kind are taken in the order of their times; on MariaDB, the first 32 in any order.
    `condition` restricts the choice, and `columns` the kind of work. No two calls get the same
    mirror, in whatever process; on PostgreSQL and MariaDB none waits for another. Fewer than
    `limit` may be returned although more are due, since a connection has at most `MAX_WORKERS`
    workers; none only if none is due. Two calls at the same instant may exceed that number by one.
    """
    using, owner = router.db_for_write(MirrorState), secrets.token_hex(16)
    if connections[using].features.has_select_for_update_skip_locked:
        keys = _claim_locked(limit, condition, columns, owner, using)
    else:
        keys = _claim_each(limit, condition, columns, owner)
    if not keys:
        return []
    leased = MirrorState.objects.filter(pk__in=keys, lease_owner=owner)
    states = sorted(with_work(leased), key=lambda state: keys.index(state.pk))
    return [(state, WorkLease(state, owner)) for state in states]


def choose_order(turn: int) -> tuple[str, str]:
    """Return the columns for the claim with this number: urgent work first, except now and then."""
    return (ROUTINE, URGENT) if turn % ROUTINE_TURNS == 0 else (URGENT, ROUTINE)


def is_due(column: str) -> Q:
    """Return the condition that work is due by a column."""
    return Q(**{f"{column}__lte": timezone.now()})


def find_claimable(column: str, condition: Q | None = None) -> Rows:
    """Return the mirrors that may be claimed by a column, those due longest first.

    The database reads them from an index, and stops at the limit.
    """
    siblings = MirrorState.objects.filter(
        connection=OuterRef("connection"),
        lease_until__gt=timezone.now(),
        lease_until__lte=latest(LEASE_SECONDS),
    )
    leased = siblings.order_by().values("connection").values_list(Count("pk"))
    rows = (
        MirrorState.objects.filter(is_due(column), is_free(LEASE_SECONDS), is_paused=False)
        .filter(connection__in=connections_here())
        .annotate(leased=Coalesce(Subquery(leased), 0))
        .filter(leased__lt=count_workers(column))
        .order_by(column)
    )
    return rows if condition is None else rows.filter(condition)


def count_workers(column: str) -> int:
    """Return how many workers a connection may have for work that is due by a column.

    If there may be several, one of them is reserved for urgent work.
    """
    workers = get_settings().mirror.max_workers
    return workers if column == URGENT else max(1, workers - 1)


def _claim_locked(
    limit: int, condition: Q | None, columns: Sequence[str], owner: str, using: str
) -> list[int]:
    """Lock free mirrors, lease them, and return their keys."""
    lock = _lock_in_two_steps if connections[using].vendor == "mysql" else _lock
    states: list[MirrorState] = []
    with transaction.atomic(using=using):
        for column in columns:
            rows = find_claimable(column, condition).exclude(pk__in=[state.pk for state in states])
            rows = rows.only("connection_id")
            locked_states = lock(rows, column, limit - len(states))
            states += _limit_by_connection(locked_states, column, states)
            if len(states) == limit:
                break
        keys = [state.pk for state in states]
        update_by_key(MirrorState.objects.all(), keys, **_lease_columns(owner))
    return keys


def _lock(rows: Rows, column: str, limit: int) -> list[MirrorState]:
    return lock_free_rows(rows[:limit])


def _lock_in_two_steps(rows: Rows, column: str, limit: int) -> list[MirrorState]:
    """Find mirrors without locks, then lock some of them, for MariaDB.

    MariaDB refuses to lock a row that was changed after the statement began to read other rows, as
    the count of a connection's workers does. Workers choose among the first mirrors at random, so
    that they rarely choose the same ones.
    """
    for _ in range(ATTEMPTS):
        leased = dict(rows.values_list("pk", "leased")[: limit + WINDOW])
        keys = random.sample(list(leased), min(len(leased), limit + SPARE))
        free = MirrorState.objects.filter(is_due(column), is_free(LEASE_SECONDS), pk__in=keys)
        states = lock_free_rows(free.only("connection_id")[:limit]) if keys else []
        for state in states:
            vars(state)["leased"] = leased[state.pk]
        if states or not keys:
            return states
    return []


def _claim_each(limit: int, condition: Q | None, columns: Sequence[str], owner: str) -> list[int]:
    """Compare and set, row by row, for databases that cannot skip locked rows."""
    claimed: list[int] = []
    lease = _lease_columns(owner)
    for column in columns:
        free = MirrorState.objects.filter(is_due(column), is_free(LEASE_SECONDS))
        rows = find_claimable(column, condition).only("connection_id")
        candidates = list(rows[: limit - len(claimed)])
        claimed += [
            state.pk
            for state in _limit_by_connection(candidates, column)
            if free.filter(pk=state.pk).update(**lease)
        ]
        if len(claimed) == limit:
            break
    return claimed


def _limit_by_connection(
    states: Iterable[MirrorState], column: str, claimed: Iterable[MirrorState] = ()
) -> list[MirrorState]:
    """Return the states without those that exceed the number of workers of their connection.

    `claimed` are states that the same call claims, too.
    """
    counts = Counter(state.connection_id for state in claimed)
    claimable = []
    for state in states:
        counts[state.connection_id] += 1
        leased: Any = vars(state)["leased"]
        if leased + counts[state.connection_id] <= count_workers(column):
            claimable.append(state)
    return claimable


def _lease_columns(owner: str) -> dict[str, Any]:
    """Return the columns that lease a mirror."""
    until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    return {
        "lease_owner": owner,
        "lease_until": until,
        "queued_until": None,
        "urgent_at": keep_urgent(until),
    }
