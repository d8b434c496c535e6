"""Processes of a site, which share a test's database and its Zoho, and can be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0


class Processes:
    """What a test starts; all of it has ended when the test has."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.options = options
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str, **mirror: Any) -> subprocess.Popen[bytes]:
        """Start a command of manage.py; `mirror` are keys of `ZCRM["MIRROR"]`."""
        return self.run([str(ROOT / "manage.py"), *words], **mirror)

    def run(self, words: list[str], **mirror: Any) -> subprocess.Popen[bytes]:
        """Start Python with these words; `read_output()` returns its output."""
        log = self._log(len(self.started)).open("wb")
        with log:
            process = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=self.environment(mirror),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.started.append(process)
        return process

    def read_output(self, process: subprocess.Popen[bytes]) -> str:
        """Return the output of a process up to now."""
        return self._log(self.started.index(process)).read_text()

    def wait_until(self, happened: Callable[[], Any], patience: float = PATIENCE) -> None:
        """Wait until something has happened."""
        until = time.monotonic() + patience
        while not happened():
            assert time.monotonic() < until, "nothing has happened: " + self.read_all_output()
            time.sleep(0.02)

    def end(self) -> None:
        """Kill what still runs."""
        for process in self.started:
            process.kill()
            process.wait()

    def _log(self, number: int) -> Path:
        return self.folder / f"{number}.log"

    def read_all_output(self) -> str:
        return "\n".join(self.read_output(process)[-2_000:] for process in self.started)

    def environment(self, mirror: dict[str, Any]) -> dict[str, str]:
        """Return the environment of a process."""
        names = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
        database = {name: connection.settings_dict[name] for name in names}
        database["NAME"] = str(database["NAME"])
        site: dict[str, Any] = settings.ZCRM
        options = {
            "database": database,
            "zcrm": {**site, "MIRROR": {**site.get("MIRROR", {}), **mirror}},
            **self.options,
        }
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.mirror.site_settings",
            "MIRROR_SITE": json.dumps(options),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
