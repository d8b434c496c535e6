"""Real processes with threads share the limits of an emulator that refuses what is too much."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks import limits
from benchmarks.limits_events import Site, rate

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
    """Three processes of eight threads, which read and create; ungoverned a third is refused."""
    name = request.getfixturevalue("redis_url") if store == "redis" else store
    asked = argparse.Namespace(processes=3, threads=8, seconds=3.5)
    with limits.emulator() as url:
        env = limits.environment(url, f"sqlite:///{tmp_path}/db.sqlite3", name)
        limits.connect(env)
        found = limits.run(url, env, asked)
    assert found.calls > 100
    assert (found.refused_late, found.failed, found.duplicates) == (0, 0, 0)
    assert found.refused_early <= 5


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
