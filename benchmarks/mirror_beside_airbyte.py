"""What the mirror and Airbyte's source for Zoho CRM miss, of the same records, in the same events.

    python3.11 -m venv /tmp/airbyte && /tmp/airbyte/bin/pip install airbyte-source-zoho-crm
    python -m benchmarks.mirror_beside_airbyte --airbyte /tmp/airbyte/bin/python

Both read the Leads of one emulator, on from where they were, before and after each event; then what
they have is compared with what is in Zoho. Of Airbyte's records the last with an id counts, as its
destinations with "Append + Deduped" have it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import requests

from benchmarks.mirror_site import Zoho, serve, site

WORKER = Path(__file__).with_name("airbyte_worker.py")
SCOPE = "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.org.READ"
CLIENT = {"client_id": "1000.EMULATORCLIENT", "client_secret": "emulator-secret"}
CREATION = {"method": "POST", "path": "/crm/*/Leads"}
LATE = 90
"""Seconds after its Modified_Time that a row is seen."""

Rows = dict[str, str]
"""Company by id."""


class Airbyte:
    """Airbyte's source in a separate process, and what a destination has of it."""

    def __init__(self, python: str, zoho: Zoho) -> None:
        grant = {
            "grant_type": "authorization_code",
            "code": zoho.control("POST", "grant-codes", scope=SCOPE)["code"],
            **CLIENT,
        }
        tokens = requests.post(f"{zoho.url}/oauth/v2/token", data=grant, timeout=10).json()
        process = subprocess.Popen(  # noqa: S603 - our own words
            [python, WORKER, zoho.url, tokens["refresh_token"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._in, self._out = cast(IO[str], process.stdin), cast(IO[str], process.stdout)
        self._process = process
        self.rows: Rows = {}
        self._answer()

    def sync(self) -> None:
        """Read what changed since the last sync."""
        print(file=self._in, flush=True)
        answer = self._answer()
        self.rows.update(answer["rows"])
        if answer["error"]:
            raise SystemExit(f"Airbyte's source: {answer['error']}")

    def _answer(self) -> Any:
        for line in self._out:
            if line.startswith(("{", '"')) and '"type"' not in line:  # its log is there, too
                return json.loads(line)
        raise SystemExit("Airbyte's source has ended")

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


@dataclass
class Run:
    """One emulator, with both that read it."""

    zoho: Zoho
    crm: Any
    mirror: Any
    airbyte: Airbyte
    changes: int = 0

    def sync(self) -> None:
        """Have both read, one after the other."""
        self.mirror.sync()
        self.airbyte.sync()

    def create(self, count: int) -> list[str]:
        """Create leads, and return their ids."""
        rows = [{"Last_Name": "Lead", "Company": "New"} for _ in range(count)]
        return list(self.crm.records.create("Leads", rows).ids)

    def change(self, ids: list[str]) -> None:
        """Give leads another company, which none had before."""
        self.changes += 1
        rows = [{"id": lead_id, "Company": f"Change {self.changes}"} for lead_id in ids]
        self.crm.records.update("Leads", rows)

    def wait(self, seconds: float) -> None:
        """Let Zoho's time pass."""
        self.zoho.control("POST", "clock", advance=seconds)


def late_rows(run: Run) -> None:
    """10 records can be seen 90 s after their Modified_Time"""
    run.create(10)
    run.sync()
    run.zoho.set_faults({**CREATION, "backdate_s": LATE})
    run.create(10)


def same_second(run: Run) -> None:
    """10 records are created in the second of the last that was read"""
    run.create(10)
    created = time.monotonic()
    run.sync()
    back = round(time.monotonic() - created)
    run.zoho.set_faults({**CREATION, "backdate_s": back})  # by the time that the sync took
    run.create(10)


def changed_meanwhile(run: Run) -> None:
    """3 of 1,000 records are changed while they are read for the first time"""
    ids = run.create(1_000)
    run.wait(200)
    reading = [
        {"method": "GET", "path": "/crm/*/Leads", "skip": 1, "delay_ms": 3_000},
        {"method": "POST", "path": "/crm/*/coql", "skip": 1, "delay_ms": 3_000},
    ]
    for sync in (run.mirror.sync, run.airbyte.sync):
        run.zoho.set_faults(*reading)
        with ThreadPoolExecutor(1) as pool:
            read = pool.submit(sync)
            time.sleep(1.5)
            # Whether the newest or the oldest come first: one of the two has been read.
            run.change([ids[0], ids[-1]])
            time.sleep(1.1)
            run.change([ids[500]])
            read.result()
        run.zoho.set_faults()


def deletions(run: Run) -> None:
    """10 of 100 records are deleted"""
    ids = run.create(100)
    run.sync()
    run.wait(200)
    run.crm.records.delete("Leads", ids[:10])


EVENTS: tuple[Callable[[Run], None], ...] = (
    late_rows,
    same_second,
    changed_meanwhile,
    deletions,
)


@contextmanager
def start(python: str) -> Iterator[Run]:
    """Start an emulator, and both that read it."""
    with serve() as zoho, site(zoho) as mirror:
        from django_zcrm import zcrm

        with closing(Airbyte(python, zoho)) as airbyte:
            crm = zcrm.for_connection(mirror.connection)
            crm.records.create("Leads", [{"Last_Name": "Before", "Company": "New"}])
            yield Run(zoho, crm, mirror, airbyte)


def compare(event: Callable[[Run], None], python: str) -> None:
    """Print what each of both misses after an event and three more syncs."""
    with start(python) as run:
        from tests.mirror.shop.models import Lead

        event(run)
        for _ in range(3):
            run.wait(200)  # longer than what is late, and than SETTLE_TIME
            run.sync()
        there = {str(lead["id"]): lead["Company"] for lead in run.crm.objects("Leads").values()}
        here = dict(Lead.objects.live().values_list("zoho_id", "company"))
        for name, rows in (("mirror", here), ("Airbyte's", run.airbyte.rows)):
            missing = sum(lead_id not in rows for lead_id in there)
            old = sum(rows.get(lead_id, company) != company for lead_id, company in there.items())
            gone = sum(lead_id not in there for lead_id in rows)
            print(f"| {event.__doc__} | {name} | {missing} | {old} | {gone} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare the mirror with Airbyte's source.")
    parser.add_argument("--airbyte", required=True, help="a Python with airbyte-source-zoho-crm")
    options = parser.parse_args()
    print("| event | reader | missing | old values | deleted, but kept |")
    print("|---|---|---|---|---|")
    for event in EVENTS:
        compare(event, options.airbyte)


if __name__ == "__main__":
    main()
