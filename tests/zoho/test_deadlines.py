"""A read timeout holds for a whole response, and a request with its retries ends in time."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.zoho.calls.retry import FIRST_WAIT
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import TimedOut, TransportError, ZohoError
from django_zcrm.zoho.http.messages import Timeout
from django_zcrm.zoho.http.transports import deadlines
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from tests.zoho.fakes import FakeTokens
from tests.zoho.server import Got, Reply, Server, as_json, too_late
from tests.zoho.trickle import ENDLESS, HEAD, PAUSE, SOON, trickling

READ = 0.1
ENOUGH = 1.0
"""Read timeout of what comes in time, though slowly, on a machine that is busy."""

Ask = Callable[[Client], Any]


def blocking(crm: Client) -> Any:
    return crm.request("GET", "/x")


def asynchronous(crm: Client) -> Any:
    return asyncio.run(crm.aio.request("GET", "/x"))


both = pytest.mark.parametrize("ask", [blocking, asynchronous])


def client(url: str, timeout: Timeout = (1.0, READ), retries: int = 0) -> Client:
    tokens = FakeTokens(url)
    return Client(Session(tokens, RequestsTransport("t"), timeout=timeout, retries=retries))


def seconds(work: Callable[[], Any], error: type[Exception] = TimedOut) -> float:
    started = time.monotonic()
    with pytest.raises(error):
        work()
    return time.monotonic() - started


@pytest.mark.slow
@both
@pytest.mark.parametrize("where", ENDLESS)
def test_slow_response_times_out(ask: Ask, where: str) -> None:
    with trickling(ENDLESS[where]) as url:
        assert READ <= seconds(lambda: ask(client(url))) < SOON


@pytest.mark.slow
@both
@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
    ids=["chunked", "refusal", "until it closes", "redirect", "continue"],
)
def test_every_kind_of_slow_response_times_out(ask: Ask, head: bytes) -> None:
    slowly = b"2710\r\n" + b"x" * 10_000
    with trickling(slowly, at_once=head) as url:
        assert seconds(lambda: ask(client(url)), ZohoError) < SOON


@pytest.mark.slow
@pytest.mark.parametrize("where", ENDLESS)
def test_response_timeout_has_sent_true(where: str) -> None:
    with trickling(ENDLESS[where]) as url, pytest.raises(TimedOut, match="in time") as caught:
        client(url).request("POST", "/x", json={})
    assert caught.value.sent
    assert caught.value.operation == "POST /x"


@pytest.mark.slow
@both
def test_a_file_may_take_longer_than_the_read_timeout(ask: Ask, tmp_path: Path) -> None:
    count = int(2 * ENOUGH / PAUSE)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n" % count
    with trickling(b"p" * count, at_once=head) as url:
        crm = client(url, timeout=(1.0, ENOUGH))

        async def download() -> Path:
            file = await crm.aio.photos.download("Leads", "1")
            return await file.save(tmp_path / "photo")

        if ask is asynchronous:
            asyncio.run(download())
        else:
            crm.photos.download("Leads", "1").save(tmp_path / "photo")
    assert (tmp_path / "photo").read_bytes() == b"p" * count


@pytest.mark.slow
def test_a_file_may_take_longer_than_the_read_timeout_while_it_is_uploaded(server: Server) -> None:
    count = int(2 * ENOUGH / PAUSE)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: %d\r\n\r\n" % count
    with trickling(b"p" * count, at_once=head) as url:
        photo = client(url, timeout=(1.0, ENOUGH)).photos.download("Leads", "1")
        crm = client(server.url, timeout=(1.0, ENOUGH))
        crm.request("POST", "/x", files={"file": ("photo.png", photo)})
    assert b"p" * count in server.last.body


@pytest.mark.slow
@both
def test_the_answer_why_there_is_no_file_has_to_come_in_time(ask: Ask) -> None:
    with trickling(b" " * 10_000, at_once=HEAD) as url:
        crm = client(url)

        def download() -> Any:
            if ask is asynchronous:
                return asyncio.run(crm.aio.photos.download("Leads", "1"))
            return crm.photos.download("Leads", "1")

        assert seconds(download) < SOON


class SlowFile:
    """A file that takes longer to read than the read timeout."""

    name = "slow.bin"

    def __init__(self) -> None:
        self.left = 4

    def read(self, size: int = -1) -> bytes:
        if size == 0:  # a question, whether it is text
            return b""
        time.sleep(ENOUGH / 2)
        self.left -= 1
        return b"x" * 10 if self.left >= 0 else b""


@pytest.mark.slow
@both
def test_the_time_that_an_upload_takes_to_leave_does_not_count(ask: Ask, server: Server) -> None:
    crm = client(server.url, timeout=(1.0, ENOUGH))
    if ask is asynchronous:
        asyncio.run(crm.aio.request("POST", "/x", files={"file": SlowFile()}))
    else:
        crm.request("POST", "/x", files={"file": SlowFile()})
    assert server.last.body.count(b"x" * 10) == 4


@pytest.mark.slow
@both
def test_upload_that_nobody_takes_ends(ask: Ask) -> None:
    files = {"file": ("large.bin", bytes(30_000_000))}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        crm = client(f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=(READ, READ))

        async def upload() -> None:
            try:
                await asyncio.wait_for(crm.aio.request("POST", "/x", files=files), SOON / 10)
            finally:
                listening.close()  # resets the connection, which would outlive the event loop
                await asyncio.sleep(READ)

        with pytest.raises(TransportError):
            asyncio.run(upload()) if ask is asynchronous else crm.request("POST", "/x", files=files)


@pytest.mark.slow
@both
def test_a_connection_is_used_again_with_the_whole_timeout(ask: Ask, server: Server) -> None:
    """The short timeout of the end of one response must not stay for the next request."""
    crm = client(server.url, timeout=(1.0, 2.0))

    async def twice() -> None:
        for path in ("/slow", "/slow"):
            await crm.aio.request("GET", path)

    def late(got: Got) -> Reply:
        time.sleep(1.1)
        return as_json({"a": "x" * 200_000})

    server.answer = late
    if ask is asynchronous:
        asyncio.run(twice())
    else:
        for _ in range(2):
            crm.request("GET", "/slow")
    assert server.connections == 1


@pytest.mark.slow
@both
def test_a_request_that_took_all_of_its_time_is_not_tried_again(ask: Ask) -> None:
    with trickling(ENDLESS["body"], connections=1) as url:
        crm = client(url, timeout=(0.1, READ), retries=2)
        assert seconds(lambda: ask(crm)) < SOON


@pytest.mark.slow
def test_a_total_leaves_time_for_retries_and_ends_them(server: Server) -> None:
    server.answer = too_late
    spent = seconds(lambda: blocking(client(server.url, timeout=(20.0, 0.1, 60.0), retries=1)))
    assert spent >= 0.1 + FIRST_WAIT + 0.1
    server.wait_for_requests(2)
    server.got.clear()
    with pytest.raises(TimedOut):
        blocking(client(server.url, timeout=(20.0, 0.1, 0.3), retries=5))
    server.wait_for_requests(1)
    assert len(server.got) == 1


def test_a_wait_that_would_pass_the_deadline_is_not_begun(
    server: Server, waits: list[float]
) -> None:
    server.answer = lambda got: as_json({"code": "INTERNAL_ERROR"}, 503, Retry_After="9")
    with pytest.raises(ZohoError, match="INTERNAL_ERROR"):
        blocking(client(server.url, timeout=(4.0, 4.0), retries=2))
    assert waits == []
    assert len(server.got) == 1


@pytest.mark.slow
@pytest.mark.parametrize("where", ENDLESS)
def test_slow_proxy_times_out(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    with trickling(ENDLESS[where]) as url:
        monkeypatch.setenv("http_proxy", url)
        assert seconds(lambda: blocking(client("http://zoho.test"))) < SOON
        monkeypatch.setenv("https_proxy", url)
        tunnel = client("https://zoho.test", timeout=(READ, READ))
        assert seconds(lambda: blocking(tunnel), TransportError) < SOON


def test_a_reply_that_is_interrupted_at_once_is_closed_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    monkeypatch.setattr(deadlines, "_UntilDeadline", interrupt)
    here, there = socket.socketpair()
    with here, there:
        with pytest.raises(KeyboardInterrupt):
            deadlines._DeadlinedResponse(here)
        gc.collect()
    assert not unraisable
