"""Load on shared limits: processes and threads against an emulator with Zoho's limits."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from tests.emulator_process import emulator_process

LIMIT = 20
HEAVY = 10
CALL = 0.1
"""Seconds that the emulator takes for a call."""

WORKER = "tests.app.limits.load_worker"
CREDENTIALS = {"ZCRM_CLIENT_ID": "1000.EMULATORCLIENT", "ZCRM_CLIENT_SECRET": "emulator-secret"}


@dataclass
class Outcome:
    """What came of one run; times are seconds since the first call."""

    calls: int
    refused_early: int
    refused_late: int
    failed: int
    duplicates: int
    busy: float
    per_second: float


@contextmanager
def emulator(limit: int = LIMIT, heavy: int = HEAVY, call: float = CALL) -> Iterator[str]:
    """Serve an emulator in a separate process; yields its address."""
    limits = ["--limit-concurrency", str(limit), "--limit-sub-concurrency", str(heavy)]
    with emulator_process(*limits) as url:
        slow_down(url, call)
        yield url


def slow_down(url: str, seconds: float) -> None:
    """Let every call of records take so long."""
    fault = {"path": "/crm/v8/Leads*", "delay_ms": seconds * 1000, "times": None}
    requests.post(f"{url}/emulator/faults", json=fault, timeout=60).raise_for_status()


def environment(url: str, database: str, store: str) -> dict[str, str]:
    """Return the environment of a worker: the example site, and the contender."""
    return {
        **os.environ,
        **CREDENTIALS,
        "DJANGO_SETTINGS_MODULE": "tests.app.limits.load_settings",
        "ZCRM_ACCOUNTS_URL": url,
        "ZCRM_API_URL": url,
        "DATABASE_URL": database,
        "ZCRM_STORE": store,
    }


def connect(env: dict[str, str]) -> None:
    """Migrate, and connect an account of the emulator."""
    subprocess.run([sys.executable, "-m", WORKER, "connect"], env=env, check=True)


def run(url: str, env: dict[str, str], options: argparse.Namespace) -> Outcome:
    """Let all processes make calls at once, and count what the emulator saw."""
    with tempfile.TemporaryDirectory() as folder:
        workers = []
        for number in range(options.processes):
            out = Path(folder) / str(number)
            arguments = [str(number), str(options.threads), str(options.seconds), str(out)]
            command = [sys.executable, "-m", WORKER, "call", *arguments]
            workers.append(subprocess.Popen(command, env=env))
        while len(list(Path(folder).glob("*.ready"))) < options.processes:
            time.sleep(0.05)
        begins = time.time() + 1
        (Path(folder) / "begins").write_text(str(begins))
        for worker in workers:
            worker.wait()
        results: list[dict[str, Any]] = [
            json.loads((Path(folder) / str(number)).read_text())
            for number in range(options.processes)
        ]
    seen = requests.get(f"{url}/emulator/requests", timeout=30).json()["requests"]
    calls = [entry for entry in seen if entry["path"].startswith("/crm/v8/Leads")]
    return outcome(calls, results, begins, options.seconds)


def outcome(
    seen: list[dict[str, Any]], results: list[dict[str, Any]], begins: float, seconds: float
) -> Outcome:
    """Sum up the requests at the emulator and the results of the workers."""
    attempts = [attempt for worker in results for attempt in worker["attempts"]]
    done = [at for at, status in attempts if status not in (0, 429)]
    refused = [at for at, status in attempts if status == 429]
    early = sum(at < begins + 2 for at in refused)
    late = [at for at in done if begins + 2 <= at < begins + seconds]
    names = [name for worker in results for name in worker["created"]]
    served = sum(entry["status"] in (200, 201, 204) for entry in seen)
    # By the emulator's clock: how long calls were at work in it.
    moments = ((datetime.fromisoformat(entry["time"]).timestamp(), entry) for entry in seen)
    within = [entry for at, entry in moments if begins + 2 <= at < begins + seconds]
    worked = sum(entry["milliseconds"] for entry in within if entry["status"] != 429) / 1000
    return Outcome(
        calls=len(done),
        refused_early=early,
        refused_late=len(refused) - early,
        failed=sum(worker["failed"] for worker in results),
        duplicates=max(served - len(done), 0) + len(names) - len(set(names)),
        busy=worked / (LIMIT * (seconds - 2)),
        per_second=len(late) / (seconds - 2),
    )
