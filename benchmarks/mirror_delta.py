"""What a look at a module's changes costs, however many records there are.

    python -m benchmarks.mirror_delta --rows 10000,100000

Each time 950 records are changed and 50 deleted; see `mirror_site`.
"""

from __future__ import annotations

import argparse
import time

from benchmarks.mirror_site import served, site

CHANGED, DELETED = 950, 50
BUDGET = 10**9


def measure(rows: int) -> None:
    with served() as zoho:
        zoho.seed(rows)
        with site(zoho) as mirror:
            from django.db import connection
            from django.test.utils import CaptureQueriesContext

            from django_zcrm import zcrm
            from tests.mirror.shop.models import Lead

            mirror.sync()
            crm = zcrm.for_connection(mirror.connection)
            ids = [str(row.zoho_id) for row in Lead.objects.order_by("pk")[: CHANGED + DELETED]]
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
    parser = argparse.ArgumentParser(description="Measure a look at what changed.")
    parser.add_argument("--rows", default="10000,100000")
    for rows in parser.parse_args().rows.split(","):
        measure(int(rows))


if __name__ == "__main__":
    main()
