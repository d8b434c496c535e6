"""The mirror's section of the health report. docs/howto/mirror-run.md has its thresholds."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from functools import reduce
from operator import or_

from django.db.models import Case, F, IntegerField, Min, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..health.connection_health import HealthCondition
from ..health.sections import HealthEntry, HealthSection, worst
from ..leases import is_free
from .health_state import (
    FAR_BEHIND,
    MIN_INTERVAL,
    duration,
    health_of,
    is_mirror_usable_here,
    missing_in_words,
    options_in_force,
    unstored_in_words,
)
from .models import MirrorState, OutboxItem
from .models.mirror_state import LEASE_SECONDS
from .module_health import (
    ModuleHealth,
    count_closed_channels,
    count_silent_channels,
    get_module_health,
)
from .status import progress_of

MAX_ENTRIES = 50
"""Mirrors that are listed, the worst first."""

MAX_CONNECTIONS = 10
"""With more mirrors of a module, so many connections are listed, each with its worst mirror."""

MAX_WORST = 100
"""Mirrors among which the worst connections are looked for."""

SILENT, MIN_SILENCE = 2, 600
"""After this many times `POLL_INTERVAL`, and at least so many seconds, a mirror that is still due
shows that no runner works.
"""


def section() -> HealthSection:
    """Return the mirror's section, with a constant number of queries."""
    title, by_module = _("Mirrored modules"), get_module_health()
    if not by_module:
        return HealthSection("mirror", title, HealthCondition("off", _("nothing is mirrored")))
    total = sum(module.mirrors for module in by_module)
    is_fleet = any(module.mirrors > MAX_CONNECTIONS for module in by_module)
    worst_ones = list(worst_first()[: MAX_WORST if is_fleet else MAX_ENTRIES])
    if is_fleet:
        by_connection: dict[int, MirrorState] = {}
        for state in worst_ones:
            by_connection.setdefault(state.connection_id, state)
        worst_ones = list(by_connection.values())[:MAX_CONNECTIONS]
    entries = [_entry(state) for state in worst_ones]
    modules = [_module(module) for module in by_module] if is_fleet else []
    closed = count_closed_channels()
    channels = [*_channels(closed), *_silent_channels(count_silent_channels())]
    entries = [*_runner(), *modules, *_outbox(by_module), *channels, *entries]
    lags = [module.lag for module in by_module if module.lag is not None]
    names = [name for name in asdict(by_module[0]) if name not in {"module", "lag"}]
    sums = {name: sum(getattr(module, name) for module in by_module) for name in names}
    return HealthSection(
        key="mirror",
        title=title,
        condition=worst(entry.condition for entry in entries),
        figures={**sums, "lag": max(lags, default=None), "channels_closed": closed},
        entries=entries,
        more=total - len(worst_ones),
    )


