"""Workers of uvicorn and Celery share the limits of an emulator that refuses what is too much."""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
import requests
from celery import Celery

from django_zcrm.emulator import Emulator
from django_zcrm.limits.shares import load
from tests.app.limits import load_runs
from tests.app.limits.servers import until

pytestmark = pytest.mark.slow

LIMIT = 5
CALL = 0.1
"""Seconds that the emulator takes for a call."""


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let worker processes find this checkout."""
    root = Path(__file__).resolve().parents[3]
    monkeypatch.setenv("PYTHONPATH", f"{root}:{Path(sys.prefix)}")


class Site:
    """An emulator that allows five calls at once, and the environment of workers that call it."""

    def __init__(self, emulator: Emulator, env: dict[str, str]) -> None:
        self.emulator = emulator
        self.env = env

    def calls(self, fields: str) -> list[tuple[float, float, str]]:
        """Return when calls for these fields began and ended, and how many rows they requested."""
        seen = [
            (entry.received_at.timestamp(), entry.milliseconds / 1000, entry.request.args)
            for entry in self.emulator.zoho.log.all()
            if entry.request.path == "/crm/v8/Leads"
        ]
        return [
            (at, at + took, args.get("per_page", ""))
            for at, took, args in seen
            if args["fields"] == fields
        ]

    @property
    def statuses(self) -> set[int]:
        """The statuses of all answers."""
        return {entry.status for entry in self.emulator.zoho.log.all()}

    @contextmanager
    def running(self, module: str, *command: str, sockets: Sequence[int] = ()) -> Iterator[None]:
        """Run a server or a worker, which inherits these sockets, while the block runs."""
        words = [sys.executable, "-m", module, *command]
        with subprocess.Popen(words, env=self.env, pass_fds=sockets) as process:
            try:
                yield
            finally:
                process.terminate()
                process.wait(20)

    @contextmanager
    def celery(self, broker: str, concurrency: int) -> Iterator[Callable[[int], None]]:
        """Run workers that are forked; yields what sends so many tasks."""
        self.env.update(ZCRM_BROKER=broker, ZCRM_QUEUE=f"zcrm-{secrets.token_hex(4)}")
        command = ["-A", "tests.app.limits.celery_site", "worker", "--loglevel", "WARNING"]
        command += ["--concurrency", str(concurrency), "--without-gossip", "--without-mingle"]

        def send(count: int) -> None:
            with Celery(broker=broker) as app:
                for rows in range(1, count + 1):
                    app.send_task("read", [rows], queue=self.env["ZCRM_QUEUE"], ignore_result=True)

        with self.running("celery", *command):
            yield send

    @contextmanager
    def uvicorn(self, workers: int) -> Iterator[str]:
        """Serve pages; yields their address."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            number = listening.fileno()
            command = ["--workers", str(workers), "--fd", str(number), "--lifespan", "off"]
            command += ["--log-level", "warning", "tests.app.limits.uvicorn_site:application"]
            with self.running("uvicorn", *command, sockets=[number]):
                yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


def most_at_once(calls: list[tuple[float, float, str]]) -> int:
    moments = sorted([(at, 1) for at, _, _ in calls] + [(end, -1) for _, end, _ in calls])
    at_once = most = 0
    for _, change in moments:
        at_once += change
        most = max(most, at_once)
    return most


def slots_held(redis_url: str) -> int:
    """Return how many slots the only organisation's processes hold, as the store knows."""
    with redis.Redis.from_url(redis_url) as client:
        [key] = client.scan_iter("zcrm:*")
        state = client.hget(key, "state")
    assert isinstance(state, bytes)
    return sum(process.held.slots for process in load(state.decode()).processes.values())


@contextmanager
def site(folder: Path, store: str) -> Iterator[Site]:
    emulator = Emulator(data="empty", edition="Free", limit_concurrency=LIMIT)
    with emulator.serve() as zoho:
        load_runs.slow_down(zoho.url, CALL)
        env = load_runs.environment(zoho.url, f"sqlite:///{folder}/db.sqlite3", store)
        load_runs.connect(env)
        yield Site(emulator, env)


@pytest.mark.parametrize("store", ["database", "redis"])
def test_awaited_calls_of_uvicorns_workers_share(
    store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Sixteen requests at once where Zoho allows five calls."""
    name = request.getfixturevalue("redis_url") if store == "redis" else store
    with site(tmp_path, name) as here, here.uvicorn(workers=2) as url, ThreadPoolExecutor(16) as p:

        def ask(count: int) -> set[str]:
            answers = list(p.map(lambda _: requests.get(url, timeout=60), range(count)))
            assert {answer.status_code for answer in answers} == {200}
            return {answer.text for answer in answers}

        until(lambda: len(ask(16)) == 2)  # both processes serve: one may start long after the other
        here.emulator.zoho.log.clear()
        ask(80)
        calls = here.calls("id")
    assert 429 not in here.statuses
    assert len(calls) == 80
    assert most_at_once(calls) == LIMIT


def test_tasks_of_celerys_workers_leave_the_reserve_and_pages_come_first(
    tmp_path: Path, redis_url: str
) -> None:
    """Six forked workers have a hundred batch calls to make while pages are requested."""
    with (
        site(tmp_path, redis_url) as here,
        here.celery(redis_url, 6) as send,
        here.uvicorn(workers=1) as url,
    ):
        send(100)
        assert requests.get(url, timeout=30).ok  # which starts what pages need
        until(lambda: len(here.calls("Last_Name")) > 10)
        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(lambda _: requests.get(url, timeout=60), range(12)))
        during = len(here.calls("Last_Name"))
        until(lambda: len(here.calls("Last_Name")) >= 100)
    calls, pages = here.calls("Last_Name"), here.calls("id")
    assert sorted(int(rows) for _, _, rows in calls) == list(range(1, 101))
    assert 429 not in here.statuses
    assert 1 < most_at_once(calls) <= 3  # 40 % of five are left to pages
    assert all(answer.ok for answer in answers)
    assert most_at_once(calls + pages) > 3  # which pages used
    # The batch went on, and had not ended: by turns, pages would have waited for all of it.
    assert 10 < during < 100


def test_workers_of_celery_that_are_stopped_give_their_slots_back(
    tmp_path: Path, redis_url: str
) -> None:
    """In the middle of their work: the next ones would have to wait for half a minute."""
    with site(tmp_path, redis_url) as here:
        with here.celery(redis_url, 4) as send:
            send(60)
            until(lambda: len(here.calls("Last_Name")) > 10)
            assert slots_held(redis_url) > 0
        assert slots_held(redis_url) == 0
