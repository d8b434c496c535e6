"""The emulator under load: threads do mixed calls over a socket, and record what they wrote.

`python -m benchmarks.emulator_load` prints calls per second, next to those of a bare werkzeug
application that answers "hello" to the same client. Each server runs in a separate process.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import platform
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from werkzeug.serving import WSGIRequestHandler, make_server

from django_zcrm.emulator import Emulator

THREADS = 8
CALLS = 1_000
SCOPES = "ZohoCRM.modules.ALL,ZohoCRM.coql.READ,ZohoSearch.securesearch.READ"
BOUNDARY = "a-boundary-that-no-file-has"


class Caller:
    """One client with one connection, which the server may close after each answer."""

    def __init__(self, url: str, token: str = "") -> None:
        parts = urlsplit(url)
        self.connection = HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        self.headers = {"Authorization": f"Zoho-oauthtoken {token}"} if token else {}

    def call(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> tuple[int, Any]:
        """Return status and JSON of the answer, None when it has no body."""
        headers = self.headers | ({"Content-Type": content_type} if body is not None else {})
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        self.connection.request(method, path, sent, headers)
        with self.connection.getresponse() as answer:
            content = answer.read()
            return answer.status, json.loads(content) if content else None

    def close(self) -> None:
        """Hang up."""
        self.connection.close()


@dataclass
class Worker:
    """Does mixed calls, chosen by its number; Zoho must hold all `cities` and none of `deleted`."""

    number: int
    caller: Caller
    cities: dict[str, str] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def work(self, calls: int) -> None:
        """Do so many calls."""
        chance = random.Random(self.number)  # noqa: S311 - which call comes next is no secret
        kinds: list[Callable[[random.Random], None]] = [
            *[self._create] * 3,
            *[self._update] * 2,
            *[self._read] * 4,
            *[self._list] * 3,
            *[self._search] * 2,
            self._create_five,
            self._upsert,
            self._delete,
            self._query,
            self._count,
            self._note,
            self._attach,
        ]
        for _ in range(calls):
            call = chance.choice(kinds) if self.cities else self._create
            call(chance)
        self.caller.close()

    def _call(self, status: int, method: str, path: str, *body: Any) -> Any:
        started = time.perf_counter()
        got, answer = self.caller.call(method, f"/crm/v8/{path}", *body)
        self.seconds.append(time.perf_counter() - started)
        if got != status:
            self.errors.append(f"{method} {path}: {got} {answer}")
            return None
        return answer

    def _fresh(self, chance: random.Random) -> dict[str, str]:
        name = f"{chance.getrandbits(60):015x}"
        return {"Last_Name": name, "Company": f"Load {self.number}", "City": "new"}

    def _mine(self, chance: random.Random) -> str:
        return chance.choice(list(self.cities))

    def _write(self, path: str, rows: list[dict[str, str]], status: int = 201) -> None:
        if answer := self._call(status, "POST", path, {"data": rows}):
            for row, item in zip(rows, answer["data"], strict=True):
                self.cities[item["details"]["id"]] = row["City"]

    def _create(self, chance: random.Random) -> None:
        self._write("Leads", [self._fresh(chance)])

    def _create_five(self, chance: random.Random) -> None:
        self._write("Leads", [self._fresh(chance) for _ in range(5)])

    def _upsert(self, chance: random.Random) -> None:
        email = f"load{self.number}.{chance.randrange(10**12)}@example.com"
        self._write("Leads/upsert", [self._fresh(chance) | {"Email": email}], 200)

    def _update(self, chance: random.Random) -> None:
        mine, city = self._mine(chance), f"{chance.getrandbits(40):010x}"
        if self._call(200, "PUT", f"Leads/{mine}", {"data": [{"City": city}]}):
            self.cities[mine] = city

    def _delete(self, chance: random.Random) -> None:
        mine = self._mine(chance)
        if self._call(200, "DELETE", f"Leads/{mine}"):
            del self.cities[mine]
            self.deleted.add(mine)

    def _read(self, chance: random.Random) -> None:
        mine = self._mine(chance)
        answer = self._call(200, "GET", f"Leads/{mine}")
        if answer and answer["data"][0]["City"] != self.cities[mine]:
            self.errors.append(f"{mine} is not as it was written")

    def _list(self, chance: random.Random) -> None:
        query = {"fields": "Last_Name,Company,City", "per_page": chance.choice((10, 50, 200))}
        self._call(200, "GET", f"Leads?{urlencode(query)}")

    def _search(self, chance: random.Random) -> None:
        criteria = f"((Company:equals:Load {self.number})and(City:equals:new))"
        path = f"Leads/search?criteria={quote(criteria)}&per_page=20"
        self._call(200 if "new" in self.cities.values() else 204, "GET", path)

    def _query(self, chance: random.Random) -> None:
        text = f"select City from Leads where Company = 'Load {self.number}' limit 50"  # noqa: S608
        self._call(200, "POST", "coql", {"select_query": text})

    def _count(self, chance: random.Random) -> None:
        self._call(200, "GET", "Leads/actions/count")

    def _note(self, chance: random.Random) -> None:
        note = {"Note_Content": "as long as a note is"}
        self._call(201, "POST", f"Leads/{self._mine(chance)}/Notes", {"data": [note]})

    def _attach(self, chance: random.Random) -> None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        body = head.encode() + b"x" * 2_000 + f"\r\n--{BOUNDARY}--\r\n".encode()
        content_type = f"multipart/form-data; boundary={BOUNDARY}"
        self._call(200, "POST", f"Leads/{self._mine(chance)}/Attachments", body, content_type)


@dataclass(frozen=True)
class Load:
    """What came of a run."""

    calls: int
    seconds: float
    errors: list[str]
    lost: list[str]
    written: int
    latencies: list[float]
    processor_seconds: float

    @property
    def rate(self) -> float:
        """Calls per second."""
        return self.calls / self.seconds


def access_token(url: str) -> str:
    """Get a token for all that the workers do."""
    with contextlib.closing(Caller(url)) as caller:
        _, granted = caller.call("POST", "/emulator/grant-codes", {"scope": SCOPES})
        form = {
            "grant_type": "authorization_code",
            "client_id": "1000.EMULATORCLIENT",
            "client_secret": "emulator-secret",
            **granted,
        }
        _, tokens = caller.call("POST", f"/oauth/v2/token?{urlencode(form)}")
        token: str = tokens["access_token"]
        return token


def load(url: str, threads: int = THREADS, calls: int = CALLS, pid: int = 0) -> Load:
    """Let so many threads do so many calls each, then check that Zoho has all that they wrote.

    `pid` is the process of the emulator, to measure what the calls cost it.
    """
    token = access_token(url)
    workers = [Worker(number, Caller(url, token)) for number in range(threads)]
    before, started = processor_seconds(pid), time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda worker: worker.work(calls), workers))
    seconds = time.perf_counter() - started
    worked = processor_seconds(pid) - before
    latencies = [each for worker in workers for each in worker.seconds]
    errors = [error for worker in workers for error in worker.errors]
    written = sum(len(worker.cities) + len(worker.deleted) for worker in workers)
    with contextlib.closing(Caller(url, token)) as caller:
        lost = list(missing(caller, workers))
    return Load(len(latencies), seconds, errors, lost, written, latencies, worked)


def missing(caller: Caller, workers: list[Worker]) -> Iterator[str]:
    """Describe written records that are missing or differ, and deleted ones that are not listed."""
    cities = {
        row["id"]: row["City"]
        for row in pages(caller, "Leads", {"fields": "Company,City"})
        if row["Company"].startswith("Load ")
    }
    deleted = {row["id"] for row in pages(caller, "Leads/deleted", {"type": "all"})}
    for worker in workers:
        for lead, city in worker.cities.items():
            if cities.pop(lead, None) != city:
                yield f"{lead} is not there as it was written"
        yield from (f"{lead} is not among the deleted" for lead in worker.deleted - deleted)
    yield from (f"{lead} was written by nobody, or twice" for lead in cities)


def pages(caller: Caller, path: str, query: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Walk through all rows of a list, by token where the list gives one."""
    turn: dict[str, Any] = {}
    while True:
        status, answer = caller.call("GET", f"/crm/v8/{path}?{urlencode({**query, **turn})}")
        if status == 204:
            return
        yield from answer["data"]
        info = answer["info"]
        if not info["more_records"]:
            return
        token = info.get("next_page_token")
        turn = {"page_token": token} if token else {"page": info["page"] + 1}


