"""What a call costs, in CPU and wall time, as a ratio to a bare session's doing the same.

The contenders take turns in short rounds, so that whatever else the machine does hits all alike.
A contender's figure is the least of its rounds: such disturbances only add to it.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from benchmarks.server import FIELDS, PAGE, Addresses
from django_zcrm.limits.credit_counter import CreditCounter
from django_zcrm.limits.limiter import OrganisationLimiter
from django_zcrm.zoho.auth.tokens import AccessToken, StaticToken
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.http import messages
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from django_zcrm.zoho.limits.options import LimitOptions
from django_zcrm.zoho.secret import Secret

TIMEOUT = (5.0, 30.0)
TOKEN = "1000.8cb99d1a2b3c4d5e6f708192a3b4c5d6.2f7a5e0c1b9d8f7a6e5d4c3b2a190807"  # noqa: S105 - made up
LISTED = FIELDS[:10]
QUERY = "select Field_1, Field_2 from Leads where Field_1 is not null limit 200"
CRITERIA = "(Field_1:equals:value)"
WRITTEN = [
    {
        "Last_Name": f"Müller {number}",
        "Company": "Acme",
        "Annual_Revenue": 12500.5,
        "No_of_Employees": number,
        "Email_Opt_Out": False,
        **{name: f"value {number} of {name}" for name in LISTED},
    }
    for number in range(100)
]
CHANGED = [{"id": f"36523970000001{n:05}", **written} for n, written in enumerate(WRITTEN)]

Turn = Callable[[int], Any]
"""Makes so many calls, one after the other."""

BARE = "requests.Session"
ALONE = "a socket and json alone"
"""No client with this way to read JSON can be quicker."""

LISTED_PAGE = "list, a page of 200"
SLOW = ("page", "COQL", "create", "update", "upsert")
"""What takes so long that a fifth of the calls are enough."""


@dataclass(frozen=True)
class Cost:
    """Microseconds of one call, and how often the first contender's that is."""

    name: str
    cpu: float
    wall: float
    cpu_ratio: float
    wall_ratio: float


