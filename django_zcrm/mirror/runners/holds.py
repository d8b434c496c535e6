"""Postpones the work of a connection whose calls fail or are slow, for all of its mirrors.

Workers do not wait for Zoho: they do the work of other connections until then.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from django.db import models, router
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Greatest
from django.utils import timezone

from ...exceptions import Limited, ServerFault, TransportError, UnreadableResponse
from ...models import Connection
from ...moments import MAX_TOLERANCE, Moment
from ...zoho.calls.retry import backoff
from ..failures import FIRST_RETRY, longest_retry
from ..locking import update_in_order
from ..models import MirrorState
from ..statements import Select, compiled

SLOW_SECONDS = 5.0
"""A poll with little news that takes longer shows that the organisation's calls are slow."""

FEW_ROWS = 100
"""Rows up to which a poll has little news."""

REST = 10
"""A connection rests this many times as long as its last slow or failed poll took, so that slow
organisations keep few workers busy.
"""

MAX_REST = 1800.0
"""The longest time, in seconds, for which the work of a connection is postponed."""

FIRST_LIMITED_RETRY = 1.0
"""Seconds until the retry after a first limited call: another program may use the slots."""

STEP = timedelta(milliseconds=1)
"""The time between two polls of a connection that were postponed together."""

HELD_TOGETHER = timedelta(seconds=1)
"""Within this time after the end of a hold, all polls that it has postponed are due."""

OVERDUE = Moment(-MAX_TOLERANCE)
"""The time before which work is overdue, and was not made due by a grant just now."""

GATEWAY = frozenset({502, 503, 504})


def is_outage(error: Exception) -> bool:
    """Whether an error concerns all mirrors of a connection, and passes by itself."""
    if isinstance(error, ServerFault):
        return error.status in GATEWAY
    return isinstance(error, Limited | TransportError | UnreadableResponse)


def hold_after_failure(state: MirrorState, error: Exception, duration: float) -> datetime:
    """Postpone all work of the connection of a mirror after an outage; return until when.

    The wait grows with the holds in a row, and with the duration of the failed poll, in seconds. It
    lasts at least until the time that Zoho or the limits named, and for MAX_REST at most. A hold
    that ends later stays: several workers may fail at the same time.
    """
    if isinstance(error, Limited):
        first, least = FIRST_LIMITED_RETRY, error.retry_after or FIRST_RETRY
    else:
        first, least = FIRST_RETRY, rest_after(duration)
    until = _after(max(least, backoff(state.holds, first, longest_retry())))
    is_longer = When(held_until__gt=until, then=F("held_until"))
    columns = {
        "held_until": Case(is_longer, default=Value(until)),
        "holds": Greatest(F("holds"), state.holds + 1),
        "urgent_at": _later("urgent_at", until),
    }
    _postpone(state, _find_siblings(state), until, **columns)
    return until


def rest(state: MirrorState, duration: float) -> None:
    """Postpone the other polls of a connection after a slow poll, but not its urgent work.

    Polls that a person requested are not postponed either.
    """
    states = _find_siblings(state).exclude(due=F("deletions_due"))
    states = states.exclude(reconciliation__has_key="force")
    _postpone(state, states, _after(rest_after(duration)))


def rest_after(duration: float) -> float:
    """Return for how many seconds a connection rests after a slow poll; 0 after a fast one."""
    return min(REST * duration, MAX_REST) if duration > SLOW_SECONDS else 0.0


def end_hold(state: MirrorState) -> None:
    """Make the held mirrors of a connection due, because its calls succeed again."""
    now = timezone.now()
    held_states = _find_siblings(state).filter(held_until__isnull=False)
    columns: dict[str, Any] = {name: _earlier(name, now) for name in ("due", "urgent_at")}
    columns["held_until"] = None  # last, because MariaDB reads columns after it has set them
    update_in_order(held_states, holds=0, **columns)


def postpone_disconnected() -> None:
    """Postpone the overdue work of connections that cannot make calls.

    Otherwise each claim would read their mirrors before all others. The next grant makes them due.
    """
    if not _select_any_overdue(router.db_for_write(MirrorState)).fetch():
        return
    states = _find_disconnected()
    update_in_order(states.filter(urgent_at__lt=OVERDUE), urgent_at=None)
    update_in_order(states.filter(due__lt=OVERDUE), due=_after(MAX_REST))


def _find_disconnected() -> models.QuerySet[MirrorState]:
    disconnected = Connection.objects.exclude(state=Connection.State.CONNECTED)
    return MirrorState.objects.filter(is_paused=False, connection__in=disconnected)


@compiled
def _select_any_overdue(using: str) -> Select:
    is_overdue = Q(urgent_at__lt=OVERDUE) | Q(due__lt=OVERDUE)
    return Select.of(_find_disconnected().using(using).filter(is_overdue).values_list("pk")[:1])


def _after(seconds: float) -> datetime:
    spread = random.uniform(1, 1.25)  # noqa: S311 - spreads the load
    return timezone.now() + timedelta(seconds=min(seconds * spread, MAX_REST))


def _find_siblings(state: MirrorState) -> models.QuerySet[MirrorState]:
    """Return the mirrors of a mirror's connection, with this one."""
    return MirrorState.objects.filter(connection=state.connection_id)


def _postpone(
    state: MirrorState, rows: models.QuerySet[MirrorState], until: datetime, **columns: Any
) -> None:
    """Postpone polls of a connection, and set columns of their mirrors.

    The polls keep their order, and that of `state` is the last one. Otherwise the same mirror would
    always be claimed first, and a slow or failing one would keep the others from being polled.
    """
    others = rows.exclude(pk=state.pk).order_by("due").values_list("pk", flat=True)
    moments = ((pk, until + number * STEP) for number, pk in enumerate([*others, state.pk]))
    due = [When(pk=pk, due__lt=moment, then=Value(moment)) for pk, moment in moments]
    update_in_order(rows, due=Case(*due, default=F("due")), **columns)


def _later(column: str, moment: datetime) -> Case:
    return Case(When(**{f"{column}__lt": moment}, then=Value(moment)), default=F(column))


def _earlier(column: str, moment: datetime) -> Case:
    is_held = {f"{column}__gt": moment, f"{column}__lte": F("held_until") + HELD_TOGETHER}
    return Case(When(**is_held, then=Value(moment)), default=F(column))
