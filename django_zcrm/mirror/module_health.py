"""Health of mirrors in numbers, by module, for health checks and metrics. Makes no requests."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils import timezone

from .health_state import is_mirror_usable_here, options_in_force
from .models import Channel, MirrorState, Notice, OutboxItem, OutboxQuerySet

State = OutboxItem.State


@dataclass(frozen=True)
class ModuleHealth:
    """The numbers of one module's mirrors; `lag` is the largest, in seconds.

    `waiting` is the number of changes in the `outbox` that could not be sent yet. Mirrors that are
    paused, disabled or unavailable, or whose connection cannot be used, count only as `resting`.
    """

    module: str
    mirrors: int
    resting: int
    in_initial_sync: int
    blocked: int
    failing: int
    lag: float | None
    drift: int
    unstored: int
    outbox: int
    waiting: int
    conflicts: int
    failed_items: int
    notices: int


@dataclass(frozen=True)
class WaitingChanges:
    """Changes of one mirror that could not be sent yet: how many, and of the oldest, why and since
    when."""

    count: int
    reason: str
    since: datetime | None


NO_CHANGES = WaitingChanges(0, "", None)


def count_waiting_changes(items: OutboxQuerySet) -> dict[tuple[int, str], WaitingChanges]:
    """Return the changes among `items` that wait, by connection and module, in two queries."""
    mirrors = (
        items.waiting()
        .order_by()
        .values("connection", "module")
        .annotate(count=Count("pk"), first=Min("pk"))
    )
    counts = {row["first"]: row["count"] for row in mirrors}
    oldest = OutboxItem.objects.filter(pk__in=list(counts)) if counts else ()
    return {
        (item.connection_id, item.module): WaitingChanges(
            counts[item.pk], item.error, item.created_at
        )
        for item in oldest
    }


def get_module_health() -> list[ModuleHealth]:
    """Return the health of each module, in four queries; empty without mirrors."""
    blocked = Q(phase=MirrorState.Phase.BLOCKED)
    works = Q(is_paused=False) & ~Q(phase=MirrorState.Phase.UNAVAILABLE) & is_mirror_usable_here()
    works &= Q(is_enabled=True) | blocked
    rows = list(
        MirrorState.objects.order_by("module")
        .values("module")
        .annotate(
            mirrors=Count("pk"),
            resting=Count("pk", filter=~works),
            in_initial_sync=Count("pk", filter=works & ~blocked & Q(synced_until=None)),
            blocked=Count("pk", filter=works & blocked),
            failing=Count("pk", filter=works & ~blocked & Q(failures__gt=0)),
            oldest=Min("synced_until", filter=works),
            sum_of_drift=Sum("drift", filter=works),
            sum_of_unstored=Sum("unstored", filter=works),
        )
    )
    if not rows:
        return []
    items = OutboxItem.objects.exclude(state__in=OutboxItem.OVER).order_by()
    waiting: dict[str, Counter[str]] = defaultdict(Counter)
    for module, state, count in items.values_list("module", "state").annotate(count=Count("pk")):
        waiting[module][state] = count
    delayed = _count_by_module(OutboxItem.objects.waiting())
    notices = _count_by_module(Notice.objects.filter(done_at=None))
    now = timezone.now()
    return [
        ModuleHealth(
            module=row["module"],
            mirrors=row["mirrors"],
            resting=row["resting"],
            in_initial_sync=row["in_initial_sync"],
            blocked=row["blocked"],
            failing=row["failing"],
            lag=_seconds(now, row["oldest"]),
            drift=row["sum_of_drift"] or 0,
            unstored=row["sum_of_unstored"] or 0,
            outbox=sum(waiting[row["module"]][state] for state in OutboxItem.OPEN),
            waiting=delayed.get(row["module"], 0),
            conflicts=waiting[row["module"]][State.CONFLICT],
            failed_items=waiting[row["module"]][State.FAILED],
            notices=notices.get(row["module"], 0),
        )
        for row in rows
    ]


def _count_by_module(rows: QuerySet[Any]) -> dict[str, int]:
    return dict(rows.order_by().values_list("module").annotate(count=Count("pk")))


def _seconds(now: datetime, until: datetime | None) -> float | None:
    return None if until is None else max(0.0, round((now - until).total_seconds(), 3))


def count_silent_channels() -> int:
    """Return the number of open channels through which no notice has ever arrived."""
    open_ones = Channel.objects.filter(is_mirror_usable_here(), expires_at__gt=timezone.now())
    return open_ones.filter(last_notice_at=None).exclude(events=[]).count()


def count_closed_channels() -> int:
    """Return the number of channels that are not open, so that their modules are only polled.

    Without a NOTIFY_URL, channels that were closed for that reason do not count.
    """
    used = Channel.objects.filter(is_mirror_usable_here())
    if not options_in_force().notify_url:
        used = used.exclude(notify_url="")
    return used.filter(Q(expires_at=None) | Q(expires_at__lte=timezone.now())).count()
