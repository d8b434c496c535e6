"""What a call costs, in CPU and wall time, as a ratio to a bare session's doing the same.

The contenders take turns in short rounds, so that whatever else the machine does hits all alike.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

import requests

from benchmarks.server import FIELDS
from django_zcrm.zoho import http
from django_zcrm.zoho.auth import AccessToken, StaticToken
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.secret import Secret
from django_zcrm.zoho.session import Session
from django_zcrm.zoho.transports.blocking import RequestsTransport

TIMEOUT = (5.0, 30.0)
LISTED = FIELDS[:10]

Contender = Callable[[], Any]


@dataclass(frozen=True)
class Cost:
    """Microseconds of one call: the median of all rounds."""

    name: str
    cpu: float
    wall: float
    cpu_ratio: float
    wall_ratio: float


def _bare(url: str, *, environment: bool) -> tuple[Contender, Contender, requests.Session]:
    session = requests.Session()
    session.trust_env = environment
    session.headers["Authorization"] = "Zoho-oauthtoken token"

    def get() -> Any:
        answer = session.get(f"{url}/crm/v8/Leads/1", timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()["data"][0]

    def page() -> Any:
        params: dict[str, str | int] = {"fields": ",".join(LISTED), "page": 1, "per_page": 200}
        answer = session.get(f"{url}/crm/v8/Leads", params=params, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()["data"]

    return get, page, session


def _ours(url: str) -> tuple[Contender, Contender, RequestsTransport]:
    transport = RequestsTransport("django-zcrm/benchmark")
    tokens = StaticToken(AccessToken(Secret("token"), url))
    crm = Client(Session(tokens, transport, timeout=TIMEOUT))

    def get() -> Any:
        return crm.records.get("Leads", "1")

    def page() -> Any:
        return crm.records.list("Leads", fields=LISTED, page=1, per_page=200).rows

    return get, page, transport


@contextmanager
def contenders(url: str) -> Iterator[dict[str, dict[str, Contender]]]:
    """Give the contenders by what they do; the first of each is what the others are compared to."""
    bare_get, bare_page, bare = _bare(url, environment=True)
    quiet_get, quiet_page, quiet = _bare(url, environment=False)
    our_get, our_page, transport = _ours(url)

    def page_by_json() -> Any:
        kept = vars(http)["loads"]
        vars(http)["loads"] = json.loads
        try:
            return our_page()
        finally:
            vars(http)["loads"] = kept

    try:
        yield {
            "one record": {
                "requests.Session": bare_get,
                "the same, trust_env off": quiet_get,
                "crm.records.get": our_get,
            },
            "a page of 200": {
                "requests.Session": bare_page,
                "the same, trust_env off": quiet_page,
                "crm.records.list": our_page,
                "crm.records.list, read without orjson": page_by_json,
            },
        }
    finally:
        bare.close()
        quiet.close()
        transport.session(url).close()


def measure(calls: dict[str, Contender], rounds: int, times: int) -> list[Cost]:
    """Measure in `rounds` turns of `times` calls each."""
    cpu: dict[str, list[float]] = {name: [] for name in calls}
    wall: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        for _ in range(times):
            call()
    for number in range(rounds):
        order = list(calls)
        for name in order if number % 2 else reversed(order):
            call = calls[name]
            started, worked = time.perf_counter(), time.process_time()
            for _ in range(times):
                call()
            cpu[name].append((time.process_time() - worked) / times * 1e6)
            wall[name].append((time.perf_counter() - started) / times * 1e6)
    first = next(iter(calls))
    return [
        Cost(
            name,
            median(cpu[name]),
            median(wall[name]),
            median(ours / bare for ours, bare in zip(cpu[name], cpu[first], strict=True)),
            median(ours / bare for ours, bare in zip(wall[name], wall[first], strict=True)),
        )
        for name in calls
    ]
