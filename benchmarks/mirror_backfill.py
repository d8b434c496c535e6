"""How long the first reading of a module takes, with how much memory, credits and requests.

    python -m benchmarks.mirror_backfill --rows 100000

Then compares all ids. The emulator runs in a process of its own; see `mirror_site`.
"""

from __future__ import annotations

import argparse
import time

from benchmarks.mirror_site import Memory, served, site

BUDGET = 10**9


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the first reading of a module.")
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with served() as zoho:
        zoho.seed(rows)
        with site(zoho) as mirror:
            from django.db import connection

            from django_zcrm import zcrm
            from tests.mirror.shop.models import Lead

            zoho.requests()
            memory = Memory()
            first: list[float] = []

            def watch(status: object) -> None:
                if not first and Lead.objects.exists():
                    first.append(memory.most)

            print(f"{rows:,} leads, {connection.vendor}")
            for name in ("first reading", "comparing all ids"):
                memory.restart()
                first.clear()
                started, worked = time.monotonic(), time.process_time()
                with zcrm.budget(credits=BUDGET) as spent:
                    if name == "first reading":
                        mirror.sync(watch)
                    elif mirror.reconcile():
                        raise SystemExit("there is drift")
                seconds, work = time.monotonic() - started, time.process_time() - worked
                print(
                    f"{name}: {seconds:.1f} s ({seconds / rows * 1000:.3f} ms a row), of which "
                    f"{work:.1f} s on a processor, "
                    f"{spent.credits} credits, {zoho.requests()} requests, memory "
                    f"{memory.begin:.0f} MB, at most {memory.most:.0f} MB"
                    + (f", after the first file {first[0]:.0f} MB" if first else "")
                )
            memory.end()
            if Lead.objects.count() != rows:
                raise SystemExit(f"{Lead.objects.count()} rows")


if __name__ == "__main__":
    main()
