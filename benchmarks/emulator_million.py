"""The emulator with a million leads: the requests of a mirror, and how long each takes.

`python -m benchmarks.emulator_million` seeds them, then reads pages of changes by COQL and by list,
counts by windows of Created_Time, and exports everything in five bulk reads. The calls are WSGI's,
in the same process, so that no socket is measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django_zcrm.emulator.engine.values import format_moment
from django_zcrm.testing.standalone import ZCRMEmulator, emulate

ROWS = 1_000_000
PAGE = 2_000
CHANGED = 10_000
WINDOWS = 5
COLUMNS = "Last_Name, Email, Company, City, Lead_Status, Owner, Created_Time, Modified_Time"


def megabytes() -> float:
    """The most memory that this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def format_seconds(seconds: float) -> str:
    """Return a duration as text."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


class Measured:
    """One emulator, and the figures about it."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.lines: list[tuple[str, str, str, str]] = []

    @contextmanager
    def timed(self, name: str, times: int = 1) -> Iterator[None]:
        """Note how long the block takes, each of so many `times`."""
        started, worked = time.perf_counter(), time.process_time()
        yield
        seconds = (time.perf_counter() - started) / times
        worked = (time.process_time() - worked) / times
        self.lines.append(
            (name, format_seconds(seconds), format_seconds(worked), f"{megabytes():.0f}")
        )

    def run(self) -> None:
        """Measure everything."""
        with emulate() as zcrm:
            session = zcrm.session()
            session.headers["Authorization"] = f"Zoho-oauthtoken {zcrm.access_token()}"

            def call(method: str, path: str, **options: Any) -> Any:
                answer = session.request(method, zcrm.url + path, timeout=600, **options)
                answer.raise_for_status()
                return answer.json() if answer.content else {"data": []}

            with self.timed(f"seed {self.rows:,} leads"):
                call("POST", "/emulator/records", json={"module": "Leads", "count": self.rows})
            self._deltas(zcrm, call)
            self._windows(zcrm, call)
            self._exports(zcrm, session, call)

    def _query(self, call: Callable[..., Any], condition: str, columns: str = COLUMNS) -> Any:
        text = f"select {columns} from Leads where {condition}"  # noqa: S608 - all of it is ours
        return call("POST", "/crm/v8/coql", json={"select_query": text})["data"]

    def _deltas(self, zcrm: ZCRMEmulator, call: Callable[..., Any]) -> None:
        rows = list(zcrm.org.records.table("Leads").rows.values())
        since = rows[-CHANGED]["Modified_Time"]
        with self.timed("the first page of changes by COQL, which sorts all"):
            self._page(call, since, "0")
        at, record_id = since, "0"
        with self.timed(f"{CHANGED:,} changes by COQL, 2,000 a page, each page", CHANGED // PAGE):
            for _ in range(CHANGED // PAGE):
                page = self._page(call, at, record_id)
                at, record_id = page[-1]["Modified_Time"], page[-1]["id"]
        if self._page(call, at, record_id):
            raise RuntimeError(f"more than {CHANGED:,} changes")
        middle = rows[len(rows) // 2]["Modified_Time"]
        with self.timed("a page of changes in the middle, by COQL"):
            self._page(call, middle, "0")
        lead = {"data": [{"Last_Name": "New"}]}
        with self.timed("the same after a write, each of 20", 20):
            for _ in range(20):
                call("POST", "/crm/v8/Leads", json=lead)
                self._page(call, middle, "0")
        query = {"fields": "Last_Name,Modified_Time", "per_page": 200}
        changed = {"If-Modified-Since": since}
        for order in ({"sort_by": "Modified_Time", "sort_order": "asc"}, {}):
            name = "by Modified_Time" if order else "by id"
            with self.timed(f"a list's page of 200 with If-Modified-Since, {name}, each of 20", 20):
                token: dict[str, str] = {}
                for _ in range(20):
                    page = call(
                        "GET",
                        "/crm/v8/Leads",
                        params={**query, **order, **token},
                        headers=changed,
                    )
                    token = {"page_token": page["info"]["next_page_token"]}
        middle_id = rows[len(rows) // 2]["id"]
        with self.timed("a page of 2,000 by ids, from the middle, each of 5", 5):
            for _ in range(5):
                self._query(call, f"id > {middle_id} order by id limit {PAGE}")

    def _page(self, call: Callable[..., Any], at: str, record_id: str) -> Any:
        return self._query(
            call,
            f"Modified_Time > '{at}' or "
            f"(Modified_Time = '{at}' and id > {record_id}) "
            f"order by Modified_Time, id limit {PAGE}",
        )

    def _windows(self, zcrm: ZCRMEmulator, call: Callable[..., Any]) -> None:
        total = 0
        with self.timed("count by windows of a month, each of 14", 14):
            for month in range(14):
                end = zcrm.org.clock.now() + timedelta(days=30) - timedelta(days=30) * month
                rows = self._query(
                    call,
                    f"Created_Time > '{format_moment(end - timedelta(days=30))}' "
                    f"and Created_Time <= '{format_moment(end)}'",
                    "COUNT(id)",
                )
                total += rows[0]["COUNT(id)"]
        if total < self.rows:
            raise RuntimeError(f"{total} counted")

    def _exports(self, zcrm: ZCRMEmulator, session: Any, call: Callable[..., Any]) -> None:
        start = zcrm.org.clock.now() - timedelta(days=366)
        step = timedelta(days=370) / WINDOWS
        fields = COLUMNS.split(", ")
        size = 0
        with self.timed(f"export by {WINDOWS} bulk reads of a window of Created_Time"):
            for window in range(WINDOWS):
                bounds = [format_moment(start + step * n) for n in (window, window + 1)]
                criteria = {
                    "group_operator": "and",
                    "group": [
                        {
                            "field": {"api_name": "Created_Time"},
                            "comparator": comparator,
                            "value": bound,
                        }
                        for comparator, bound in zip(
                            ("greater_equal", "less_than"), bounds, strict=True
                        )
                    ],
                }
                size += self._export(zcrm, session, call, criteria, fields)
        self.lines.append(("their zips, MB", f"{size / 1e6:.0f}", "", f"{megabytes():.0f}"))

    def _export(
        self,
        zcrm: ZCRMEmulator,
        session: Any,
        call: Callable[..., Any],
        criteria: dict[str, Any],
        fields: list[str],
    ) -> int:
        size = 0
        token: dict[str, str] = {}
        while True:
            query = {
                "module": {"api_name": "Leads"},
                "fields": fields,
                "criteria": criteria,
                **token,
            }
            made = call("POST", "/crm/bulk/v8/read", json={"query": query})
            job_id = made["data"][0]["details"]["id"]
            result = None
            while result is None:
                result = call("GET", f"/crm/bulk/v8/read/{job_id}")["data"][0].get("result")
            size += len(session.get(zcrm.url + result["download_url"], timeout=600).content)
            if not result["more_records"]:
                return size
            token = {"page_token": result["next_page_token"]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.emulator_million")
    parser.add_argument("--rows", type=int, default=ROWS)
    options = parser.parse_args()
    if options.rows < 2 * CHANGED:
        parser.error(f"--rows must be at least {2 * CHANGED:,}, for {CHANGED:,} changes")
    measured = Measured(options.rows)
    measured.run()
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {sys.platform}\n")
    print("| | time | of the processor | memory so far, MB |\n|---|---|---|---|")
    for line in measured.lines:
        print(f"| {' | '.join(line)} |")


if __name__ == "__main__":
    main()
