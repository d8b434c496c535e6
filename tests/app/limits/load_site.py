"""A site whose processes share Zoho's limits, which a test can change."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django_zcrm.emulator import Emulator
from tests.app.limits.load_runs import CALL, LIMIT, WORKER, connect, environment, slow_down


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
        self.workers[name] = subprocess.Popen(command, env={**self.env, "ZCRM_READS": "1", **env})

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

    def read_result(self, name: str) -> dict[str, Any]:
        """Wait for a process, and return its result."""
        self.workers[name].wait()
        result: dict[str, Any] = json.loads((self.folder / name).read_text())
        return result

    @property
    def running(self) -> int:
        """How many calls are at work now."""
        return sum(self.emulator.zoho.limits._running.values())

    def set_limit(self, limit: int) -> None:
        """Change what Zoho allows."""
        limits = self.emulator.zoho.limits
        limits._options = replace(limits._options, limit_concurrency=limit)


def rate(attempts: list[list[float]], start: float, end: float) -> float:
    """Return the calls a second that were served between two moments."""
    served = sum(start <= at < end and status in (200, 204) for at, status in attempts)
    return served / (end - start)
