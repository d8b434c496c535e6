from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from tests.zoho.live import client_of
from tests.zoho.server import PATIENCE, Got, Reply, Server, as_json


@pytest.fixture(autouse=True)
def records(server: Server) -> None:
    server.answer = lambda got: as_json({"data": [{"id": "1"}], "users": []})


def test_calls_share_one_connection(server: Server, transport: RequestsTransport) -> None:
    crm = client_of(server, transport)
    for _ in range(5):
        crm.records.get("Leads", "1")
        crm.request("POST", "/x", json={})
    assert server.connections == 1


def test_download_returns_connection_to_pool(
    server: Server, transport: RequestsTransport, tmp_path: Path
) -> None:
    crm = client_of(server, transport)
    server.script(Reply(200, b"x" * 100_000), Reply(204), Reply(200, b"abc"), as_json({}))
    crm.photos.download("Leads", "1").save(tmp_path / "a")
    with pytest.raises(Exception, match="NO_CONTENT"):
        crm.photos.download("Leads", "1")
    for _ in crm.photos.download("Leads", "1"):
        pass
    crm.request("GET", "/x")
    assert server.connections == 1


def test_a_refused_download_gives_its_connection_back(
    server: Server, transport: RequestsTransport
) -> None:
    crm = client_of(server, transport)
    server.script(as_json({"code": "INVALID_DATA", "status": "error"}, 400))
    for _ in range(3):
        with pytest.raises(Exception, match="INVALID_DATA"):
            crm.photos.download("Leads", "1")
    assert server.connections == 1


def test_a_download_closed_early_frees_its_place(
    server: Server, transport: RequestsTransport
) -> None:
    crm = client_of(server, transport)
    server.script(Reply(200, b"x" * 5_000_000))
    for _ in range(40):  # more than the pool holds
        with crm.photos.download("Leads", "1") as photo:
            assert photo.read(10) == b"x" * 10
    server.script(as_json({"ok": True}))
    assert crm.request("GET", "/x")["ok"]


def test_a_connection_that_the_server_closed_is_replaced(
    server: Server, transport: RequestsTransport
) -> None:
    crm = client_of(server, transport)
    server.script(
        Reply(200, b"{}", close=True), Reply(200, b"{}", close=True), as_json({"ok": True})
    )
    for _ in range(2):
        crm.request("GET", "/x")
        time.sleep(0.05)
    assert crm.request("POST", "/x", json={})["ok"]
    assert server.connections == 3


def test_closed_connections_are_replaced(server: Server, transport: RequestsTransport) -> None:
    crm = client_of(server, transport)
    for _ in range(2):
        crm.request("GET", "/x")
        crm.request("GET", "/x")
        transport.close()
    assert server.connections == 2


def test_threads_share_the_pool(server: Server, transport: RequestsTransport) -> None:
    crm = client_of(server, transport)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: crm.records.get("Leads", "1"), range(80)))
    assert len(server.got) == 80
    assert server.connections <= 8
    assert len(transport._senders) == 1


def in_a_child(call: Callable[[], Any]) -> None:
    """Fork, make a call in the child, and wait for it to succeed."""
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        try:
            call()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


forks = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@forks
def test_a_forked_child_opens_its_own_connection(
    server: Server, transport: RequestsTransport
) -> None:
    crm = client_of(server, transport)
    crm.request("GET", "/parent")
    in_a_child(lambda: crm.request("GET", "/child"))
    crm.request("GET", "/parent")
    assert [(got.path, got.connection) for got in server.got] == [
        ("/parent", 1),
        ("/child", 2),
        ("/parent", 1),
    ]


@forks
def test_a_fork_in_the_middle_of_anothers_call_does_not_hang(
    server: Server, transport: RequestsTransport
) -> None:
    crm = client_of(server, transport)
    started, release = threading.Event(), threading.Event()

    def slow(got: Got) -> Reply:
        if got.path == "/slow":
            started.set()
            release.wait(PATIENCE)
        return as_json({})

    server.answer = slow
    other = threading.Thread(target=crm.request, args=("GET", "/slow"))
    other.start()
    assert started.wait(PATIENCE)
    in_a_child(lambda: crm.request("GET", "/child"))
    release.set()
    other.join()
