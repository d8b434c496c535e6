"""What a fleet does in a virtual time, and in situations that are hard for it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from statistics import mean
from typing import Any

from benchmarks.fleet_clock import VirtualClock
from benchmarks.fleet_engine import THREADS, Event, Work, run_workers
from benchmarks.fleet_site import ACTIVE_INTERVAL, MODULES
from benchmarks.fleet_turns import Queries
from benchmarks.fleet_zoho import FIELDS, FleetZoho

WORKERS = 2 * THREADS
"""Two processes with `--concurrency 16`."""

DAY = 86_400.0

WARM_UP = 900.0
"""Seconds before the measured time, within which each failing mirror is polled once at least."""

NOTICE_SECONDS = 1.0
"""Seconds from a change to Zoho's notification of it."""

BAD = ("hangs", "limited", "down", "revoked")


@dataclass
class Fleet:
    """The fleet, with its clock, its Zoho and its database; `keys` are those of its connections."""

    clock: VirtualClock
    zoho: FleetZoho
    queries: Queries
    keys: list[int]
    active: int
    chance: random.Random = field(default_factory=lambda: random.Random(2))  # noqa: S311


@dataclass
class Span:
    """What happened in a virtual time."""

    seconds: float
    work: Work
    queries: int
    requests: int
    credits: Counter[int]
    lags: list[float]


def spend(fleet: Fleet, seconds: float, workers: int, events: Sequence[Event]) -> Span:
    """Let workers poll the fleet for a virtual time; return what happened."""
    fleet.zoho.lags.clear()
    queries, requests = fleet.queries.count, fleet.zoho.requests.total()
    credits = fleet.zoho.credits.copy()
    work = run_workers(fleet.clock, seconds, workers, events)
    return Span(
        seconds,
        work,
        fleet.queries.count - queries + work.left_out,
        fleet.zoho.requests.total() - requests,
        fleet.zoho.credits - credits,
        list(fleet.zoho.lags),
    )


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share of the values is; 0 without values."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else 0.0


