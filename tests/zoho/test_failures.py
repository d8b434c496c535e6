from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from django_zcrm.reasons import reason_of
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import (
    TimedOut,
    TransportError,
    Unreachable,
)
from django_zcrm.zoho.http.messages import ZohoRequest
from django_zcrm.zoho.http.transports.asynchronous import (
    AiohttpTransport,
    _ConnectionBroke,
    _transport_error,
)
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from django_zcrm.zoho.http.transports.failures import FAILURES, at_address
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
def test_closed_port_raises_unreachable_not_sent(transport: RequestsTransport, method: str) -> None:
    request = ZohoRequest(method=method, path="/NewConnectionError", operation="GET /x")
    with pytest.raises(Unreachable) as caught:
        transport.send(f"http://127.0.0.1:{closed_port()}", request, TIMEOUT)
    assert caught.value.sent is False
    assert "NewConnectionError" not in str(caught.value)


def test_nothing_was_sent_when_the_connection_takes_too_long(
    transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*args: Any, **kwargs: Any) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "connect", slow)
    with pytest.raises(TimedOut) as caught:
        transport.send("http://127.0.0.1:9", get(), TIMEOUT)
    assert caught.value.sent is False


def test_unknown_host_raises_unreachable(
    transport: RequestsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable) as caught:
        transport.send("http://nowhere.test", get(), TIMEOUT)
    assert caught.value.sent is False


def test_refusing_proxy_raises_unreachable(
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


def test_response_that_is_not_http_raises_transport_error(transport: RequestsTransport) -> None:
    with answering(b"SSH-2.0-OpenSSH\r\n") as url, pytest.raises(TransportError) as caught:
        transport.send(url, get(), TIMEOUT)
    assert "SSH" not in str(caught.value)


@pytest.mark.parametrize("base", ["", "nonsense", "ftp://zoho.test", "http://"])
def test_invalid_base_url_raises(transport: RequestsTransport, base: str) -> None:
    with pytest.raises(TransportError):
        transport.send(base, get(), TIMEOUT)


def test_an_unreachable_host_is_named(transport: RequestsTransport) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        words = rf"could not be reached \({url}\); start the emulator with: manage.py zcrm_emulator"
        with pytest.raises(Unreachable, match=words):
            transport.send(url, get(), TIMEOUT)
        with pytest.raises(Unreachable, match=words):
            asyncio.run(AiohttpTransport("tests").send(url, get(), TIMEOUT))
    error = Unreachable("Zoho could not be reached", sent=False)
    at_address(error, "https://www.zohoapis.eu/crm")
    assert str(error) == "Zoho could not be reached (https://www.zohoapis.eu)"
    sent = Unreachable("The connection broke")
    at_address(sent, "http://127.0.0.1:8080")
    assert str(sent) == "The connection broke"


def fail_async(url: str) -> TransportError:
    with pytest.raises(TransportError) as caught:
        asyncio.run(AiohttpTransport("tests").send(url, get(), (1, 0.1)))
    return caught.value


def fail_blocking(url: str) -> TransportError:
    with pytest.raises(TransportError) as caught:
        RequestsTransport("tests").send(url, get(), (1, 0.1))
    return caught.value


def test_transport_error_of_both_transports_has_the_same_failure_and_reason(
    server: Server,
) -> None:
    closed = f"http://127.0.0.1:{closed_port()}"
    for answer, url, failure in (
        (None, closed, "unreachable"),
        (DROP, server.url, "broken"),
        (too_late, server.url, "read_timeout"),
        (None, "nonsense", "failed"),
    ):
        for fail in (fail_blocking, fail_async):
            if callable(answer):
                server.answer = answer
            elif answer is not None:
                server.script(answer)
            error = fail(url)
            assert error.failure == failure
            assert error.detail
            assert error.sent is (url == server.url)
            assert reason_of(error).values["why"].code in (failure, "emulator_unreachable")
            assert type(error) is FAILURES[failure][0]


def test_transport_error_of_a_broken_kept_connection_names_the_cause() -> None:
    broke = _ConnectionBroke(aiohttp.ServerDisconnectedError("secret"))
    error = _transport_error(broke, "records.list")
    assert (error.failure, error.detail, error.sent) == ("broken", "ServerDisconnectedError", True)
    assert "secret" not in str(error)
