"""Claims mirrors with due work: finds the next ones, and takes their leases in the same step."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections, models, router, transaction
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from ...conf import get_settings
from ...leases import is_free
from ...moments import Moment
from ..connections import connections_here
from ..leased_rows import read_leased
from ..leases import KEEP_URGENT, LEASED_UNTIL, WorkLease
from ..locking import lock_free
from ..models import MirrorState
from ..models.mirror_state import LEASE_SECONDS
from ..statements import (
    Parameter,
    Select,
    Update,
    compiled,
    numbered,
    parameters,
    run_by_key,
    size_of,
)

Claim = tuple[MirrorState, WorkLease]
"""A mirror, with its connection, and its lease."""

Rows = models.QuerySet[Any]
"""Mirrors, with the number of workers of their connection as `leased`."""

WINDOW = 32
"""A call on MariaDB chooses among so many mirrors beyond those to be claimed."""

SPARES = (0, 8, 8)
"""How many mirrors beyond those to be claimed each attempt of a call on MariaDB tries to lock.

The next attempt follows if other workers have taken all that the last one tried.
"""

URGENT, ROUTINE = "urgent_at", "due"
"""The columns by which mirrors are claimed, in this order."""

ROUTINE_TURNS = 4
"""One of so many claims takes routine work first: without that, organisations whose records change
all the time, so that their work is always urgent, could keep all workers from it.
"""


def claim_mirrors(
    limit: int,
    condition: Q | None = None,
    columns: Sequence[str] = (URGENT, ROUTINE),
    **values: Any,
) -> list[Claim]:
    """Lease at most `limit` mirrors with due work, urgent ones first; return them.

    Those of a kind are taken in the order of their times; on MariaDB, the first 32 in any order.
    `condition` restricts the choice, and `columns` the kind of work; `values` are those of the
    parameters of the condition, which is compiled once. No two calls get the same mirror, in
    whatever process; on PostgreSQL and MariaDB none waits for another. Fewer than `limit` may be
    returned although more are due, since a connection has at most `MAX_WORKERS` workers; none only
    if none is due. Two calls at the same instant may exceed that number by one.
    """
    using, owner = router.db_for_write(MirrorState), secrets.token_hex(16)
    choice = _Choice(condition, values, using)
    if connections[using].features.has_select_for_update_skip_locked:
        keys = _claim_locked(limit, choice, columns, owner)
    else:
        keys = _claim_each(limit, choice, columns, owner)
    if not keys:
        return []
    states = read_leased(keys, owner, using)
    states.sort(key=lambda state: keys.index(state.pk))
    return [(state, WorkLease(state, owner)) for state in states]


def choose_order(turn: int) -> tuple[str, str]:
    """Return the columns for the claim with this number: urgent work first, except now and then."""
    return (ROUTINE, URGENT) if turn % ROUTINE_TURNS == 0 else (URGENT, ROUTINE)


def is_due(column: str) -> Q:
    """Return the condition that work is due by a column."""
    return Q(**{f"{column}__lte": Moment()})


def find_claimable(column: str, condition: Q | None = None) -> Rows:
    """Return the mirrors that may be claimed by a column, those due longest first.

    The database reads them from an index, and stops at the limit.
    """
    siblings = MirrorState.objects.filter(
        connection=OuterRef("connection"),
        lease_until__gt=Moment(),
        lease_until__lte=Moment.latest(LEASE_SECONDS),
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


@dataclass(frozen=True)
class _Choice:
    """Finds mirrors that may be claimed, among those that meet a condition with these values."""

    condition: Q | None
    values: Mapping[str, Any]
    using: str

    def find(self, column: str, limit: int, claimed: Sequence[int] = ()) -> list[Any]:
        """Return at most `limit` mirrors without those claimed; a database that can locks them."""
        key = (column, limit, size_of(claimed), self.condition, get_settings())
        select = _select_claimable(self.using, *key)
        return select.fetch(**self.values, **numbered("claimed", claimed))


@compiled
def _select_claimable(
    using: str, column: str, limit: int, claimed: int, condition: Q | None, settings: object
) -> Select:
    rows = find_claimable(column, condition).using(using)
    if claimed:
        rows = rows.exclude(pk__in=parameters("claimed", claimed))
    rows = rows.only("connection_id")[:limit]
    return Select.of(rows if connections[using].vendor == "mysql" else lock_free(rows))


@compiled
def _select_free(using: str, column: str, limit: int, size: int) -> Select:
    free = MirrorState.objects.using(using).filter(
        is_due(column), is_free(LEASE_SECONDS), pk__in=parameters("key", size)
    )
    return Select.of(lock_free(free.only("connection_id")[:limit]))


def _claim_locked(limit: int, choice: _Choice, columns: Sequence[str], owner: str) -> list[int]:
    """Lock free mirrors, lease them, and return their keys."""
    lock = _lock_in_two_steps if connections[choice.using].vendor == "mysql" else _Choice.find
    states: list[MirrorState] = []
    with transaction.atomic(using=choice.using):
        for column in columns:
            found = lock(choice, column, limit - len(states), [state.pk for state in states])
            states += _limit_by_connection(found, column, states)
            if len(states) == limit:
                break
        keys = [state.pk for state in states]
        run_by_key(_lease, keys, choice.using, owner=owner)
    return keys


def _lock_in_two_steps(
    choice: _Choice, column: str, limit: int, claimed: Sequence[int]
) -> list[MirrorState]:
    """Find mirrors without locks, then lock some of them, for MariaDB.

    MariaDB refuses to lock a row that was changed after the statement began to read other rows, as
    the count of a connection's workers does. Workers choose among the first mirrors at random, so
    that they rarely choose the same ones. The first attempt has no spare mirrors: MariaDB locks the
    first ones by key, so that the others would rarely be claimed.
    """
    for spare in SPARES:
        found = choice.find(column, limit + WINDOW, claimed)
        leased = {state.pk: vars(state)["leased"] for state in found}
        keys = random.sample(list(leased), min(len(leased), limit + spare))
        if not keys:
            return []
        select = _select_free(choice.using, column, limit, size_of(keys))
        if states := select.fetch(**numbered("key", keys)):
            for state in states:
                vars(state)["leased"] = leased[state.pk]
            return states
    return []


def _claim_each(limit: int, choice: _Choice, columns: Sequence[str], owner: str) -> list[int]:
    """Compare and set, row by row, for databases that cannot skip locked rows."""
    claimed: list[int] = []
    for column in columns:
        candidates = choice.find(column, limit - len(claimed))
        lease = _lease(choice.using, 1, column)
        claimed += [
            state.pk
            for state in _limit_by_connection(candidates, column)
            if lease.run(owner=owner, key0=state.pk)
        ]
        if len(claimed) == limit:
            break
    return claimed


@compiled
def _lease(using: str, size: int, column: str | None = None) -> Update:
    """Return the UPDATE that leases mirrors: those that are due by a column, else locked ones."""
    rows = MirrorState.objects.using(using).filter(pk__in=parameters("key", size))
    if column is not None:
        rows = rows.filter(is_due(column), is_free(LEASE_SECONDS))
    return Update.of(
        rows,
        lease_owner=Parameter("owner"),
        lease_until=LEASED_UNTIL,
        queued_until=None,
        urgent_at=KEEP_URGENT,
    )


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
