"""What happens to shared limits when something goes wrong, with real processes.

`python -m benchmarks.limits_events` kills a process that holds half of the slots, lets a batch
take all that it may, lowers and raises the limit, and takes the Redis server away. It takes five
minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.limits import CALL, LIMIT, WORKER, connect, environment, slow_down
from django_zcrm.emulator import Emulator


class Site:
    """An emulator in this process, whose limit can change, and worker processes."""

    def __init__(self, folder: str, store: str, database: str) -> None:
        self.folder = Path(folder)
        self.emulator = Emulator(data="empty", limit_concurrency=LIMIT, limit_sub_concurrency=10)
        self.store, self.database = store, database
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.url = ""

    @contextmanager
    def serving(self) -> Iterator[Site]:
        """Serve the emulator, and connect an account."""
        with self.emulator.serve() as server:
            self.url = server.url
            slow_down(self.url, CALL)
            database = self.database or f"sqlite:///{self.folder}/db.sqlite3"
            self.env = environment(self.url, database, self.store)
            connect(self.env)
            try:
                yield self
            finally:
                for worker in self.workers.values():
                    worker.kill()
                    worker.wait()

    def start(self, name: str, threads: int, seconds: float, **env: str) -> None:
        """Start a process that makes calls from when `begin` is called."""
        out = str(self.folder / name)
        command = [sys.executable, "-m", WORKER, "call", str(len(self.workers)), str(threads)]
        command += [str(seconds), out]
        self.workers[name] = subprocess.Popen(  # noqa: S603
            command, env={**self.env, "ZCRM_READS": "1", **env}
        )

    def begin(self) -> float:
        """Let all processes begin; return when."""
        while len(list(self.folder.glob("*.ready"))) < len(self.workers):
            time.sleep(0.05)
        begins = time.time() + 1
        (self.folder / "begins").write_text(str(begins))
        time.sleep(1)
        return begins

    def end(self) -> None:
        """Let all processes end, though their time is not over."""
        (self.folder / "ends").touch()

    def told(self, name: str) -> dict[str, Any]:
        """Wait for a process, and return what it says."""
        self.workers[name].wait()
        said: dict[str, Any] = json.loads((self.folder / name).read_text())
        return said

    @property
    def running(self) -> int:
        """How many calls are at work now."""
        return sum(self.emulator.zoho.limits._running.values())

    def set_limit(self, limit: int) -> None:
        """Change what Zoho allows."""
        limits = self.emulator.zoho.limits
        limits._options = replace(limits._options, limit_concurrency=limit)


@contextmanager
def site(asked: argparse.Namespace, store: str = "") -> Iterator[Site]:
    """Make a site in a folder of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Site(folder, store or asked.store, asked.database).serving() as made,
    ):
        yield made


def rate(attempts: list[list[float]], start: float, end: float) -> float:
    """Return the calls a second that were served between two moments."""
    served = sum(start <= at < end and status in (200, 204) for at, status in attempts)
    return served / (end - start)


def killed(asked: argparse.Namespace) -> None:
    """One of two processes is killed; the other gets its slots when their time is over."""
    with site(asked) as here:
        here.start("killed", 20, 60)
        here.start("other", 20, 45)
        begins = here.begin()
        time.sleep(3)
        here.workers["killed"].send_signal(signal.SIGKILL)
        died = time.time()
        attempts = here.told("other")["attempts"]
        before = rate(attempts, begins + 1, died)
        whole = next(
            (at for at in range(1, 41) if rate(attempts, died + at, died + at + 1) > 1.8 * before),
            None,
        )
        refused = sum(status == 429 for _, status in attempts)
        print(
            f"| a process with half of the slots is killed | whole again after {whole} s; "
            f"{refused} refused |",
            flush=True,
        )


