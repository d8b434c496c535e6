"""The server of the shared store is really gone for some seconds, and comes back."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.app.limits import load_runs
from tests.app.limits.load_site import Site, rate
from tests.app.limits.servers import SERVERS, MariaDBServer, PostgreSQLServer, RedisServer

pytestmark = [pytest.mark.slow, pytest.mark.service]

AWAY = float(os.environ.get("ZCRM_AWAY", "5"))
"""Seconds."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Run a server of the kind that this run of tests uses."""
    root = Path(__file__).resolve().parents[3]
    monkeypatch.setenv("PYTHONPATH", f"{root}:{Path(sys.prefix)}")
    with tempfile.TemporaryDirectory(prefix="zcrm") as folder:
        server = SERVERS[connection.vendor](Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


def test_calls_continue_during_and_after_store_outage(
    server: RedisServer | PostgreSQLServer | MariaDBServer, tmp_path: Path
) -> None:
    """A database's server is the site's own: tokens stay in memory while it is away."""
    is_redis = isinstance(server, RedisServer)
    store, database = (server.url, "") if is_redis else ("database", server.url)
    with Site(str(tmp_path), store, database).serving() as site:
        # Slots are to be what is short, not the machine: otherwise its other work shows.
        load_runs.slow_down(site.url, 0.3)
        for name in ("one", "two"):
            site.start(name, 12, 300)
        begins = site.begin()
        time.sleep(4)
        server.stop()
        gone = time.time()
        time.sleep(AWAY)
        back = time.time()
        server.start()
        time.sleep(4)  # the store is polled every second
        site.end()
        results = [site.read_result(name) for name in ("one", "two")]
    attempts = [attempt for each in results for attempt in each["attempts"]]
    assert [each["failed"] for each in results] == [0, 0]
    assert [each["is_away"] for each in results] == [False, False]
    before, during = rate(attempts, begins + 1, gone), rate(attempts, gone + 1, back)
    refused = sum(status == 429 for _, status in attempts)
    print(
        f"{type(server).__name__} away for {back - gone:.0f} s: 0 exceptions, {refused} refused "
        f"and sent again; {during:.0f} calls a second, {before:.0f} before"
    )
    # Each goes on with its half of the slots, once it has noticed.
    assert during > 0.6 * before
    assert refused <= 10
