"""How long the initial sync of a module takes, with how much memory, credits and requests.

    python -m benchmarks.mirror_initial_sync --rows 100000

The rate of writing the rows of downloaded files (CSV, conversion, rows, state) is compared with
that of bare INSERTs of the same rows into a copy of the table, on PostgreSQL and MariaDB.
Then compares all ids. The emulator runs in a separate process; see `mirror_site`.
"""

from __future__ import annotations

import argparse
import time
from typing import Any
from unittest.mock import patch

from benchmarks.mirror_site import Memory, serve, site

BUDGET = 10**9
PAGE = 2_000
REPEATS = 3


def insert_bare() -> dict[str, float]:
    """Insert the leads into a copy of their table by bare statements; return rows a second."""
    from django.db import connection, transaction

    from tests.mirror.shop.models import Lead

    table = Lead._meta.db_table
    names = [str(field.column) for field in Lead._meta.concrete_fields if not field.primary_key]
    like = "(LIKE {} INCLUDING ALL)" if connection.vendor == "postgresql" else "LIKE {}"
    line = f"({', '.join(['%s'] * len(names))})"
    begin = f"INSERT INTO bare_rows ({', '.join(names)}) VALUES "  # noqa: S608 - the model's names

    def by_executemany(cursor: Any, rows: list[Any]) -> None:
        cursor.executemany(begin + line, rows)

    def by_many_rows(cursor: Any, rows: list[Any]) -> None:
        cells = [cell for row in rows for cell in row]
        cursor.execute(begin + ", ".join([line] * len(rows)), cells)

    rates: dict[str, float] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(names)} FROM {table}")  # noqa: S608 - the model's names
        rows = cursor.fetchall()
        for insert in (by_executemany, by_many_rows) * REPEATS:
            cursor.execute(f"CREATE TABLE bare_rows {like.format(table)}")
            started = time.monotonic()
            for start in range(0, len(rows), PAGE):
                with transaction.atomic():
                    insert(cursor, rows[start : start + PAGE])
            rate = len(rows) / (time.monotonic() - started)
            rates[insert.__name__] = max(rate, rates.get(insert.__name__, 0))
            cursor.execute("DROP TABLE bare_rows")
    return rates


def time_steps(mirror: Any, watch: Any) -> float:
    """Run the initial sync; return the seconds of writing the rows of files."""
    from django_zcrm.mirror.pull import initial_sync
    from django_zcrm.zoho.query.read import exporting

    write, read, spent, started = initial_sync._write, exporting.ExportedCSV, 0.0, 0.0

    def timed_read(*args: Any) -> Any:
        nonlocal started
        started = time.monotonic()
        return read(*args)

    def timed_write(*args: Any) -> Any:
        nonlocal spent
        result = write(*args)
        spent += time.monotonic() - started
        return result

    with (
        patch.object(initial_sync, "_write", timed_write),
        patch.object(exporting, "ExportedCSV", timed_read),
    ):
        mirror.sync(watch)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the initial sync of a module.")
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    with serve() as zoho:
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
            for name in ("initial sync", "comparing all ids"):
                memory.restart()
                first.clear()
                started, worked = time.monotonic(), time.process_time()
                with zcrm.budget(credits=BUDGET) as spent:
                    if name == "initial sync":
                        writing = time_steps(mirror, watch)
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
            if connection.vendor != "sqlite":
                rate = rows / writing
                print(f"writing the rows of files: {rate:,.0f} rows a second")
                for how, bare in insert_bare().items():
                    print(f"bare INSERT {how}: {bare:,.0f} rows a second; ratio {rate / bare:.2f}")
            if Lead.objects.count() != rows:
                raise SystemExit(f"{Lead.objects.count()} rows")


if __name__ == "__main__":
    main()
