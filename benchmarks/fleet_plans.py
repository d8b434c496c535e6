"""The plans of a fleet's hot queries: which index each reads, and for how long.

    python -m benchmarks.fleet_plans --tenants 10000 --rows 2000000

Fills a database (DATABASE_URL) with mirrors, rows, channels, notices, sent changes and credits, and
prints the plan of each query and the median of its milliseconds. Fails if one reads a whole table.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import Any

from benchmarks.fleet import filled_fleet
from benchmarks.fleet_site import BATCH

HOURS = 24
"""Hours for which each organisation has a row of used credits."""

RUNS = 9

WHOLE_TABLE = re.compile(r"Seq Scan.*|\b[\w.]+ (?:None )?ALL\b.*")
"""What PostgreSQL and MariaDB call it, with the rest of the line."""


def fill(keys: list[int], rows: int) -> None:
    """Add `rows` leads, and for each connection a channel, a notice, a change and its credits."""
    from django.db import connection
    from django.utils import timezone

    from django_zcrm.mirror.models import Channel, Notice, OutboxItem
    from django_zcrm.models import Connection, CreditUse
    from tests.mirror.shop.models import Lead

    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    connections = list(Connection.objects.filter(pk__in=keys).only("pk", "organisation_id"))
    organisations = {row.pk: row.organisation_id for row in connections}
    channels = Channel.objects.bulk_create(
        [
            Channel(connection_id=key, channel_id=str(key), organisation_id=organisations[key])
            for key in keys
        ],
        batch_size=BATCH,
    )
    Notice.objects.bulk_create(
        [
            Notice(channel=row, module="Leads", digest=str(row.pk), done_at=now)
            for row in Channel.objects.all()
        ],
        batch_size=BATCH,
    )
    OutboxItem.objects.bulk_create(
        [
            OutboxItem(
                connection_id=key,
                organisation_id=organisations[key],
                module="Leads",
                object_id="1",
                state="done",
            )
            for key in keys
        ],
        batch_size=BATCH,
    )
    CreditUse.objects.bulk_create(
        (
            CreditUse(
                organisation=organisations[key], starts_at=now - timedelta(hours=hour), credits=12
            )
            for key in keys
            for hour in range(HOURS)
        ),
        batch_size=BATCH,
    )
    first = Lead.objects.create(
        connection_id=keys[0], zoho_organisation=organisations[keys[0]], name="Fox", zoho_id="1"
    )
    own = {"connection_id": "c.id", "zoho_id": "c.id * 100000 + n.n"}
    own["zoho_organisation"] = "c.organisation_id"
    fields = [str(field.column) for field in Lead._meta.concrete_fields if not field.primary_key]
    table, count = Lead._meta.db_table, max(rows // len(channels), 1)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(fields)}) WITH RECURSIVE n AS "  # noqa: S608
            f"(SELECT 1 AS n UNION ALL SELECT n + 1 FROM n WHERE n < {count}) "
            f"SELECT {', '.join(own.get(name, f't.{name}') for name in fields)} "
            f"FROM zcrm_connection c CROSS JOIN n CROSS JOIN {table} t WHERE t.id = {first.pk}"
        )
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")
        elif connection.vendor == "mysql":
            names = ", ".join(connection.introspection.table_names(cursor))
            cursor.execute(f"ANALYZE TABLE {names}")


def hot_queries(key: int) -> dict[str, Callable[[], Any]]:
    """Return the queries of a poll, and of the pages that show a connection, by name."""
    from django_zcrm.limits.credit_counter import DAY
    from django_zcrm.mirror.leased_rows import with_work
    from django_zcrm.mirror.models import MirrorState, Notice, OutboxItem
    from django_zcrm.mirror.runners.claims import ROUTINE, URGENT, find_claimable
    from django_zcrm.mirror.targets import target_of
    from django_zcrm.models import Connection, CreditUse
    from tests.mirror.shop.models import Lead

    row = Connection.objects.get(pk=key)
    from django.utils import timezone

    since = timezone.now() - timedelta(seconds=DAY)
    ids = [str(key * 100_000 + number) for number in range(1, 201)]
    return {
        "claim of urgent work": lambda: find_claimable(URGENT)[:1],
        "claim of a routine poll": lambda: find_claimable(ROUTINE)[:1],
        "open changes of a mirror": lambda: OutboxItem.objects.of(row, "Leads").open(),
        "notices of a mirror": lambda: Notice.objects.filter(
            channel__connection=row, module="Leads", done_at=None
        ),
        "rows of 200 ids": lambda: target_of("Leads").rows(row).filter(zoho_id__in=ids),
        "a claimed mirror, with what decides about its poll": lambda: with_work(
            MirrorState.objects.filter(connection=key, module="Leads"),
            timezone.now().date(),
            has_channels=True,
        ),
        "credits of an organisation, by hour": lambda: CreditUse.objects.filter(
            organisation=row.organisation_id, starts_at__gt=since
        ),
        "a page of the rows of a connection": lambda: Lead.objects.for_connection(row).live()[:50],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tenants", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=2_000_000)
    options = parser.parse_args()
    whole = []
    with filled_fleet(options.tenants, channels=False) as fleet:
        fill(fleet.keys, options.rows)
        for name, query in hot_queries(fleet.keys[len(fleet.keys) // 2]).items():
            plan, times = query().explain(), []
            for _ in range(RUNS):
                started = time.perf_counter()
                list(query())
                times.append((time.perf_counter() - started) * 1000)
            print(f"\n{name}: {median(times):.1f} ms\n{plan}")
            whole += [name] if WHOLE_TABLE.search(plan) else []
    if whole:
        raise SystemExit(f"read a whole table: {', '.join(whole)}")


if __name__ == "__main__":
    main()
