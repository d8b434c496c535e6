"""Kills workers at any step of their work: before and after each statement and each request.

`Killer` starts this file as a process, which forks for each turn, so that a turn costs no start of
Python. After a turn the next one finds everything as a minute later: leases have run out, and
everything is due. Leads alone are mirrored, in pages of a few.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any, Self

from tests.mirror.processes import ROOT, Processes

MODULE = "Leads"

PAGE, WINDOW = 20, 150
"""Records of a page, and of a window of the first reading."""

Page = tuple[str, ...]
"""The ids of records that are written together."""


class Killer:
    """Turns of workers, of which some are killed; a context manager that ends with the block."""

    def __init__(self, processes: Processes, **mirror: Any) -> None:
        self.log = processes.folder / "pages"
        self.log.touch()
        self._read = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.mirror.killing", str(self.log)],
            cwd=ROOT,
            env=processes.environment({"SETTLE": 0, **mirror}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """End it."""
        self.process.kill()
        self.process.communicate()

    def turn(self, step: int = 0) -> int | None:
        """Let a worker do what is due; return how many steps it took, None if it was killed.

        It is killed at this step, or not at all. Raises RuntimeError when it failed by itself.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{step}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        told: dict[str, Any] = json.loads(line or '{"error": "it has ended"}')
        if "error" in told:
            raise RuntimeError(told["error"])
        steps: int | None = told["steps"]
        return steps

    def pages(self) -> list[Page]:
        """Return the pages that workers had in hand since this was asked last."""
        with self.log.open() as log:
            log.seek(self._read)
            lines = log.read().splitlines()
            self._read = log.tell()
        return [tuple(line.split()) for line in lines]

    def kill_at_random(
        self,
        kills: int,
        begin: Callable[[], None],
        seed: int,
        steps: int = 60,
        after: Callable[[bool], None] = lambda was_killed: None,
    ) -> None:
        """Have so many workers killed, each at a random step.

        `begin` gives them something to do when a turn came to its end, and `after` is told of each
        turn whether it was killed; `steps` is about how many a turn takes. Afterwards turns are let
        be until there is no more to do.
        """
        chance, killed, turns = random.Random(seed), 0, 0  # noqa: S311
        begin()
        while killed < kills:
            turns += 1
            assert turns < kills * 20, "the steps are hardly ever reached"
            was_killed = self.turn(chance.randint(1, steps)) is None
            after(was_killed)
            if was_killed:
                killed += 1
            else:
                begin()
        while self.turn() != self.turn():  # until a turn finds no more than the one before
            turns += 1
            assert turns < kills * 20, "it does not come to its end"


class Trap:
    """Counts the steps of this process, and kills it at one of them."""

    def __init__(self, step: int, log: str) -> None:
        self.step, self.count = step, 0
        self.log = os.open(log, os.O_WRONLY | os.O_APPEND)

    def pass_by(self) -> None:
        """Take a step."""
        self.count += 1
        if self.count == self.step:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, execute: Any, *given: Any) -> Any:
        """Run a statement; for `connection.execute_wrapper`."""
        self.pass_by()
        result = execute(*given)
        self.pass_by()
        return result

    def sending(self, send: Any) -> Any:
        """Wrap what sends a request."""

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.pass_by()
            reply = send(*args, **kwargs)
            self.pass_by()
            return reply

        return wrapped

    def storing(self, store: Any) -> Any:
        """Wrap what writes a page, so that it is known which one the worker had in hand."""

        def wrapped(work: Any, columns: Any, records: Any, *more: Any) -> Any:
            ids = " ".join(str(record["id"]) for record in records)
            os.write(self.log, f"{ids}\n".encode())
            return store(work, columns, records, *more)

        return wrapped


def work(trap: Trap) -> None:
    """Do what is due, as a runner does a minute later."""
    from django.db import connection
    from django.utils import timezone

    from django_zcrm.mirror.models import MirrorState, OutboxItem
    from django_zcrm.mirror.planning import windows
    from django_zcrm.mirror.pull import backfill, delta, files, storing
    from django_zcrm.mirror.runners.due import due_rows, run
    from django_zcrm.mirror.runners.states import ensure_states
    from django_zcrm.transport import transport

    files.MAX_DIRECT = files.FIRST_POLL = 0
    windows.MAX_RECORDS = WINDOW
    backfill.PAGE = delta.PAGE = PAGE
    storing.store = trap.storing(storing.store)
    now = timezone.now()
    ensure_states()
    MirrorState.objects.update(lease_owner="", lease_until=None, due=now, failures=0)
    OutboxItem.objects.open().filter(waits_for="").update(due=now)
    kind: Any = type(transport())
    kind.send = trap.sending(kind.send)
    with connection.execute_wrapper(trap.statement):
        for state in due_rows().filter(module=MODULE):
            run(state)


def turn(step: int, log: str) -> dict[str, Any]:
    """Fork a worker; return what became of it."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        trap = Trap(step, log)
        told: dict[str, Any] = {}
        try:
            work(trap)
            told = {"steps": trap.count}
        except BaseException as error:
            told = {"error": repr(error)}
        finally:
            os.write(writer, json.dumps(told).encode())
            os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reader) as said:
        text = said.read()
    if os.WIFSIGNALED(status):
        return {"steps": None}
    kept: dict[str, Any] = json.loads(text)
    return kept


def main() -> None:
    """Do a turn for each line that comes in."""
    import django

    django.setup()
    for line in sys.stdin:
        print(json.dumps(turn(int(line), sys.argv[1])), flush=True)


if __name__ == "__main__":
    main()
