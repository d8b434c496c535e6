from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import (
    TimedOut,
    TransportError,
    Unreachable,
)
from django_zcrm.zoho.http import Request
from django_zcrm.zoho.transports.blocking import RequestsTransport
from tests.zoho.fakes import FakeTokens, session
from tests.zoho.live import TIMEOUT, client_of, get
from tests.zoho.server import DROP, PATIENCE, Reply, Server, answering, as_json, too_late


def test_a_late_answer_is_timed_out(server: Server, transport: RequestsTransport) -> None:
    server.answer = too_late
    crm = Client(session(transport, tokens=FakeTokens(server.url), timeout=(1, 0.1), retries=0))
    with pytest.raises(TimedOut, match="in time") as caught:
        crm.request("POST", "/x", json={})
    assert caught.value.sent
    assert caught.value.operation == "POST /x"


@pytest.mark.slow
@pytest.mark.parametrize("stream", [False, True])
def test_a_body_that_stops_coming_is_timed_out(stream: bool, transport: RequestsTransport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        done = threading.Event()

        def half() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
                done.wait(PATIENCE)

        threading.Thread(target=half, daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(TimedOut) as caught:
            transport.send(url, get(stream=stream), (1, 0.2)).read()
        done.set()
    assert caught.value.sent


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_was_sent_when_nobody_listens(transport: RequestsTransport, method: str) -> None:
    request = Request(method=method, path="/NewConnectionError", operation="GET /x")
    with pytest.raises(Unreachable) as caught:
        transport.send(f"http://127.0.0.1:{closed_port()}", request, TIMEOUT)
    assert caught.value.sent is False
    assert "127.0.0.1" not in str(caught.value)


def test_nothing_was_sent_when_the_connection_takes_too_long(
    transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*args: Any, **kwargs: Any) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "connect", slow)
    with pytest.raises(TimedOut) as caught:
        transport.send("http://127.0.0.1:9", get(), TIMEOUT)
    assert caught.value.sent is False


def test_a_name_that_is_not_found(
    transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable) as caught:
        transport.send("http://nowhere.test", get(), TIMEOUT)
    assert caught.value.sent is False


def test_a_proxy_that_refuses(
    transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://user:CANARY@127.0.0.1:{closed_port()}")
    with pytest.raises(Unreachable, match="proxy") as caught:
        transport.send("http://zoho.test", get(), TIMEOUT)
    assert caught.value.sent is False
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("criteria", ["x", "NewConnectionError", "NameResolutionError"])
def test_a_connection_dropped_before_the_answer_may_have_arrived(
    server: Server, transport: RequestsTransport, criteria: str
) -> None:
    server.script(DROP)
    with pytest.raises(Unreachable) as caught:
        client_of(server, transport, retries=3).request(
            "POST", "/x", params={"criteria": criteria}, json={}
        )
    assert caught.value.sent is True
    assert len(server.got) == 1


@pytest.mark.parametrize("chunked", [False, True])
def test_a_connection_dropped_in_the_middle_of_an_answer(
    server: Server, transport: RequestsTransport, chunked: bool, tmp_path: Path
) -> None:
    server.script(Reply(200, b"{" + b" " * 50_000 + b"}", chunked=chunked, cut=3000))
    crm = client_of(server, transport)
    with pytest.raises(Unreachable, match="broke") as caught:
        crm.request("POST", "/x", json={})
    assert caught.value.sent
    with pytest.raises(Unreachable, match="broke"):
        crm.photos.download("Leads", "1").save(tmp_path / "half")
    assert not list(tmp_path.iterdir())


def test_a_dropped_connection_is_tried_again_for_a_get(
    server: Server, transport: RequestsTransport, waits: list[float]
) -> None:
    server.script(DROP, Reply(200, b'{"a"', cut=2), as_json({"users": [{"id": "1"}]}))
    (user,) = client_of(server, transport, retries=2).users.list().rows
    assert user["id"] == "1"
    assert len(server.got) == 3


def test_what_is_no_http_at_all(transport: RequestsTransport) -> None:
    with answering(b"SSH-2.0-OpenSSH\r\n") as url, pytest.raises(TransportError) as caught:
        transport.send(url, get(), TIMEOUT)
    assert "SSH" not in str(caught.value)


@pytest.mark.parametrize("base", ["", "nonsense", "ftp://zoho.test", "http://"])
def test_a_base_url_that_is_none(transport: RequestsTransport, base: str) -> None:
    with pytest.raises(TransportError):
        transport.send(base, get(), TIMEOUT)