def times_of(subject: str, times: int) -> int:
    """Return how many calls of a kind are one turn: a fifth of `times` for what takes long."""
    return max(times // 5, 1) if any(name in subject for name in SLOW) else times


def repeat(call: Callable[[], Any]) -> Turn:
    """Return what makes a blocking call many times."""

    def turn(times: int) -> None:
        for _ in range(times):
            call()

    return turn


def _bare(session: requests.Session, url: str) -> dict[str, Callable[[], Any]]:
    leads = f"{url}/crm/v8/Leads"

    def get(path: str, **params: str | int) -> Any:
        answer = session.get(path, params=params, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()["data"]

    def send(method: str, path: str, body: Any) -> Any:
        answer = session.request(method, path, json=body, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()["data"]

    fields = ",".join(LISTED)
    return {
        "list, 1 record": lambda: get(leads, fields=fields, page=1, per_page=1),
        "get": lambda: get(f"{leads}/1"),
        LISTED_PAGE: lambda: get(leads, fields=fields, page=1, per_page=200),
        "search, 20 found": lambda: get(
            f"{leads}/search", criteria=CRITERIA, fields=fields, page=1, per_page=20
        ),
        "COQL, 200 rows": lambda: send("POST", f"{url}/crm/v8/coql", {"select_query": QUERY}),
        "create 100": lambda: send("POST", leads, {"data": WRITTEN}),
        "update 100": lambda: send("PUT", leads, {"data": CHANGED}),
        "upsert 100": lambda: send("POST", f"{leads}/upsert", {"data": WRITTEN}),
    }


def _ours(crm: Any) -> dict[str, Callable[[], Any]]:
    """Return the calls of a client, or their coroutines of an asynchronous one."""
    return {
        "list, 1 record": lambda: crm.records.list("Leads", fields=LISTED, page=1, per_page=1),
        "get": lambda: crm.records.get("Leads", "1"),
        LISTED_PAGE: lambda: crm.records.list("Leads", fields=LISTED, page=1, per_page=200),
        "search, 20 found": lambda: crm.records.search(
            "Leads", criteria=CRITERIA, fields=LISTED, page=1, per_page=20
        ),
        "COQL, 200 rows": lambda: crm.coql.query(QUERY),
        "create 100": lambda: crm.records.create("Leads", WRITTEN),
        "update 100": lambda: crm.records.update("Leads", CHANGED),
        "upsert 100": lambda: crm.records.upsert("Leads", WRITTEN),
    }


def _alone(left: ExitStack, url: str, certificate: Path) -> Callable[[], Any]:
    """Return what reads a page of 200 by a socket that is closed when all else is."""
    server, head = urlsplit(url), PAGE.index(b"\r\n\r\n") + 4
    sock = left.enter_context(socket.create_connection((server.hostname, server.port)))
    if server.scheme == "https":
        context = ssl.create_default_context(cafile=certificate)
        sock = left.enter_context(context.wrap_socket(sock, server_hostname=server.hostname))
    response = left.enter_context(sock.makefile("rb", 64 * 1024))

    def call() -> Any:
        sock.sendall(b"GET /crm/v8/Leads?per_page=200 HTTP/1.1\r\n\r\n")
        response.read(head)
        return json.loads(response.read(len(PAGE) - head))["data"]

    return call


@contextmanager
def contenders(addresses: Addresses, scheme: str) -> Iterator[dict[str, dict[str, Turn]]]:
    """Give the contenders by what they do; the first of each is what the others are compared to."""
    url = addresses.https if scheme == "https" else addresses.http
    os.environ["REQUESTS_CA_BUNDLE"] = str(addresses.certificate)
    transport = RequestsTransport("django-zcrm/benchmark")
    crm = Client(
        Session(
            StaticToken(AccessToken(Secret(TOKEN), url)),
            transport,
            timeout=TIMEOUT,
            # As each process has it by default.
            limiter=OrganisationLimiter(LimitOptions(), "Enterprise", CreditCounter()),
        )
    )
    with ExitStack() as left:
        session, quiet = (
            left.enter_context(requests.Session()),
            left.enter_context(requests.Session()),
        )
        quiet.trust_env = False
        quiet.verify = str(addresses.certificate)
        for bare in (session, quiet):
            bare.headers["Authorization"] = f"Zoho-oauthtoken {TOKEN}"
        left.callback(transport.close)
        runner = left.enter_context(asyncio.Runner())

        def in_loop(call: Callable[[], Awaitable[Any]]) -> Turn:
            # A turn enters the event loop again, with cold caches, so turns have many calls.
            async def calls(times: int) -> None:
                for _ in range(times):
                    await call()

            return lambda times: runner.run(calls(times))

        blocking, asynchronous = _ours(crm), _ours(crm.aio)
        timings = {
            name: {
                BARE: repeat(call),
                "blocking": repeat(blocking[name]),
                "awaited": in_loop(asynchronous[name]),
            }
            for name, call in _bare(session, url).items()
        }
        for name, call in _bare(quiet, url).items():
            if name in {"get", LISTED_PAGE}:
                timings[name]["requests.Session, trust_env = False"] = repeat(call)
        timings[LISTED_PAGE][ALONE] = repeat(_alone(left, url, addresses.certificate))
        yield timings


@contextmanager
def _json_alone() -> Iterator[None]:
    """Read JSON as an installation without the extra [orjson] does."""
    original = vars(messages)["loads"]
    vars(messages)["loads"] = json.loads
    try:
        yield
    finally:
        vars(messages)["loads"] = original


def measure(calls: dict[str, Turn], rounds: int, times: int, *, orjson: bool = False) -> list[Cost]:
    """Measure in `rounds` turns of `times` calls each."""
    if not orjson:
        with _json_alone():
            return measure(calls, rounds, times, orjson=True)
    cpu: dict[str, list[float]] = {name: [] for name in calls}
    wall: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call(times)
    for number in range(rounds):
        order = list(calls)
        for name in order if number % 2 else reversed(order):
            started, worked = time.perf_counter(), time.process_time()
            calls[name](times)
            cpu[name].append((time.process_time() - worked) / times * 1e6)
            wall[name].append((time.perf_counter() - started) / times * 1e6)
    first = next(iter(calls))
    cpu_of = {name: min(taken) for name, taken in cpu.items()}
    wall_of = {name: min(taken) for name, taken in wall.items()}
    return [
        Cost(
            name,
            cpu_of[name],
            wall_of[name],
            cpu_of[name] / cpu_of[first],
            wall_of[name] / wall_of[first],
        )
        for name in calls
    ]
