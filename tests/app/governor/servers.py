"""Servers that a test starts, stops and starts again, so that nobody else's is touched."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

LONG = 40.0


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def is_listening(port: int) -> bool:
    """Tell whether somebody does."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def program(name: str) -> str:
    """Return the path of a server's program. In CI a missing one is a failure, not a skip."""
    places = [os.environ["PATH"], "/usr/sbin"]
    places += [str(one) for one in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    if found := shutil.which(name, path=os.pathsep.join(places)):
        return found
    if os.environ.get("CI"):
        pytest.fail(f"CI needs {name}")
    pytest.skip(f"{name} is not installed")


class Server(Protocol):
    """A server of a test's own."""

    url: str

    def start(self) -> None:
        """Start it, and wait until it answers."""
        ...

    def stop(self) -> None:
        """Kill it, as a machine that is gone: connections break, nobody is told."""
        ...


class RedisServer:
    """Redis, in memory only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it."""
        command = [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(lambda: is_listening(self.port))

    def stop(self) -> None:
        """Kill it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
