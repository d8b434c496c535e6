"""The mirror's section of the health report. docs/howto/mirror.md has its thresholds."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..health.sections import HealthEntry, HealthSection, worst
from ..health.states import HealthCondition
from .condition import condition_of, duration, options_in_force, usable_here
from .figures import Figures, channels_closed, figures
from .models import MirrorState
from .status import progress_of

MAX_ENTRIES = 50
"""Mirrors that are shown, the worst first."""

SILENT = 2
"""After so many times `EVERY`, a mirror that is due tells that no runner is at work."""


def section() -> HealthSection:
    """Return the mirror's section, with a constant number of queries."""
    title, by_module = _("Mirrored modules"), figures()
    if not by_module:
        return HealthSection("mirror", title, HealthCondition("off", _("nothing is mirrored")))
    total = sum(module.mirrors for module in by_module)
    entries = [_entry(state) for state in worst_first()[:MAX_ENTRIES]]
    closed = channels_closed()
    entries = [*_runner(), *_outbox(by_module), *_channels(closed), *entries]
    lags = [module.lag for module in by_module if module.lag is not None]
    names = [name for name in asdict(by_module[0]) if name not in {"module", "lag"}]
    sums = {name: sum(getattr(module, name) for module in by_module) for name in names}
    return HealthSection(
        key="mirror",
        title=title,
        condition=worst(entry.condition for entry in entries),
        figures={**sums, "lag": max(lags, default=None), "channels_closed": closed},
        entries=entries,
        more=max(0, total - MAX_ENTRIES),
    )


def worst_first() -> QuerySet[MirrorState]:
    """Return the mirrors, the worst conditions first."""
    rank = Case(
        When(Q(is_paused=True) | ~usable_here(), then=Value(3)),
        When(phase=MirrorState.Phase.BLOCKED, then=Value(0)),
        When(Q(failures__gt=0) | ~Q(problems={}), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = MirrorState.objects.select_related("connection")
    return rows.order_by(rank, F("synced_until").asc(nulls_first=True), "module", "pk")


def is_silent() -> bool:
    """Whether mirrors have been due for long, and no runner has worked on any."""
    now = timezone.now()
    since = now - timedelta(seconds=SILENT * options_in_force().every)
    waiting = MirrorState.objects.active().free().filter(usable_here(), due__lt=since)
    return waiting.exists() and not _was_at_work(since)


def _was_at_work(since: object) -> bool:
    seen = Q(last_run_at__gte=since) | Q(lease_until__gte=timezone.now())
    return MirrorState.objects.filter(seen).exists()


def _entry(state: MirrorState) -> HealthEntry:
    about = []
    if state.lag is not None:
        about.append(_("%(time)s behind") % {"time": duration(state.lag)})
    elif (progress := progress_of(state)) is not None:
        about.append(_("%(percent)d %% of the first reading") % {"percent": round(100 * progress)})
    if state.drift is not None:
        words = ngettext("%(count)d row differed", "%(count)d rows differed", state.drift)
        about.append(words % {"count": state.drift})
    error = state.last_error or next(iter(state.problems.values()), "")
    return HealthEntry(str(state), condition_of(state), "; ".join(about), error)


def _runner() -> list[HealthEntry]:
    if not is_silent():
        return []
    words = _("Mirrors are due, and no runner is at work: start manage.py zcrm_sync --watch.")
    return [HealthEntry(_("Runner"), HealthCondition("bad", _("not seen")), words)]


def _outbox(by_module: list[Figures]) -> list[HealthEntry]:
    entries = []
    for module in by_module:
        if not (module.outbox or module.conflicts or module.dead_letters):
            continue
        condition = HealthCondition("good", _("waiting"))
        if module.conflicts:
            condition = HealthCondition("wait", _("conflicts"))
        if module.dead_letters:
            condition = HealthCondition("bad", _("given up"))
        counts = {
            "open": module.outbox,
            "conflicts": module.conflicts,
            "dead": module.dead_letters,
        }
        words = _("to be sent: %(open)d; conflicts: %(conflicts)d; given up: %(dead)d") % counts
        entries.append(
            HealthEntry(_("Outbox of %(module)s") % {"module": module.module}, condition, words)
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
