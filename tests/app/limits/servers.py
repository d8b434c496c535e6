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

LONG = 90.0
"""Seconds that a test waits at most, also on a busy machine."""


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.002)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def is_listening(port: int) -> bool:
    """Return whether the server responds."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def program(name: str) -> str:
    """Return the path of a server's program. A missing one is a failure, not a skip."""
    places = [os.environ["PATH"], "/usr/sbin"]
    places += [
        str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    ]
    if program := shutil.which(name, path=os.pathsep.join(places)):
        return program
    pytest.fail(f"{name} is not installed")


class Server(Protocol):
    """A server of a test's own."""

    url: str

    def start(self) -> None:
        """Start it, and wait until it answers."""
        ...

    def stop(self) -> None:
        """Kill it, as a machine that is gone: connections break without notice."""
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


class PostgreSQLServer:
    """PostgreSQL with a temporary folder, owned by a user who is not root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"postgres://zcrm@127.0.0.1:{self.port}/postgres"
        self.user = owned_by("postgres", folder)
        command = [program("initdb"), "--pgdata", str(folder / "data"), "--username", "zcrm"]
        command += ["--auth", "trust", "--no-sync"]
        run(command, folder, self.user)

    def start(self) -> None:
        """Start it."""
        command = [program("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port)]
        for option in ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"):
            command += ["-c", option]
        self.process = begin(command, self.folder, self.user)
        until(lambda: self._answers())

    def _answers(self) -> bool:
        command = [
            program("pg_isready"),
            "--quiet",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
        ]
        return subprocess.run(command, check=False).returncode == 0

    def stop(self) -> None:
        """End it at once; it recovers when it is started again."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(10)


class MariaDBServer:
    """MariaDB with a temporary folder, owned by a user who is not root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"mysql://root@127.0.0.1:{self.port}/test"
        self.user = owned_by("mysql", folder)
        command = [program("mariadb-install-db"), "--no-defaults", f"--datadir={folder}/data"]
        run([*command, "--auth-root-authentication-method=normal"], folder, self.user)

    def start(self) -> None:
        """Start it."""
        command = [program("mariadbd"), "--no-defaults", f"--datadir={self.folder}/data"]
        command += [f"--port={self.port}", f"--socket={self.folder}/socket", "--skip-grant-tables"]
        command += ["--bind-address=127.0.0.1", "--character-set-server=utf8mb4"]
        self.process = begin(command, self.folder, self.user)
        until(lambda: is_listening(self.port))

    def stop(self) -> None:
        """Kill it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


def owned_by(user: str, folder: Path) -> str | None:
    """Give a folder to a user, if this is root, as whom these servers do not run; return them."""
    if os.getuid():
        return None
    shutil.chown(folder, user)
    return user


def run(command: list[str], folder: Path, user: str | None) -> None:
    """Run a program to its end."""
    subprocess.run(
        command, cwd=folder, user=user, group=user, check=True, stdout=subprocess.DEVNULL
    )


def begin(command: list[str], folder: Path, user: str | None) -> subprocess.Popen[bytes]:
    """Start a program."""
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, user=user, group=user, stdout=log, stderr=log)


SERVERS: dict[str, type[RedisServer | PostgreSQLServer | MariaDBServer]] = {
    "sqlite": RedisServer,
    "postgresql": PostgreSQLServer,
    "mysql": MariaDBServer,
}
"""The server that a run of tests stops, by its own database: SQLite has none, and Redis a turn."""