def greet(url: str, threads: int = THREADS, calls: int = CALLS) -> float:
    """Return how many hellos a second so many threads get."""

    def work(_: int) -> None:
        with contextlib.closing(Caller(url)) as caller:
            for _ in range(calls):
                caller.call("GET", "/")

    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    return threads * calls / (time.perf_counter() - started)


def processor_seconds(pid: int) -> float:
    """Return how long the processor has worked for a process; 0 without one, or without Linux."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _hello(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "7")])
    return [b'"hello"']


class _Quiet(WSGIRequestHandler):
    def log_request(self, *args: object) -> None:
        pass


class _KeepAlive(_Quiet):
    protocol_version = "HTTP/1.1"


def serve_emulator(address: Connection) -> None:
    """Serve an emulator for ever; print its address."""
    with Emulator(data="empty").listen("127.0.0.1", 0) as server:
        address.send(server.url)
        server.serve_forever()


def serve_hello(address: Connection) -> None:
    """Serve hello by werkzeug as it comes: a connection, and a thread, for each call."""
    _serve_werkzeug(address, _Quiet)


def serve_hello_kept_alive(address: Connection) -> None:
    """Serve "hello" by werkzeug with persistent connections."""
    _serve_werkzeug(address, _KeepAlive)


def _serve_werkzeug(address: Connection, handler: type[WSGIRequestHandler]) -> None:
    server = make_server("127.0.0.1", 0, _hello, threaded=True, request_handler=handler)
    address.send(f"http://127.0.0.1:{server.server_port}")
    server.serve_forever()


@contextlib.contextmanager
def serving(serve: Callable[[Connection], None]) -> Iterator[tuple[str, int]]:
    """Serve in another process while the block runs; give the URL and the process's id."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=serve, args=(sender,), daemon=True)
    process.start()
    try:
        yield receiver.recv(), process.pid or 0
    finally:
        process.terminate()
        process.join()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.emulator_load")
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--calls", type=int, default=CALLS, help="of each thread")
    options = parser.parse_args()
    with serving(serve_hello) as (url, _):
        hello = greet(url, options.threads, options.calls)
    with serving(serve_hello_kept_alive) as (url, _):
        reused = greet(url, options.threads, options.calls)
    with serving(serve_emulator) as (url, pid):
        result = load(url, options.threads, options.calls, pid)
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{options.threads} threads x {options.calls} calls\n")
    print("| | calls per second |\n|---|---|")
    print(f"| the emulator, mixed calls | {result.rate:.0f} |")
    print(f"| a werkzeug application that says hello | {hello:.0f} |")
    print(f"| the same, connections kept | {reused:.0f} |")
    cuts = quantiles(result.latencies, n=100)
    microseconds = result.processor_seconds / result.calls * 1e6
    print(f"\nprocessor time of the emulator: {microseconds:.0f} us a call")
    print(f"median {cuts[49] * 1000:.1f} ms, 99 of 100 within {cuts[98] * 1000:.1f} ms")
    print(f"{result.written} leads written, {len(result.errors)} errors, {len(result.lost)} lost")
    for trouble in [*result.errors, *result.lost][:10]:
        print(trouble)
    if result.errors or result.lost:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
