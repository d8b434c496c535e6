"""Real processes with threads share the limits of an emulator that refuses what is too much."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
import requests

from django_zcrm.emulator import Emulator
from django_zcrm.limits.shares import load
from tests.app.limits import load_runs
from tests.app.limits.load_site import Site
from tests.app.limits.servers import until

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let worker processes find this checkout."""
    root = Path(__file__).resolve().parents[3]
    monkeypatch.setenv("PYTHONPATH", f"{root}:{Path(sys.prefix)}")


@pytest.mark.parametrize("store", ["database", "redis"])
def test_nothing_is_refused_and_nothing_made_twice(
    store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Three processes of eight threads, which read and create; unlimited a third is refused."""
    name = request.getfixturevalue("redis_url") if store == "redis" else store
    options = argparse.Namespace(processes=3, threads=8, seconds=3)
    with load_runs.emulator() as url:
        env = load_runs.environment(url, f"sqlite:///{tmp_path}/db.sqlite3", name)
        load_runs.connect(env)
        outcome = load_runs.run(url, env, options)
    assert outcome.calls > 3 * 8 * 2
    assert (outcome.failed, outcome.duplicates) == (0, 0)
    assert outcome.refused_early + outcome.refused_late <= 5  # while the limit is learnt


def test_another_process_gets_the_slots_of_a_killed_one(tmp_path: Path) -> None:
    """Here slots are held for six seconds instead of thirty."""
    with Site(str(tmp_path), "database", "").serving() as site:
        for name in ("killed", "other"):
            site.start(name, 20, 300, ZCRM_LIFE="6")
        site.begin()
        until(lambda: min(slots_held(site, name) for name in site.workers) >= load_runs.LIMIT * 0.4)
        site.workers["killed"].send_signal(signal.SIGKILL)
        until(lambda: slots_held(site, "other") >= load_runs.LIMIT * 0.9)
        statuses = [seen.status for seen in site.emulator.zoho.log.all()]
    assert statuses.count(429) <= 10


def slots_held(site: Site, name: str) -> int:
    """Return how many slots a process holds, as the table of shared limits has it."""
    with closing(sqlite3.connect(site.folder / "db.sqlite3", timeout=30)) as database:
        rows = database.execute("SELECT state FROM zcrm_sharedlimit").fetchall()
    held = {
        process: process_state.held.slots
        for (state,) in rows
        for process, process_state in load(state).processes.items()
    }
    pid = site.workers[name].pid
    return sum(slots for process, slots in held.items() if process.startswith(f"{pid}-"))


@pytest.mark.parametrize("store", ["database", "redis", "memory"])
def test_a_limit_that_falls_and_rises_again_is_followed(
    store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """From 20 to 10 and back, while 40 threads call; without a store they are of one process.

    The limit rises five times as fast as it does otherwise: a step is 0.2 seconds, then up to 2.4.
    """
    name = request.getfixturevalue("redis_url") if store == "redis" else store
    processes = 1 if store == "memory" else 2
    with Site(str(tmp_path), name, "").serving() as site:
        load_runs.slow_down(site.url, 0.15)  # slots are to be what is short, not the machine
        for number in range(processes):
            site.start(f"pages {number}", 40 // processes, 300, ZCRM_STEP="0.2")
        site.begin()
        assert are_slots_used(site, within=60)
        site.set_limit(load_runs.LIMIT // 2)
        assert are_calls_accepted(site, within=60)
        assert not are_slots_used(site, within=0)
        site.set_limit(load_runs.LIMIT)
        assert are_slots_used(site, within=60)


def are_calls_accepted(site: Site, *, within: float) -> bool:
    """Return whether Zoho refuses at most one of 50 calls in three of the next seconds."""
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        site.emulator.zoho.log.clear()
        time.sleep(3)
        statuses = [seen.status for seen in site.emulator.zoho.log.all()]
        if len(statuses) > 50 and statuses.count(429) <= len(statuses) / 50:
            return True
    return False


def are_slots_used(site: Site, *, within: float) -> bool:
    """Return whether nine tenths of the slots are in use at a moment of the next seconds."""
    ends = time.monotonic() + within
    while not (are_used := site.running >= load_runs.LIMIT * 0.9) and time.monotonic() < ends:
        time.sleep(0.005)
    return are_used


@pytest.mark.parametrize("worker", ["gthread", "sync"])
def test_workers_of_gunicorn_that_were_preloaded_share(worker: str, tmp_path: Path) -> None:
    """Eight at once where Zoho allows five; the parent had made a call before it forked."""
    emulator = Emulator(data="empty", edition="Free", limit_concurrency=5)
    with emulator.serve() as zoho, socket.socket() as listening:
        load_runs.slow_down(zoho.url, 0.02)
        env = load_runs.environment(zoho.url, f"sqlite:///{tmp_path}/db.sqlite3", "database")
        load_runs.connect(env)
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2"]
        command += ["--worker-class", worker, "--threads", "4" if worker == "gthread" else "1"]
        command += ["--bind", f"fd://{listening.fileno()}", "--log-level", "warning"]
        command += ["tests.app.limits.gunicorn_site:application"]
        with subprocess.Popen(command, env=env, pass_fds=[listening.fileno()]) as site:
            try:
                url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
                with ThreadPoolExecutor(8) as threads:
                    answers = list(threads.map(lambda _: requests.get(url, timeout=30), range(64)))
            finally:
                site.terminate()
                site.wait(15)
    assert [answer.text for answer in answers] == ["fine"] * 64
    statuses = {seen.status for seen in emulator.zoho.log.all()}
    assert 429 not in statuses


def test_a_child_of_multiprocessing_gives_its_slots_back(redis_url: str, key: str) -> None:
    """It ends without `atexit`, after it held one."""
    command = [sys.executable, "-m", "tests.app.limits.forking", redis_url, key]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=99)
    assert done.stdout.split() == ["1", "0"]