def pass_time(fleet: Fleet, minutes: float, *, bad: bool, channels: bool) -> dict[str, float]:
    """Let the whole fleet work: one per cent of it is active, with a change a minute each.

    With `bad`, one per cent each hang, are at their limit, are down, or have lost their grant. With
    `channels`, Zoho notifies the site of changes.
    """
    keys, count = fleet.keys, fleet.active
    if bad:
        for number, key in enumerate(keys[count : (1 + len(BAD)) * count]):
            fleet.zoho.states[key] = BAD[number % len(BAD)]
    _warm_up(fleet, channels=channels)
    events = _plan_changes(fleet, keys[:count], minutes, channels=channels)
    before = _count_rows()
    span = spend(fleet, minutes * 60, WORKERS, events)
    growth = {f"new rows of {name}": rows - before[name] for name, rows in _count_rows().items()}
    idle = [span.credits[key] for key in keys[(1 + len(BAD)) * count :]]
    return {
        "polls a second": span.work.polls / span.seconds,
        "queries a second": span.queries / span.seconds,
        "requests a second": span.requests / span.seconds,
        "busy workers": span.work.busy / span.seconds,
        "credits of an idle organisation a day": mean(idle) / span.seconds * 86_400,
        "changes": float(len(events) // (2 if channels else 1)),
        "changes that arrived": len(span.lags),
        "lag of active organisations, p50, s": percentile(span.lags, 0.5),
        "lag of active organisations, p95, s": percentile(span.lags, 0.95),
        **{name: float(rows) for name, rows in growth.items() if rows},
    }


def _count_rows() -> dict[str, int]:
    """Return the number of rows of each table of django-zcrm."""
    from django.apps import apps

    models = [*apps.get_app_config("zcrm").get_models()]
    models += apps.get_app_config("zcrm_mirror").get_models()
    return {model.__name__: model._base_manager.count() for model in models}


def _warm_up(fleet: Fleet, *, channels: bool) -> None:
    """Let the active organisations, and those that fail, work first, as on a site that runs.

    The others are idle, as they were filled in: they rest in the meantime.
    """
    from django.db.models import F

    from django_zcrm.mirror.models import MirrorState

    awake = fleet.keys[: (1 + len(BAD)) * fleet.active]
    others = MirrorState.objects.exclude(connection__in=awake)
    others.update(is_paused=True)
    minutes = WARM_UP / 60
    events = _plan_changes(fleet, fleet.keys[: fleet.active], minutes, channels=channels)
    spend(fleet, WARM_UP, WORKERS, events)
    others.update(is_paused=False, due=F("due") + timedelta(seconds=WARM_UP))


def open_channels(fleet: Fleet, limit: int) -> dict[str, float]:
    """Create all channels, and open at most `limit` in slices; return what that takes."""
    from django_zcrm.mirror.models import Channel
    from django_zcrm.mirror.notifications.channels import ensure_channels, renew_due_channels

    before = fleet.queries.count
    ensure_channels()
    created = fleet.queries.count - before
    before, opened = fleet.queries.count, 0
    while opened < limit and (renewed := renew_due_channels()):
        opened += renewed
    took = fleet.queries.count - before
    rows = Channel.objects.exclude(expires_at=None).values_list("renew_at", "expires_at")
    times = sorted(renew_at.timestamp() for renew_at, _ in rows)
    hours = Counter(int(moment // 3600) for moment in times)
    return {
        "channels": float(Channel.objects.count()),
        "queries that create all channels": float(created),
        "channels that were opened": float(opened),
        "queries of opening a channel": took / max(opened, 1),
        "hours over which renewals are spread": (times[-1] - times[0]) / 3600,
        "largest share of the renewals in one hour, %": 100 * max(hours.values()) / len(times),
    }


def press(fleet: Fleet, tenants: int = 120, edits: int = 40) -> dict[str, float]:
    """Save local changes while all mirrors of some tenants are due; return when they are sent."""
    from django.utils import timezone

    from django_zcrm.mirror.models import MirrorState
    from tests.mirror.shop.models import Lead

    busy = fleet.keys[-tenants:]
    MirrorState.objects.exclude(connection__in=busy).update(is_paused=True)
    records = [fleet.zoho.change(key, "Leads") for key in busy[:edits]]
    MirrorState.objects.filter(connection__in=busy).update(due=timezone.now())
    fleet.zoho.latency = 0.2
    fleet.clock.advance(5)
    run_workers(fleet.clock, 60, WORKERS)
    leads = list(Lead.objects.filter(zoho_id__in=records).select_related("connection"))
    MirrorState.objects.filter(connection__in=busy).update(due=timezone.now(), urgent_at=None)
    begin, saved = fleet.clock.now, {}

    def edit(lead: Any) -> None:
        saved[str(lead.zoho_id)] = fleet.clock.now
        lead.company = "Brook"
        lead.save()

    events = [(begin + fleet.chance.uniform(0, 15), partial(edit, lead)) for lead in leads]
    polls = run_workers(fleet.clock, 60, 4, events).polls
    MirrorState.objects.update(is_paused=False)
    updated = fleet.zoho.updated
    waits = [updated[key] - moment for key, moment in saved.items() if key in updated]
    return {
        "polls of 4 workers, with 360 due": float(polls),
        "local changes that were sent": float(len(waits)),
        "local change to sent, p95, s": percentile(waits, 0.95),
    }


def slow_down(fleet: Fleet, minutes: float = 5) -> dict[str, float]:
    """Compare the lag of 40 tenants, with 4 workers, with and without two slow ones.

    Their editions have enough credits for a poll a minute.
    """
    from django.utils import timezone

    from django_zcrm.mirror.models import MirrorState
    from django_zcrm.models import Connection

    busy, lags = fleet.keys[-42:], []
    Connection.objects.filter(pk__in=busy).update(edition="Professional")
    MirrorState.objects.exclude(connection__in=busy).update(is_paused=True)
    for is_slow in (False, True):
        for key in busy[:2]:
            fleet.zoho.states[key] = "slow" if is_slow else ""
        due = timezone.now() + timedelta(seconds=1)
        MirrorState.objects.filter(connection__in=busy).update(
            due=due, poll_interval=60, changed_at=timezone.now()
        )
        events = _plan_changes(fleet, busy[2:], minutes, channels=False)
        lags.append(percentile(spend(fleet, minutes * 60, 4, events).lags, 0.95))
    MirrorState.objects.update(is_paused=False)
    Connection.objects.filter(pk__in=busy).update(edition="Free")
    return {"lag without slow tenants, p95, s": lags[0], "lag with two, p95, s": lags[1]}


def use_credits(fleet: Fleet, modules: int = 10) -> dict[str, float]:
    """Mirror ten modules of an organisation of the Free edition for a day, with a change a minute.

    Ends a day later. All other mirrors are paused.
    """
    from django.utils import timezone

    from django_zcrm.mirror.models import MirrorState

    key, now = fleet.keys[-1], timezone.now()
    states = MirrorState.objects.filter(connection=key)
    organisation = states.values_list("organisation_id", flat=True)[0]
    MirrorState.objects.update(is_paused=True)
    names = [f"Module_{number}" for number in range(modules)]
    for name in names:
        FIELDS[name] = "Last_Name Email"
        MirrorState.objects.create(
            connection_id=key,
            module=name,
            organisation_id=organisation,
            phase=MirrorState.Phase.LIVE,
            synced_until=now,
            deleted_until=now,
            reconciled_at=now,
            fields={},
        )
    begin = fleet.clock.now = (fleet.clock.now // DAY + 1) * DAY
    events: list[Event] = [
        (begin + minute * 60, partial(fleet.zoho.change, key, fleet.chance.choice(names)))
        for minute in range(int(DAY // 60))
    ]
    span = spend(fleet, DAY, 1, events)
    return {
        "credits of ten modules, Free edition, a day": float(span.credits[key]),
        "longest interval of them, s": float(
            max(states.filter(module__in=names).values_list("poll_interval", flat=True))
        ),
    }


def _plan_changes(fleet: Fleet, keys: list[int], minutes: float, *, channels: bool) -> list[Event]:
    """Return the changes of organisations, one a minute each, and their notifications."""
    events: list[Event] = []

    def change(key: int, module: str) -> None:
        record_id = fleet.zoho.change(key, module)
        if channels:
            ids.append((key, module, record_id))

    ids: list[tuple[int, str, str]] = []
    begin = fleet.clock.now
    for key in keys:
        for minute in range(int(minutes)):
            moment = begin + minute * ACTIVE_INTERVAL + fleet.chance.uniform(0, ACTIVE_INTERVAL)
            events.append((moment, partial(change, key, fleet.chance.choice(MODULES))))
            if channels:
                events.append((moment + NOTICE_SECONDS, lambda: _notify(*ids.pop(0))))
    return events


def _notify(key: int, module: str, record_id: str) -> None:
    """Store a notification, as the view does for one of Zoho's."""
    from django.utils import timezone

    from django_zcrm.mirror.models import Channel
    from django_zcrm.mirror.notifications.receiver import NotificationBody, store_notice
    from django_zcrm.zoho.secret import Secret

    channel = Channel.objects.select_related("connection").get(connection=key)
    posted = NotificationBody(
        channel.channel_id, Secret(""), module, "insert", (record_id,), timezone.now()
    )
    store_notice(channel, posted, is_mirrored=True)
