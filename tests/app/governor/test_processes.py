"""Real processes with threads share the limits of an emulator that refuses what is too much."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks import limits
from benchmarks.limits_events import Site, rate
from django_zcrm.emulator import Emulator
from tests.amounts import amount, some

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let worker processes find this checkout."""
    root = Path(__file__).resolve().parents[3]
    monkeypatch.setenv("PYTHONPATH", f"{root}:{Path(sys.prefix)}")


@pytest.mark.parametrize("store", some(["database", "redis"]))
def test_nothing_is_refused_and_nothing_made_twice(
    store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Three processes of eight threads, which read and create; ungoverned a third is refused."""
    name = request.getfixturevalue("redis_url") if store == "redis" else store
    # The first two seconds, in which the limit is learnt, are counted apart.
    asked = argparse.Namespace(processes=3, threads=8, seconds=amount(4, 3))
    with limits.emulator() as url:
        env = limits.environment(url, f"sqlite:///{tmp_path}/db.sqlite3", name)
        limits.connect(env)
        outcome = limits.run(url, env, asked)
    assert outcome.calls > 100
    assert (outcome.refused_late, outcome.failed, outcome.duplicates) == (0, 0, 0)
    assert outcome.refused_early <= 5


def test_another_process_gets_the_slots_of_a_killed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here slots are held for three seconds instead of thirty."""
    with Site(str(tmp_path), "database", "").serving() as site:
        env: dict[str, Any] = {"ZCRM_LIFE": "3"}
        site.start("killed", 20, 20, **env)
        site.start("other", 20, 9, **env)
        begins = site.begin()
        time.sleep(2.5)
        site.workers["killed"].send_signal(signal.SIGKILL)
        died = time.time()
        attempts = site.told("other")["attempts"]
    shared = rate(attempts, begins + 1, died)
    alone = rate(attempts, died + 4, begins + 9)
    assert alone > 1.4 * shared
    assert sum(status == 429 for _, status in attempts) <= 10


@pytest.mark.parametrize("store", some(["database", "redis", "memory"]))
def test_a_limit_that_falls_and_rises_again_is_followed(
    store: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """From 20 to 10 and back, while 40 threads call; without a store they are of one process."""
    name = request.getfixturevalue("redis_url") if store == "redis" else store
    processes = 1 if store == "memory" else 2
    with Site(str(tmp_path), name, "").serving() as site:
        for number in range(processes):
            site.start(f"pages {number}", 40 // processes, 120)
        site.begin()
        assert are_slots_used(site, within=10)
        site.set_limit(limits.LIMIT // 2)
        time.sleep(5)
        site.emulator.zoho.log.clear()
        time.sleep(amount(20, 4))
        statuses = [seen.status for seen in site.emulator.zoho.log.all()]
        assert not are_slots_used(site, within=0)
        site.set_limit(limits.LIMIT)
        assert are_slots_used(site, within=30)
    assert len(statuses) > 100
    assert statuses.count(429) <= len(statuses) / 100


def are_slots_used(site: Site, *, within: float) -> bool:
    """Tell whether nine tenths of the slots are in use at a moment of the next seconds."""
    ends = time.monotonic() + within
    while not (are_used := site.running >= limits.LIMIT * 0.9) and time.monotonic() < ends:
        time.sleep(0.005)
    return are_used


@pytest.mark.parametrize("worker", some(["gthread", "sync"]))
def test_workers_of_gunicorn_that_were_preloaded_share(worker: str, tmp_path: Path) -> None:
    """Eight at once where Zoho allows five; the parent had made a call before it forked."""
    emulator = Emulator(data="empty", edition="Free", limit_concurrency=5)
    with emulator.serve() as zoho, socket.socket() as listening:
        limits.slow_down(zoho.url, 0.02)
        env = limits.environment(zoho.url, f"sqlite:///{tmp_path}/db.sqlite3", "database")
        limits.connect(env)
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2"]
        command += ["--worker-class", worker, "--threads", "4" if worker == "gthread" else "1"]
        command += ["--bind", f"fd://{listening.fileno()}", "--log-level", "warning"]
        command += ["tests.app.governor.gunicorn_site:application"]
        with subprocess.Popen(command, env=env, pass_fds=[listening.fileno()]) as site:
            try:
                url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
                with ThreadPoolExecutor(8) as pool:
                    answers = list(pool.map(lambda _: requests.get(url, timeout=30), range(64)))
            finally:
                site.terminate()
                site.wait(15)
    assert [answer.text for answer in answers] == ["fine"] * 64
    statuses = {seen.status for seen in emulator.zoho.log.all()}
    assert 429 not in statuses


def test_a_child_of_multiprocessing_gives_its_slots_back(redis_url: str, key: str) -> None:
    """It ends without `atexit`, after it held one."""
    command = [sys.executable, "-m", "tests.app.governor.forking", redis_url, key]
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.split() == ["1", "0"]
