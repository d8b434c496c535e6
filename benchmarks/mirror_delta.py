"""What a poll of a module's changes costs, however many records there are.

    python -m benchmarks.mirror_delta --rows 10000,100000,1000000

Each time 950 records are changed and 50 deleted; see `mirror_site`. The table is filled by queries,
not by an initial sync, which `mirror_initial_sync` measures: what changes are found among matters.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.mirror_site import serve, site

CHANGED, DELETED = 950, 50
BUDGET = 10**9
BATCH = 5_000


def fill(connection: Any, ids: Sequence[str], rows: int) -> None:
    """Make rows of the first records, and of as many more as there are."""
    from tests.mirror.shop.models import Lead

    others = (str(number) for number in range(rows - len(ids)))
    leads = (
        Lead(connection=connection, zoho_id=lead_id, name=f"Lead {lead_id}")
        for lead_id in itertools.chain(ids, others)
    )
    while some := list(itertools.islice(leads, BATCH)):
        Lead.objects.bulk_create(some)


def measure(rows: int) -> None:
    with serve() as zoho:
        zoho.seed(rows)
        with site(zoho) as mirror:
            from django.db import connection
            from django.test.utils import CaptureQueriesContext
            from django.utils import timezone

            from django_zcrm import zcrm
            from django_zcrm.mirror.models import MirrorState
            from tests.mirror.shop.models import Lead

            crm = zcrm.for_connection(mirror.connection)
            first = crm.objects("Leads").order_by("id").values("id")[: CHANGED + DELETED]
            ids = [str(record["id"]) for record in first]
            fill(mirror.connection, ids, rows)
            states = MirrorState.objects.filter(pk=mirror.state.pk)
            now = timezone.now()
            states.update(phase="live", synced_until=now, deleted_until=now, reconciled_at=now)
            mirror.sync()  # reads the metadata of the fields, which are kept for ten minutes
            crm.records.update(
                "Leads", [{"id": lead_id, "Company": "New"} for lead_id in ids[:CHANGED]]
            )
            crm.records.delete("Leads", ids[CHANGED:])
            zoho.requests()
            for name in ("changes", "nothing new"):
                started = time.monotonic()
                with (
                    zcrm.budget(credits=BUDGET) as spent,
                    CaptureQueriesContext(connection) as queries,
                ):
                    mirror.sync()
                seconds = time.monotonic() - started
                print(
                    f"{rows:,} leads, {connection.vendor}, {name}: {seconds:.2f} s, "
                    f"{zoho.requests()} requests, {spent.credits} credits, {len(queries)} queries"
                )
            if Lead.objects.filter(company="New").count() != CHANGED:
                raise SystemExit("changes are missing")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a poll of what changed.")
    parser.add_argument("--rows", default="10000,100000,1000000")
    for rows in parser.parse_args().rows.split(","):
        measure(int(rows))


if __name__ == "__main__":
    main()
