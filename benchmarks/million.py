"""Reads a million leads by every route: `python -m benchmarks.million` prints memory and credits.

Each route is read in a fresh process; memory is what its resident set has grown by at its largest,
from before the first request on. The leads come from another process (see `leads`). Ends with an
error where more than the promised memory or credits are taken.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.leads import serving

MAX_MEMORY = 50.0
"""Megabytes."""

LISTS_REACH = 100_000


@dataclass(frozen=True)
class Way:
    """A way to read all leads, and the credits that it may take for a million of them."""

    name: str
    via: str
    credits: int = 0
    kind: str = "untyped"
    awaits: bool = False


WAYS = (
    Way("COQL", "coql", 1_500),
    Way("COQL, typed", "coql", 1_500, "typed"),
    Way("COQL, awaited", "coql", 1_500, awaits=True),
    Way("bulk", "bulk", 300),
    Way("bulk, typed", "bulk", 300, "typed"),
    Way("bulk, awaited", "bulk", 300, awaits=True),
    Way("list, to its end", "list"),
    Way("what is cheapest", "auto", 300),
)


def _leads(url: str, way: Way) -> Any:
    from django_zcrm.records import Boolean, Currency, Date, DateTime, Email, Integer, Record, Text
    from django_zcrm.zoho.auth.tokens import AccessToken, StaticToken
    from django_zcrm.zoho.calls.session import Session
    from django_zcrm.zoho.client import Client
    from django_zcrm.zoho.http.transports.blocking import RequestsTransport
    from django_zcrm.zoho.secret import Secret

    class Lead(Record):
        last_name = Text("Last_Name")
        company = Text("Company")
        email = Email("Email")
        city = Text("City")
        employees = Integer("No_of_Employees")
        revenue = Currency("Annual_Revenue")
        follow_up = Date("Follow_Up_Date")
        created = DateTime("Created_Time")
        opted_out = Boolean("Email_Opt_Out")

        class Zoho:
            module = "Leads"

    transport = RequestsTransport("django-zcrm/benchmark")
    crm: Any = Client(Session(StaticToken(AccessToken(Secret("token"), url)), transport))
    client = crm.aio if way.awaits else crm
    return client.objects(Lead if way.kind == "typed" else "Leads")


def _read(pipe: Connection, url: str, way: Way) -> None:
    from django_zcrm.zoho.errors import TooManyRecords

    leads = _leads(url, way)
    count = 0

    async def read_all() -> None:
        nonlocal count
        async for _ in leads.aiterator(via=way.via):
            count += 1

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    try:
        if way.awaits:
            asyncio.run(read_all())
        else:
            for _ in leads.iterator(via=way.via):
                count += 1
    except TooManyRecords:
        if way.via != "list":
            raise
    taken = time.perf_counter() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    # Kilobytes, but bytes on macOS.
    pipe.send((count, grown / (1024 if sys.platform != "darwin" else 1024**2), taken))


def _measure(way: Way, total: int) -> tuple[int, float, float, int, int]:
    context = multiprocessing.get_context("spawn")
    with serving(total) as leads:
        ours, theirs = context.Pipe(duplex=False)
        reader = context.Process(target=_read, args=(theirs, leads.url, way))
        reader.start()
        theirs.close()
        count, grown, seconds = ours.recv()
        reader.join()
        return count, grown, seconds, *leads.spent()


def main() -> None:
    """Measure and print; exit with an error where a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.million", description=__doc__)
    parser.add_argument("--leads", type=int, default=1_000_000, help="how many are read")
    parser.add_argument("--only", default="", help="ways whose names begin so")
    options = parser.parse_args()
    print("| route | leads | memory grown by, MB | requests | credits | seconds |")
    print("|---|---|---|---|---|---|")
    broken = []
    for way in (candidate for candidate in WAYS if candidate.name.startswith(options.only)):
        count, grown, seconds, requests, credits = _measure(way, options.leads)
        print(
            f"| {way.name} | {count:,} | {grown:.1f} | {requests:,} | {credits:,} "
            f"| {seconds:.0f} |",
            flush=True,
        )
        expected = min(options.leads, LISTS_REACH) if way.via == "list" else options.leads
        if count != expected:
            broken.append(f"{way.name}: {count:,} leads instead of {expected:,}")
        if grown > MAX_MEMORY:
            broken.append(f"{way.name}: {grown:.1f} MB, more than {MAX_MEMORY:.0f}")
        # One more is for the metadata, which is kept for ten minutes.
        if way.credits and options.leads <= 1_000_000 and credits > way.credits + 1:
            broken.append(f"{way.name}: {credits:,} credits")
    if broken:
        sys.exit("\n".join(broken))


if __name__ == "__main__":
    main()
