"""Kills workers at any step of their work: before and after each statement and each request.

Most workers run in this process and are killed by an exception. After the exception, no statement
and no request of the worker succeeds, so that its cleanup does no more than that of a killed
process. For workers that get SIGKILL, `Killer` starts this file as a process, which forks for each
turn. After a turn the next one finds everything as a minute later: leases have expired, and
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
from typing import Any, NoReturn, Self

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from tests.mirror.processes import ROOT, Processes

MODULE = "Leads"

ALL_PROCESSES = "MIRROR_KILLS" in os.environ
"""Whether each killed worker is a process, as in benchmarks/mirror_kills.py."""

PAGE, WINDOW = 20, 150
"""Records of a page, and of a window of the initial sync."""

Page = tuple[str, ...]
"""The ids of records that are written together."""


class Killer:
    """Turns of workers, of which some are killed; a context manager that ends with the block."""

    def __init__(self, processes: Processes, **mirror: Any) -> None:
        self.mirror = {"SETTLE_TIME": 0, **mirror}
        self.log = processes.folder / "pages"
        self.log.touch()
        self._read = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.mirror.killing", str(self.log)],
            cwd=ROOT,
            env=processes.environment(self.mirror),
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

    def turn(self, step: int = 0, *, is_process: bool = False) -> int | None:
        """Let a worker do what is due; return how many steps it took, None if it was killed.

        It is killed at this step, or not at all. Raises RuntimeError when a process failed.
        """
        return self._process_turn(step) if is_process else self._turn(step)

    def _turn(self, step: int) -> int | None:
        trap = Trap(step, str(self.log), raise_killed)
        site: dict[str, Any] = settings.ZCRM
        options = {**site, "MIRROR": {**site.get("MIRROR", {}), **self.mirror}}
        try:
            with override_settings(ZCRM=options), pytest.MonkeyPatch.context() as patch:
                work(trap, patch)
        except Killed:
            connection.close()
            return None
        finally:
            os.close(trap.log)
        return trap.count

    def _process_turn(self, step: int) -> int | None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{step}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        result: dict[str, Any] = json.loads(line or '{"error": "it has ended"}')
        if "error" in result:
            raise RuntimeError(result["error"])
        steps: int | None = result["steps"]
        return steps

    def pages(self) -> list[Page]:
        """Return the pages that workers worked on since the last call."""
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
        """Have so many workers killed, each at a random step; the first with SIGKILL.

        `begin` gives them something to do when a turn came to its end, and `after` gets for each
        turn whether it was killed; `steps` is about how many a turn takes. Afterwards turns are let
        be until there is no more to do.
        """
        chance, killed, turns = random.Random(seed), 0, 0  # noqa: S311
        begin()
        while killed < kills:
            turns += 1
            assert turns < kills * 20, "the steps are hardly ever reached"
            is_process = not killed or ALL_PROCESSES
            was_killed = self.turn(chance.randint(1, steps), is_process=is_process) is None
            after(was_killed)
            if was_killed:
                killed += 1
            else:
                begin()
        while self.turn() != self.turn():  # until a turn finds no more than the one before
            turns += 1
            assert turns < kills * 20, "it does not come to its end"


class Killed(BaseException):
    """Ends a worker in this process."""


def raise_killed() -> NoReturn:
    """End a worker in this process."""
    raise Killed


def kill_process() -> NoReturn:
    """End this process."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("it lives")


class Trap:
    """Counts the steps of a worker, and kills it at one of them and at all later ones."""

    def __init__(self, step: int, log: str, kill: Callable[[], NoReturn]) -> None:
        self.step, self.count, self.kill = step, 0, kill
        self.log = os.open(log, os.O_WRONLY | os.O_APPEND)

    def pass_by(self) -> None:
        """Take a step."""
        self.count += 1
        if 0 < self.step <= self.count:
            self.kill()

    def statement(self, execute: Any, *args: Any) -> Any:
        """Run a statement; for `connection.execute_wrapper`."""
        self.pass_by()
        result = execute(*args)
        self.pass_by()
        return result

    def sending(self, send: Any) -> Any:
        """Wrap what sends a request."""

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.pass_by()
            response = send(*args, **kwargs)
            self.pass_by()
            return response

        return wrapped

    def storing(self, store: Any) -> Any:
        """Wrap what writes a page, so that it is known which one the worker worked on."""

        def wrapped(mirror: Any, columns: Any, records: Any, *more: Any, **options: Any) -> Any:
            ids = " ".join(str(record["id"]) for record in records)
            os.write(self.log, f"{ids}\n".encode())
            return store(mirror, columns, records, *more, **options)

        return wrapped


def work(trap: Trap, patch: pytest.MonkeyPatch) -> None:
    """Do what is due, as a runner does a minute later."""
    # A process loads models only after django.setup().
    from django_zcrm.mirror.models import MirrorState, OutboxItem
    from django_zcrm.mirror.planning import windows
    from django_zcrm.mirror.pull import delta, files, initial_sync, storing
    from django_zcrm.mirror.runners.due import attempt
    from django_zcrm.mirror.runners.mirror_states import ensure_states
    from django_zcrm.transport import transport
    from tests.mirror.fleet import find_due_states

    patch.setattr(files, "MAX_DIRECT", 0)
    patch.setattr(files, "FIRST_POLL", 0)
    patch.setattr(windows, "MAX_RECORDS", WINDOW)
    patch.setattr(initial_sync, "PAGE", PAGE)
    patch.setattr(delta, "PAGE", PAGE)
    patch.setattr(storing, "store_records", trap.storing(storing.store_records))
    now = timezone.now()
    ensure_states()
    MirrorState.objects.update(lease_owner="", lease_until=None, due=now, failures=0)
    OutboxItem.objects.open().filter(waits_for="").update(due=now)
    kind: Any = type(transport())
    patch.setattr(kind, "send", trap.sending(kind.send))
    with connection.execute_wrapper(trap.statement):
        for state in find_due_states():
            if state.module == MODULE:
                attempt(state)


def turn(step: int, log: str) -> dict[str, Any]:
    """Fork a worker; return its outcome."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        trap = Trap(step, log, kill_process)
        result: dict[str, Any] = {}
        try:
            work(trap, pytest.MonkeyPatch())
            result = {"steps": trap.count}
        except BaseException as error:
            result = {"error": repr(error)}
        finally:
            os.write(writer, json.dumps(result).encode())
            os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    if os.WIFSIGNALED(status):
        return {"steps": None}
    outcome: dict[str, Any] = json.loads(text)
    return outcome


def main() -> None:
    """Do a turn for each line that comes in."""
    import django

    django.setup()
    for line in sys.stdin:
        print(json.dumps(turn(int(line), sys.argv[1])), flush=True)


if __name__ == "__main__":
    main()
