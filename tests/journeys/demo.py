"""The demo in a separate process, as `make demo` runs it."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "example_project.demo"]
PATIENCE = 120.0
"""Seconds within which the site must be up."""


@dataclass(frozen=True)
class Demo:
    """A running demo: where it is, and how to log in."""

    process: subprocess.Popen[str]
    output: str
    env: dict[str, str]

    def printed(self, pattern: str) -> str:
        """Return the part of the demo's output that a pattern's group matches."""
        match = re.search(pattern, self.output)
        assert match, self.output
        return match[1]

    @property
    def url(self) -> str:
        return self.printed(r"lead desk is at (\S+)/\n")

    @property
    def emulator(self) -> str:
        return self.printed(r"stands in for Zoho at (\S+)")

    @property
    def password(self) -> str:
        return self.printed(r"Password: (\S+)")

    def add_user(self, name: str) -> None:
        """Create a user like the demo's, with its password: a separate process takes a second."""
        with closing(sqlite3.connect(self.env["DATABASE_URL"].removeprefix("sqlite:///"))) as db:
            columns = [row[1] for row in db.execute("PRAGMA table_info(auth_user)")]
            same = ", ".join(column for column in columns if column not in ("id", "username"))
            db.execute(
                f"INSERT INTO auth_user (username, {same}) "  # noqa: S608
                f"SELECT ?, {same} FROM auth_user WHERE username = 'demo'",
                [name],
            )
            db.commit()

    def log_in(self, page: Page, name: str) -> None:
        """Log in by keyboard alone, as a user of `add_user`, with the demo's password."""
        page.goto(self.url)
        username = page.get_by_label("Username")
        # Chromium applies autofocus after the load event; what is typed before that is lost.
        expect(username).to_be_focused()
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        page.keyboard.type(self.password)
        page.keyboard.press("Enter")
        expect(username).to_have_count(0)

    def stop(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return an environment with its own database, and none of the caller's settings."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ZCRM_", "DJANGO_"))}
    return {
        **environment,
        "DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}",
        "SERVE": "1",
        **more,
    }


@contextmanager
def running_demo(folder: Path, **more: str) -> Iterator[Demo]:
    """Start a demo, wait until it serves, and end it afterwards."""
    env = environment(folder, **more)
    log = folder / "demo.log"
    with (
        log.open("w") as out,
        subprocess.Popen(COMMAND, cwd=ROOT, env=env, stdout=out, stderr=out, text=True) as process,
    ):
        try:
            yield Demo(process, _until_it_serves(process, log), env)
        finally:
            process.kill()


def _until_it_serves(process: subprocess.Popen[str], log: Path) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        output = log.read_text()
        if "Quit with Ctrl-C" in output:
            return output
        assert process.poll() is None, output
        time.sleep(0.1)
    raise AssertionError(log.read_text())
