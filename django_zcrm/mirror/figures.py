"""The mirror in numbers, by module: for health checks and metrics. Zoho is not asked."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, Sum
from django.utils import timezone

from .condition import options_in_force, usable_here
from .models import Channel, MirrorState, Notice, OutboxItem

State = OutboxItem.State


@dataclass(frozen=True)
class Figures:
    """The numbers of one module's mirrors; `lag` is the largest, in seconds.

    Mirrors that are paused, or whose connection cannot be used, count as `resting`, and nowhere
    else.
    """

    module: str
    mirrors: int
    resting: int
    backfilling: int
    blocked: int
    failing: int
    lag: float | None
    drift: int
    outbox: int
    conflicts: int
    dead_letters: int
    notices: int


def figures() -> list[Figures]:
    """Return the figures of each module, in three queries; none without mirrors."""
    works = Q(is_paused=False) & usable_here()
    blocked = Q(phase=MirrorState.Phase.BLOCKED)
    rows = list(
        MirrorState.objects.order_by("module")
        .values("module")
        .annotate(
            mirrors=Count("pk"),
            resting=Count("pk", filter=~works),
            backfilling=Count("pk", filter=works & ~blocked & Q(synced_until=None)),
            blocked=Count("pk", filter=works & blocked),
            failing=Count("pk", filter=works & ~blocked & Q(failures__gt=0)),
            oldest=Min("synced_until", filter=works),
            sum_of_drift=Sum("drift", filter=works),
        )
    )
    if not rows:
        return []
    items = OutboxItem.objects.exclude(state__in=OutboxItem.OVER).order_by()
    waiting: dict[str, Counter[str]] = defaultdict(Counter)
    for module, state, count in items.values_list("module", "state").annotate(count=Count("pk")):
        waiting[module][state] = count
    notices = dict(
        Notice.objects.filter(done_at=None)
        .order_by()
        .values_list("module")
        .annotate(count=Count("pk"))
    )
    now = timezone.now()
    return [
        Figures(
            module=row["module"],
            mirrors=row["mirrors"],
            resting=row["resting"],
            backfilling=row["backfilling"],
            blocked=row["blocked"],
            failing=row["failing"],
            lag=_seconds(now, row["oldest"]),
            drift=row["sum_of_drift"] or 0,
            outbox=sum(waiting[row["module"]][state] for state in OutboxItem.OPEN),
            conflicts=waiting[row["module"]][State.CONFLICT],
            dead_letters=waiting[row["module"]][State.DEAD],
            notices=notices.get(row["module"], 0),
        )
        for row in rows
    ]


def _seconds(now: datetime, until: datetime | None) -> float | None:
    return None if until is None else max(0.0, round((now - until).total_seconds(), 3))


def channels_closed() -> int:
    """Return how many channels are not open, so that their modules are polled only.

    Without a NOTIFY_URL none is wanted, and those do not count that were closed for that.
    """
    used = Channel.objects.filter(usable_here())
    if not options_in_force().notify_url:
        used = used.exclude(notify_url="")
    return used.filter(Q(expires_at=None) | Q(expires_at__lte=timezone.now())).count()
