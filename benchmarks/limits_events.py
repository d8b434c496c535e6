"""What happens to shared limits when something goes wrong, with real processes.

`python -m benchmarks.limits_events` kills a process that holds half of the slots, lets a batch
take all that it may, lowers and raises the limit, and takes the Redis server away. It takes five
minutes.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.app.limits.load_runs import CALL, LIMIT
from tests.app.limits.load_site import Site, rate


@contextmanager
def site(options: argparse.Namespace, store: str = "") -> Iterator[Site]:
    """Make a site in a temporary folder."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Site(folder, store or options.store, options.database).serving() as made,
    ):
        yield made


def kill_process(options: argparse.Namespace) -> None:
    """One of two processes is killed; the other gets its slots when their time is over."""
    with site(options) as here:
        here.start("killed", 20, 60)
        here.start("other", 20, 45)
        begins = here.begin()
        time.sleep(3)
        here.workers["killed"].send_signal(signal.SIGKILL)
        died = time.time()
        attempts = here.read_result("other")["attempts"]
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


def batch(options: argparse.Namespace) -> None:
    """A batch takes all it may while pages are served; then pages do during a batch."""
    with site(options) as here:
        here.start("batch 1", 16, 10, ZCRM_PRIORITY="batch")
        here.start("batch 2", 16, 10, ZCRM_PRIORITY="batch")
        here.start("pages", 4, 10, ZCRM_PAUSE="0.2")
        here.begin()
        waits = [max(took - CALL, 0) for took in here.read_result("pages")["durations"]]
        served = sum(len(here.read_result(name)["durations"]) for name in ("batch 1", "batch 2"))
        print(
            f"| a batch saturates | pages wait p50 {statistics.median(waits):.3f} s, "
            f"p95 {statistics.quantiles(waits, n=20)[-1]:.3f} s; batch: {served / 10:.0f} "
            "calls/s |",
            flush=True,
        )
    with site(options) as here:
        here.start("pages 1", 16, 10)
        here.start("pages 2", 16, 10)
        here.start("batch", 8, 10, ZCRM_PRIORITY="batch")
        here.begin()
        served = sum(len(here.read_result(name)["durations"]) for name in ("pages 1", "pages 2"))
        own = len(here.read_result("batch")["durations"])
        print(
            f"| pages saturate | batch gets {own / (own + served):.0%} of the calls |", flush=True
        )


def lower_limit(options: argparse.Namespace) -> None:
    """Zoho allows half as much for a while."""
    with site(options) as here:
        for number in range(2):
            here.start(f"pages {number}", 20, 65)
        begins = here.begin()
        time.sleep(5)
        here.set_limit(LIMIT // 2)
        time.sleep(25)
        here.set_limit(LIMIT)
        attempts = [
            attempt for n in range(2) for attempt in here.read_result(f"pages {n}")["attempts"]
        ]
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


def away(options: argparse.Namespace) -> None:
    """The Redis server is away for some time."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def serve() -> subprocess.Popen[bytes]:
        command = ["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603

    server = serve()
    time.sleep(1)
    with site(options, f"redis://127.0.0.1:{port}/0") as here:
        for number in range(4):
            here.start(f"pages {number}", 8, options.away + 15)
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
        time.sleep(options.away)
        server = serve()
        results = [here.read_result(f"pages {number}") for number in range(4)]
        busy.set()
        watcher.join()
        server.kill()
        attempts = [attempt for each in results for attempt in each["attempts"]]
        alone = rate(attempts, begins + 8, begins + 5 + options.away)
        failed = sum(result["failed"] for result in results)
        print(
            f"| Redis away for {options.away} s | {failed} exceptions, "
            f"{sum(status == 429 for _, status in attempts)} refused, at most {most} at once; "
            f"{alone:.0f} calls/s without Redis |",
            flush=True,
        )


EVENTS = {"killed": kill_process, "batch": batch, "lowered": lower_limit, "away": away}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.limits_events", description=__doc__)
    parser.add_argument("--store", default="database", help="or the URL of a Redis server")
    parser.add_argument("--database", default="", help="a DATABASE_URL; otherwise an SQLite file")
    parser.add_argument("--away", type=int, default=60, help="seconds without Redis")
    parser.add_argument("--only", default="", help=f"of {', '.join(EVENTS)}")
    options = parser.parse_args()
    print(f"store: {options.store}, {os.cpu_count()} cores\n\n| event | outcome |\n|---|---|")
    for name, event in EVENTS.items():
        if not options.only or name in options.only.split(","):
            event(options)


if __name__ == "__main__":
    main()