def worst_first() -> QuerySet[MirrorState]:
    """Return the mirrors, the worst first."""
    unavailable = Q(phase=MirrorState.Phase.UNAVAILABLE)
    rank = Case(
        When(unavailable, then=Value(3)),
        When(Q(is_paused=True) | ~is_mirror_usable_here(), then=Value(3)),
        When(phase=MirrorState.Phase.BLOCKED, then=Value(0)),
        When(is_enabled=False, then=Value(3)),
        When(_is_far_behind(), then=Value(0)),
        When(Q(failures__gt=0) | Q(unstored__gt=0), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = MirrorState.objects.select_related("connection__owner", "metadata")
    return rows.order_by(rank, F("synced_until").asc(nulls_first=True), "module", "pk")


def _is_far_behind() -> Q:
    """Return the condition that a mirror is far behind, by its interval or up to twice as much.

    In its initial sync, it has no lag, and counts as far behind if it keeps failing.
    """
    options = options_in_force()
    until = timezone.now() - timedelta(seconds=options.settle_time)
    least = max(options.poll_interval, MIN_INTERVAL)
    by_interval = (
        Q(
            poll_interval__lte=seconds,
            synced_until__lt=until - timedelta(seconds=seconds) * FAR_BEHIND,
        )
        for seconds in {max(least, 2**power) for power in range(8, 18)}
    )
    fails = Q(phase=MirrorState.Phase.INITIAL_SYNC, failures__gte=FAR_BEHIND)
    return fails | Q(phase=MirrorState.Phase.LIVE) & reduce(or_, by_interval)


def is_silent() -> bool:
    """Whether mirrors have been due for long, and no runner has worked on any."""
    now = timezone.now()
    seconds = max(SILENT * options_in_force().poll_interval, MIN_SILENCE)
    since = now - timedelta(seconds=seconds)
    waiting = MirrorState.objects.active().free().filter(is_mirror_usable_here(), due__lt=since)
    return waiting.exists() and not _was_at_work(since)


def _was_at_work(since: object) -> bool:
    condition = Q(last_run_at__gte=since) | ~is_free(LEASE_SECONDS)
    return MirrorState.objects.filter(condition).exists()


def _entry(state: MirrorState) -> HealthEntry:
    owner = state.connection.owner
    about = [] if owner is None else [str(owner)]
    if state.lag is not None:
        about.append(_("%(time)s behind") % {"time": duration(state.lag)})
    elif (progress := progress_of(state)) is not None:
        about.append(_("%(percent)d %% of the initial sync") % {"percent": round(100 * progress)})
    if state.drift is not None:
        words = ngettext("%(count)d row differed", "%(count)d rows differed", state.drift)
        about.append(words % {"count": state.drift})
    error = state.last_error or next(iter(state.problems.values()), "") or missing_in_words(state)
    return HealthEntry(str(state), health_of(state), "; ".join(about), error)


def _module(module: ModuleHealth) -> HealthEntry:
    """Return how many mirrors of a module are in which state."""
    if module.blocked:
        condition = HealthCondition("bad", _("blocked: %(count)d") % {"count": module.blocked})
    elif module.failing:
        condition = HealthCondition("wait", _("failing: %(count)d") % {"count": module.failing})
    elif module.unstored:
        condition = HealthCondition("wait", unstored_in_words(module.unstored))
    else:
        condition = HealthCondition("good", _("in sync"))
    about = [
        ngettext("%(count)d mirror", "%(count)d mirrors", module.mirrors)
        % {"count": module.mirrors}
    ]
    for count, words in (
        (module.in_initial_sync, _("initial sync: %(count)d")),
        (module.failing if module.blocked else 0, _("failing: %(count)d")),
        (module.resting, _("resting: %(count)d")),
    ):
        if count:
            about.append(words % {"count": count})
    if module.unstored and (module.blocked or module.failing):
        about.append(unstored_in_words(module.unstored))
    if module.lag is not None:
        lag = duration(timedelta(seconds=module.lag))
        about.append(_("at most %(duration)s behind") % {"duration": lag})
    return HealthEntry(module.module, condition, "; ".join(about))


def _runner() -> list[HealthEntry]:
    if not is_silent():
        return []
    words = _("Mirrors are due, and no runner is at work: start manage.py zcrm_sync --watch.")
    return [HealthEntry(_("Runner"), HealthCondition("bad", _("not seen")), words)]


def _outbox(by_module: list[ModuleHealth]) -> list[HealthEntry]:
    reasons: dict[str, str] = {}
    if any(module.waiting for module in by_module):
        waiting = OutboxItem.objects.waiting().order_by().values("module")
        oldest = list(waiting.annotate(oldest=Min("pk")).values_list("oldest", flat=True))
        items = OutboxItem.objects.filter(pk__in=oldest)
        reasons = dict(items.values_list("module", "error"))
    entries = []
    for module in by_module:
        if not (module.outbox or module.conflicts or module.failed_items):
            continue
        condition = HealthCondition("good", _("on the way"))
        if module.waiting:
            condition = HealthCondition("wait", _("waiting"))
        if module.conflicts:
            condition = HealthCondition("wait", _("conflicts"))
        if module.failed_items:
            condition = HealthCondition("bad", _("failed"))
        counts = {
            "open": module.outbox,
            "conflicts": module.conflicts,
            "failed": module.failed_items,
        }
        words = _("to be sent: %(open)d; conflicts: %(conflicts)d; failed: %(failed)d") % counts
        entries.append(
            HealthEntry(
                _("Outbox of %(module)s") % {"module": module.module},
                condition,
                words,
                reasons.get(module.module, ""),
            )
        )
    return entries


def _channels(closed: int) -> list[HealthEntry]:
    if not closed:
        return []
    words = ngettext(
        "%(count)d channel is not open; changes are found by polling.",
        "%(count)d channels are not open; changes are found by polling.",
        closed,
    )
    state = HealthCondition("wait", _("not open"))
    return [HealthEntry(_("Notification channels"), state, words % {"count": closed})]


def _silent_channels(count: int) -> list[HealthEntry]:
    if not count:
        return []
    words = ngettext(
        "No notice has come through %(count)d channel yet; zcrm_channels --test tests it.",
        "No notice has come through %(count)d channels yet; zcrm_channels --test tests them.",
        count,
    )
    state = HealthCondition("wait", _("no notice yet"))
    return [HealthEntry(_("Notification channels"), state, words % {"count": count})]