def batch(asked: argparse.Namespace) -> None:
    """A batch takes all it may beside pages; then pages take all beside a batch."""
    with site(asked) as here:
        here.start("batch 1", 16, 10, ZCRM_PRIORITY="batch")
        here.start("batch 2", 16, 10, ZCRM_PRIORITY="batch")
        here.start("pages", 4, 10, ZCRM_PAUSE="0.2")
        here.begin()
        waits = [max(took - CALL, 0) for took in here.told("pages")["durations"]]
        served = sum(len(here.told(name)["durations"]) for name in ("batch 1", "batch 2"))
        print(
            f"| a batch saturates | pages wait p50 {statistics.median(waits):.3f} s, "
            f"p95 {statistics.quantiles(waits, n=20)[-1]:.3f} s; batch: {served / 10:.0f} "
            "calls/s |",
            flush=True,
        )
    with site(asked) as here:
        here.start("pages 1", 16, 10)
        here.start("pages 2", 16, 10)
        here.start("batch", 8, 10, ZCRM_PRIORITY="batch")
        here.begin()
        served = sum(len(here.told(name)["durations"]) for name in ("pages 1", "pages 2"))
        own = len(here.told("batch")["durations"])
        print(
            f"| pages saturate | batch gets {own / (own + served):.0%} of the calls |", flush=True
        )


def lowered(asked: argparse.Namespace) -> None:
    """Zoho allows half as much for a while."""
    with site(asked) as here:
        for number in range(2):
            here.start(f"pages {number}", 20, 65)
        begins = here.begin()
        time.sleep(5)
        here.set_limit(LIMIT // 2)
        time.sleep(25)
        here.set_limit(LIMIT)
        attempts = [attempt for n in range(2) for attempt in here.told(f"pages {n}")["attempts"]]
        settled = [s for at, s in attempts if begins + 10 <= at < begins + 30]
        refused = settled.count(429)
        raised = begins + 30
        normal = rate(attempts, begins + 1, begins + 5)
        back = next(
            (s for s in range(1, 33) if rate(attempts, raised + s, raised + s + 2) > 0.9 * normal),
            None,
        )
        print(
            f"| limit lowered from {LIMIT} to {LIMIT // 2} | refused after 5 s: {refused} of "
            f"{len(settled)} ({refused / len(settled):.2%}); raised again: back after {back} s |",
            flush=True,
        )


def away(asked: argparse.Namespace) -> None:
    """The Redis server is away for some time."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def serve() -> subprocess.Popen[bytes]:
        command = ["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603

    server = serve()
    time.sleep(1)
    with site(asked, f"redis://127.0.0.1:{port}/0") as here:
        for number in range(4):
            here.start(f"pages {number}", 8, asked.away + 15)
        begins = here.begin()
        most, busy = 0, threading.Event()

        def watch() -> None:
            nonlocal most
            while not busy.wait(0.005):
                most = max(most, here.running)

        watcher = threading.Thread(target=watch)
        watcher.start()
        time.sleep(5)
        server.kill()
        server.wait()
        time.sleep(asked.away)
        server = serve()
        told = [here.told(f"pages {number}") for number in range(4)]
        busy.set()
        watcher.join()
        server.kill()
        attempts = [attempt for each in told for attempt in each["attempts"]]
        alone = rate(attempts, begins + 8, begins + 5 + asked.away)
        print(
            f"| Redis away for {asked.away} s | {sum(each['failed'] for each in told)} exceptions, "
            f"{sum(status == 429 for _, status in attempts)} refused, at most {most} at once; "
            f"{alone:.0f} calls/s meanwhile |",
            flush=True,
        )


EVENTS = {"killed": killed, "batch": batch, "lowered": lowered, "away": away}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.limits_events", description=__doc__)
    parser.add_argument("--store", default="database", help="or the URL of a Redis server")
    parser.add_argument("--database", default="", help="a DATABASE_URL; otherwise an SQLite file")
    parser.add_argument("--away", type=int, default=60, help="seconds without Redis")
    parser.add_argument("--only", default="", help=f"of {', '.join(EVENTS)}")
    asked = parser.parse_args()
    print(f"store: {asked.store}, {os.cpu_count()} cores\n\n| event | outcome |\n|---|---|")
    for name, event in EVENTS.items():
        if not asked.only or name in asked.only.split(","):
            event(asked)


if __name__ == "__main__":
    main()
