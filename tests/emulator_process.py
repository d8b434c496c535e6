"""The emulator in a separate process, so that only the measured process is measured."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def emulator_process(*options: str) -> Iterator[str]:
    """Serve an empty emulator, with these options of its command line; yields its address."""
    command = [sys.executable, "-m", "django_zcrm.emulator", "--port", "0", "--data", "empty"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            line = next(line for line in process.stdout or () if "http://" in line)
            yield "http://" + line.split("http://")[1].split()[0].rstrip("/.")
        finally:
            process.terminate()
            process.communicate()
