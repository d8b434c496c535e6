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

from benchmarks import limits
from benchmarks.limits_events import Site, rate
from tests.app.governor.servers import SERVERS, MariaDBServer, PostgreSQLServer, RedisServer

pytestmark = pytest.mark.slow

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


def test_calls_go_on_while_the_server_is_away_and_it_is_found_again(
    server: RedisServer | PostgreSQLServer | MariaDBServer, tmp_path: Path
) -> None:
    """A database's server is the site's own: tokens stay in memory meanwhile."""
    is_redis = isinstance(server, RedisServer)
    store, database = (server.url, "") if is_redis else ("database", server.url)
    with Site(str(tmp_path), store, database).serving() as site:
        # Slots are to be what is short, not the machine: otherwise its other work shows.
        limits.slow_down(site.url, 0.3)
        for name in ("one", "two"):
            site.start(name, 12, 300)
        begins = site.begin()
        time.sleep(4)
        server.stop()
        gone = time.time()
        time.sleep(AWAY)
        back = time.time()
        server.start()
        time.sleep(4)  # it is asked every second
        site.end()
        told = [site.told(name) for name in ("one", "two")]
    attempts = [attempt for each in told for attempt in each["attempts"]]
    assert [each["failed"] for each in told] == [0, 0]
    assert [each["is_away"] for each in told] == [False, False]
    before, meanwhile = rate(attempts, begins + 1, gone), rate(attempts, gone + 1, back)
    refused = sum(status == 429 for _, status in attempts)
    print(
        f"{type(server).__name__} away for {back - gone:.0f} s: 0 exceptions, {refused} refused "
        f"and sent again; {meanwhile:.0f} calls a second, {before:.0f} before"
    )
    # Each goes on with its half of the slots, once it has noticed.
    assert meanwhile > 0.6 * before
    assert refused <= 10
