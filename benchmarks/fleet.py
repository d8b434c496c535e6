"""What a fleet of organisations costs: one site, N connections, three mirrored modules each.

    python -m benchmarks.fleet --tenants 1000 --minutes 60
    python -m benchmarks.fleet --tenants 1000 --minutes 60 --channels
    python -m benchmarks.fleet --tenants 200 --minutes 5 --check

Prints what a poll and an idle turn take, and what a virtual time of the whole fleet does: the real
engine polls on the real database (DATABASE_URL; SQLite without it), a stub of Zoho bills credits,
and the clock is simulated: a call takes 0.3 s, and a worker that polls is busy for as long. One
per cent of the organisations are active, with a change a minute; one per cent each hang for 30 s a
call, are at their limit, are down, and have lost their grant (`--calm`: none). `--hard` adds
situations: a burst of due mirrors, slow tenants, and an organisation of the Free edition with ten
modules for a day. `--channels` opens channels, by which Zoho notifies the site of changes.
`--check` fails if a count is beyond its bar. Before the virtual time, the active organisations and
those that fail work for 15 virtual minutes, as on a site that has been running.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

from benchmarks import fleet_scenarios as scenarios
from benchmarks.fleet_clock import virtual_time
from benchmarks.fleet_scenarios import WORKERS, Fleet
from benchmarks.fleet_site import MODULES, fill
from benchmarks.fleet_turns import (
    Queries,
    measure_first_claim,
    measure_idle_turns,
    measure_polls,
)
from benchmarks.fleet_zoho import fleet_zoho

MOST = {
    "requests of a poll without news": 1.0,
    "credits of a poll without news": 1.0,
    "queries of a poll without news": 8.0,
    "queries of an idle turn": 5.0,
    "queries of the first claim of 16": 20.0,
    "rows that were lost": 0.0,
    "credits of an idle organisation a day": 320.0,
    "queries of opening a channel": 5.0,
    "credits of ten modules, Free edition, a day": 1_250.0,
}
LEAST = {"changes that arrived, %": 50.0, "local changes that were sent": 40.0}
"""What must hold; counts only, so that it holds on every machine."""

NOTIFY_URL = "https://shop.example.com/zcrm/notify/"


@contextmanager
def filled_fleet(tenants: int, *, channels: bool) -> Iterator[Fleet]:
    """Fill a database that is dropped afterwards, and give the fleet."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.test.utils import override_settings, setup_databases, teardown_databases

    hosts = {"ACCOUNTS_URL": None, "API_URL": None, "UPLOAD_URL": None}
    zcrm: dict[str, Any] = {n: value for n, value in settings.ZCRM.items() if n not in hosts}
    mirror = {"MIRROR": {"NOTIFY_URL": NOTIFY_URL}} if channels else {}
    databases = setup_databases(verbosity=0, interactive=False)
    queries, active = Queries(), max(1, tenants // 100)
    try:
        with ExitStack() as stack:
            stack.enter_context(override_settings(ZCRM={**zcrm, "TRACK_USAGE": True, **mirror}))
            from django_zcrm.conf import get_settings
            from django_zcrm.models import Connection

            clock = stack.enter_context(virtual_time())
            zoho = stack.enter_context(fleet_zoho(clock))
            fill(tenants, active, get_settings().mirror.max_poll_interval[channels])
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("ANALYZE")
            stack.enter_context(connection.execute_wrapper(queries))
            keys = list(Connection.objects.order_by("pk").values_list("pk", flat=True))
            yield Fleet(clock, zoho, queries, keys, active)
    finally:
        teardown_databases(databases, verbosity=0)


def count_rows() -> int:
    """Return the number of mirrored rows; the database had none at first."""
    from django_zcrm.mirror.options import mirrored_models

    return sum(model.objects.count() for model in mirrored_models().values())


def measure(fleet: Fleet, options: argparse.Namespace) -> dict[str, float]:
    """Return all measured values by name, in the order in which they are shown."""
    from django.db.models import F

    from django_zcrm.mirror.models import MirrorState

    begun = fleet.clock.now
    rows = measure_polls(fleet.clock, fleet.zoho, fleet.queries)
    rows |= measure_idle_turns(fleet.clock, fleet.queries)
    rows |= measure_first_claim(fleet.queries)
    if options.channels:
        rows |= scenarios.open_channels(fleet, options.tenants)
    if options.hard:
        rows |= scenarios.press(fleet)
        rows |= scenarios.slow_down(fleet)
    # No polls of the fleet have become due in the meantime.
    passed = timedelta(seconds=fleet.clock.now - begun)
    MirrorState.objects.update(due=F("due") + passed)
    bad = not options.calm
    rows |= scenarios.pass_time(fleet, options.minutes, bad=bad, channels=options.channels)
    if changes := rows["changes"]:
        rows["changes that arrived, %"] = 100 * rows["changes that arrived"] / changes
    rows["rows that were lost"] = len(fleet.zoho.delivered) - count_rows()
    if options.hard:
        rows |= scenarios.use_credits(fleet)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tenants", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=10, help="virtual time")
    parser.add_argument("--channels", action="store_true", help="with notification channels")
    parser.add_argument("--calm", action="store_true", help="without organisations that fail")
    parser.add_argument("--hard", action="store_true", help="with a burst, and slow tenants")
    parser.add_argument("--check", action="store_true", help="fail if a count is beyond its bar")
    options = parser.parse_args()
    started = time.perf_counter()
    with filled_fleet(options.tenants, channels=options.channels) as fleet:
        rows = measure(fleet, options)
    took = time.perf_counter() - started
    print(f"{options.tenants:,} organisations x {len(MODULES)} modules, {WORKERS} workers:")
    print(f"{options.minutes:g} virtual minutes in {took:.0f} s")
    missed = []
    for name, value in rows.items():
        bars = [("at most", MOST.get(name)), ("at least", LEAST.get(name))]
        limits = "".join(f"   {word} {bar:g}" for word, bar in bars if bar is not None)
        print(f"{name:45} {value:12,.2f}{limits}")
        if value > MOST.get(name, value) or value < LEAST.get(name, value):
            missed.append(name)
    if options.check and missed:
        raise SystemExit(f"beyond the bar: {', '.join(missed)}")


if __name__ == "__main__":
    main()
