"""Commands as processes that can be killed, with the test's database and emulator."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable

from django_zcrm.testing.site import SiteEmulator
from tests.app.zoho import process_environment

PATIENCE = 120.0


def start(zoho: SiteEmulator, *words: str, stdout: int, stderr: int) -> subprocess.Popen[str]:
    """Start a command; the others are arguments of `Popen`."""
    command = [sys.executable, "-m", "django", *words]
    environment = process_environment(zoho)
    return subprocess.Popen(command, env=environment, stdout=stdout, stderr=stderr, text=True)


def end(
    zoho: SiteEmulator,
    *words: str,
    sign: signal.Signals,
    when: Callable[[], bool],
    stderr: int = subprocess.DEVNULL,
) -> int:
    """Start a command and send it a signal when something has happened; return its exit code."""
    process = start(zoho, *words, stdout=subprocess.DEVNULL, stderr=stderr)
    try:
        until = time.monotonic() + PATIENCE
        while not when():
            assert process.poll() is None, "it has ended before"
            assert time.monotonic() < until, "nothing has happened"
            time.sleep(0.01)
        process.send_signal(sign)
        return process.wait(PATIENCE)
    finally:
        process.kill()
