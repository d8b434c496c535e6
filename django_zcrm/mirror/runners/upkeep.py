"""Work that concerns the whole site: repairs of mirrors and channels, pruning, and so on.

States of mirrors are created when connections, models or settings change. The sweep repairs what
was missed, such as connections that were inserted by SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db import router
from django.db.models import Case, Q, When
from django.utils import timezone

from ...conf import get_settings
from ...moments import Moment, latest
from ..models import MirrorState, OutboxItem, Upkeep, Wakeup
from ..models.mirror_state import LEASE_SECONDS
from ..models.outbox import MAX_WAIT
from ..notifications.channels import ensure_channels, retry_dated_ahead
from ..notifications.notices import limit_notices
from ..options import mirrored_models, options_of
from ..planning.intervals import DAY
from ..statements import Parameter, Select, Update, compiled
from ..tenants import reset_moved
from .holds import MAX_REST, postpone_disconnected
from .mirror_states import ensure_states
from .poll import longest_wait
from .pruning import prune

SWEEP_SECONDS = 3600.0
"""Seconds between two sweeps of a site."""

PRUNE_SECONDS = 60.0
"""Seconds between two times that a site corrects times and deletes rows that it does not need."""

TRY_SECONDS = 60.0
"""Seconds after which another worker does a task that a worker has not finished."""


def do_upkeep() -> None:
    """Do the tasks that are due, and that no other worker does; takes one query if none is due.

    The sweep is also due if the models or the settings have changed. Raises ConfigurationError for
    invalid settings or models.
    """
    rows = {row.name: row for row in _select_all(router.db_for_write(Upkeep)).fetch()}
    for name, (task, seconds) in _TASKS.items():
        row = rows.get(name) or Upkeep.objects.get_or_create(name=name)[0]
        digest = _digest() if name == "sweep" else ""
        is_due = row.due <= timezone.now() or row.due > latest(seconds)
        if is_due or row.digest != digest:
            _run(row, task, seconds, digest)


def _run(row: Upkeep, task: Callable[[], Any], seconds: float, digest: str) -> None:
    """Do a task if no other worker has taken it. After an error it is due at once."""
    update, now = _set_due(router.db_for_write(Upkeep)), timezone.now()
    next_due = now + timedelta(seconds=TRY_SECONDS)
    former = {"key": row.pk, "former": row.due, "former_digest": row.digest}
    if not update.run(due=next_due, digest=digest, **former):
        return
    due = now
    try:
        has_more = task()
        due = now if has_more else now + timedelta(seconds=seconds)
    finally:
        former = {"key": row.pk, "former": next_due, "former_digest": digest}
        update.run(due=due, digest=digest, **former)


@compiled
def _select_all(using: str) -> Select:
    return Select.of(Upkeep.objects.using(using).all())


@compiled
def _set_due(using: str) -> Update:
    former = {"due": Parameter("former"), "digest": Parameter("former_digest")}
    rows = Upkeep.objects.using(using).filter(pk=Parameter("key"), **former)
    return Update.of(rows, due=Parameter("due"), digest=Parameter("digest"))


def sweep() -> None:
    """Create missing states and channels, and reset the mirrors of moved connections.

    Also requests work for changes that are due: those of models that send changes again.
    Raises ConfigurationError for invalid settings or models.
    """
    ensure_states()
    reset_moved()
    ensure_channels()
    limit_notices()
    changes = _select_due(router.db_for_write(OutboxItem)).fetch()
    Wakeup.objects.bulk_create(
        Wakeup(connection_id=connection_id, module=module)
        for connection_id, module in changes
        if module in mirrored_models() and options_of(mirrored_models()[module]).push
    )


@compiled
def _select_due(using: str) -> Select:
    items = OutboxItem.objects.using(using).due().order_by()
    return Select.of(items.values_list("connection_id", "module").distinct())


def tidy() -> bool:
    """Correct times, and delete some rows; return whether there may be more to delete."""
    correct_clocks()
    postpone_disconnected()
    return prune()


def correct_clocks() -> None:
    """Make due what a clock that was ahead has put off for too long."""
    for update in _correct_states(router.db_for_write(MirrorState), get_settings()):
        update.run()
    retry_dated_ahead()


@compiled
def _correct_states(using: str, settings: object) -> list[Update]:
    states, ahead = MirrorState.objects.using(using).filter(is_paused=False), Q()
    for phase in MirrorState.Phase.values:
        usual = longest_wait(phase)
        is_late = Q(poll_interval__lte=usual, due__gt=Moment.latest(usual))
        ahead |= Q(phase=phase) & (is_late | Q(due__gt=Moment.latest(max(usual, DAY))))
    is_held = Q(held_until__gt=Moment.latest(MAX_REST))
    urgent_at = Case(When(urgent_at__isnull=False, then=Moment()), default=None)
    # The end of the lease of a worker that died, see `KEEP_URGENT`.
    is_leased = Q(lease_until__gt=Moment.latest(LEASE_SECONDS))
    is_wrong = Q(urgent_at__gt=Moment.latest(LEASE_SECONDS)) & is_leased
    is_wrong |= Q(urgent_at__gt=Moment.latest(MAX_WAIT))
    return [
        Update.of(states.filter(is_held), due=Moment(), urgent_at=urgent_at, held_until=None),
        Update.of(states.filter(ahead), due=Moment()),
        Update.of(states.filter(is_wrong), urgent_at=Moment()),
    ]


def _digest() -> str:
    """Return a digest of what decides which states and channels there have to be."""
    config = get_settings()
    models = [
        (module, options_of(model).connections, bool(options_of(model).push))
        for module, model in sorted(mirrored_models().items())
    ]
    whose = (config.client_id, config.environment, config.user_identifier)
    parts = (models, whose, config.mirror.notify_url)
    return sha256(repr(parts).encode()).hexdigest()


_TASKS: dict[str, tuple[Callable[[], Any], float]] = {
    "sweep": (sweep, SWEEP_SECONDS),
    "prune": (tidy, PRUNE_SECONDS),
}
