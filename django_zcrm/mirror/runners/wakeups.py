"""Moves requests for immediate work from the table `Wakeup` to the mirrors that they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import connections, router, transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from ...leases import is_free
from ...models import Connection
from ..locking import delete_by_key, lock_free_rows, update_by_key
from ..models import MirrorState, Wakeup
from ..models.mirror_state import LEASE_SECONDS
from ..options import mirrored_models
from ..wake import forget_requests
from .mirror_states import add_states

BATCH = 500
"""Requests that are moved in one transaction."""

PHASES = MirrorState.Phase

Pair = tuple[int, str]
"""A mirror, by connection and module."""


def collect_wakeups() -> int:
    """Make the mirrors urgent for which there are requests; return the number of these requests.

    Takes one query if there are none. A request for a mirror whose row is locked at this moment
    stays for the next call. Safe to call from several processes at once.
    """
    requests: dict[Pair, list[int]] = defaultdict(list)
    rows = Wakeup.objects.order_by("pk").values_list("connection_id", "module", "pk")
    for connection_id, module, key in rows[:BATCH]:
        requests[connection_id, module].append(key)
    if not requests:
        return 0
    using = router.db_for_write(MirrorState)
    _add_missing_states(requests)
    with transaction.atomic(using=using):
        locked_pairs = _lock_mirrors(requests, using)
        pks = [key for pair in locked_pairs for key in requests[pair]]
        # Another process may have moved them in the meantime.
        if deleted := delete_by_key(Wakeup.objects.all(), pks):
            _set_urgent(locked_pairs)
    if connections[using].in_atomic_block:
        forget_requests(using)  # in a test: the transaction that made them goes on
    return deleted


def _lock_mirrors(pairs: Iterable[Pair], using: str) -> set[Pair]:
    """Lock the rows of mirrors that are not locked; return these, and pairs without a row."""
    if not connections[using].features.has_select_for_update_skip_locked:
        return set(pairs)
    rows = MirrorState.objects.filter(_is_one_of(pairs)).order_by("pk")
    locked_pairs = {(row.connection_id, row.module) for row in lock_free_rows(rows.only(*_KEYS))}
    there = set(rows.values_list(*_KEYS))
    return {pair for pair in pairs if pair in locked_pairs or pair not in there}


_KEYS = ("connection_id", "module")


def _set_urgent(pairs: Iterable[Pair]) -> None:
    """Make mirrors urgent.

    While the calls of a mirror fail, its changes and notices wait for the next poll, unless a
    worker has it now: that worker may have passed them already. Changes of a module that cannot be
    read are sent, because it may be writable. While the connection is held, they wait for the end
    of that.
    """
    now = timezone.now()
    works = Q(failures=0) & ~Q(phase=PHASES.BLOCKED) | Q(phase=PHASES.UNAVAILABLE)
    # An earlier change may wait for a later time, which is not that of these requests.
    is_later = Q(urgent_at=None) | Q(urgent_at__gt=now)
    rows = MirrorState.objects.filter(_is_one_of(pairs), is_later)
    keys = list(rows.filter(works | ~is_free(LEASE_SECONDS)).values_list("pk", flat=True))
    is_held = When(held_until__gt=now, then=F("held_until"))
    urgent_at = Case(is_held, default=Value(now))
    update_by_key(MirrorState.objects.all(), keys, urgent_at=urgent_at, queued_until=None)


def _add_missing_states(pairs: Iterable[Pair]) -> None:
    """Create missing states: changes of a connection that is not polled are sent, too."""
    there = set(MirrorState.objects.filter(_is_one_of(pairs)).values_list(*_KEYS))
    missing: dict[str, list[int]] = defaultdict(list)
    for connection_id, module in set(pairs) - there:
        if module in mirrored_models():
            missing[module].append(connection_id)
    for module, keys in missing.items():
        existing = Connection.objects.using(router.db_for_write(MirrorState)).filter(pk__in=keys)
        add_states([module], list(existing.values_list("pk", flat=True)))


def _is_one_of(pairs: Iterable[Pair]) -> Q:
    by_module: dict[str, list[int]] = defaultdict(list)
    for connection_id, module in pairs:
        by_module[module].append(connection_id)
    condition = Q(pk__in=[])
    for module, keys in by_module.items():
        condition |= Q(module=module, connection__in=keys)
    return condition
