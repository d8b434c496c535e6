"""Moves requests for immediate work from the table `Wakeup` to the mirrors that they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import connections, router, transaction
from django.db.models import Case, F, Q, When

from ...leases import is_free
from ...models import Connection
from ...moments import Moment
from ..locking import delete_by_key, lock_free_rows
from ..models import MirrorState, Wakeup
from ..models.mirror_state import LEASE_SECONDS
from ..options import mirrored_models
from ..statements import Select, Update, compiled, numbered, parameters, run_by_key, size_of
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
    for connection_id, module, key in _select_requests(router.db_for_write(Wakeup)).fetch():
        requests[connection_id, module].append(key)
    if not requests:
        return 0
    using = router.db_for_write(MirrorState)
    _add_missing_states(requests, using)
    with transaction.atomic(using=using):
        locked_pairs = _lock_mirrors(requests, using)
        pks = [key for pair in locked_pairs for key in requests[pair]]
        # Another process may have moved them in the meantime.
        if deleted := delete_by_key(Wakeup.objects.all(), pks):
            _set_urgent(locked_pairs, using)
    if connections[using].in_atomic_block:
        forget_requests(using)  # in a test: the transaction that made them goes on
    return deleted


@compiled
def _select_requests(using: str) -> Select:
    rows = Wakeup.objects.using(using).order_by("pk")[:BATCH]
    return Select.of(rows.values_list("connection_id", "module", "pk"))


def _lock_mirrors(pairs: Iterable[Pair], using: str) -> set[Pair]:
    """Lock the rows of mirrors that are not locked; return these, and pairs without a row."""
    if not connections[using].features.has_select_for_update_skip_locked:
        return set(pairs)
    rows = MirrorState.objects.filter(_is_one_of(pairs)).order_by("pk")
    locked_pairs = {(row.connection_id, row.module) for row in lock_free_rows(rows.only(*_KEYS))}
    there = set(rows.values_list(*_KEYS))
    return {pair for pair in pairs if pair in locked_pairs or pair not in there}


_KEYS = ("connection_id", "module")


def _set_urgent(pairs: Iterable[Pair], using: str) -> None:
    """Make mirrors urgent.

    While the calls of a mirror fail, its changes and notices wait for the next poll, unless a
    worker has it now: that worker may have passed them already. Changes of a module that cannot be
    read are sent, because it may be writable. While the connection is held, they wait for the end
    of that.
    """
    run_by_key(_make_urgent, list(_fetch_keys(pairs, using, is_waiting=True).values()), using)


@compiled
def _make_urgent(using: str, size: int) -> Update:
    rows = MirrorState.objects.using(using).filter(pk__in=parameters("key", size))
    is_held = When(held_until__gt=Moment(), then=F("held_until"))
    return Update.of(rows, urgent_at=Case(is_held, default=Moment()), queued_until=None)


def _fetch_keys(pairs: Iterable[Pair], using: str, *, is_waiting: bool) -> dict[Pair, int]:
    """Return the primary keys of mirrors; with `is_waiting`, of those that become urgent."""
    ids = {connection_id for connection_id, _ in pairs}
    select = _select_keys(using, size_of(ids), is_waiting)
    found = {(row[0], row[1]): row[2] for row in select.fetch(**numbered("id", ids))}
    return {pair: found[pair] for pair in pairs if pair in found}


@compiled
def _select_keys(using: str, size: int, is_waiting: bool) -> Select:
    of_connections = [("connection", key) for key in parameters("id", size)]
    rows = MirrorState.objects.using(using).filter(Q(*of_connections, _connector=Q.OR))
    if is_waiting:
        works = Q(failures=0) & ~Q(phase=PHASES.BLOCKED) | Q(phase=PHASES.UNAVAILABLE)
        # An earlier change may wait for a later time, which is not that of these requests.
        is_later = Q(urgent_at=None) | Q(urgent_at__gt=Moment())
        # `urgent_at` may be the end of the lease, which a clock ahead takes for an earlier change.
        is_leased = ~Q(lease_owner="") & Q(urgent_at__lte=F("lease_until"))
        rows = rows.filter(is_later | is_leased, works | ~is_free(LEASE_SECONDS))
    return Select.of(rows.values_list(*_KEYS, "pk"))


def _add_missing_states(pairs: Iterable[Pair], using: str) -> None:
    """Create missing states: changes of a connection that is not polled are sent, too."""
    there = _fetch_keys(pairs, using, is_waiting=False)
    missing: dict[str, list[int]] = defaultdict(list)
    for connection_id, module in set(pairs) - there.keys():
        if module in mirrored_models():
            missing[module].append(connection_id)
    for module, keys in missing.items():
        existing = Connection.objects.using(using).filter(pk__in=keys)
        add_states([module], list(existing.values_list("pk", flat=True)))


def _is_one_of(pairs: Iterable[Pair]) -> Q:
    by_module: dict[str, list[int]] = defaultdict(list)
    for connection_id, module in pairs:
        by_module[module].append(connection_id)
    condition = Q(pk__in=[])
    for module, keys in by_module.items():
        condition |= Q(module=module, connection__in=keys)
    return condition
