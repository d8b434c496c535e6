"""A response that decodes to more than the limit costs no more memory than that."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from django_zcrm.zoho.auth import accounts
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import UnreadableResponse
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from django_zcrm.zoho.secret import Secret
from tests.zoho.fakes import FakeTokens
from tests.zoho.server import Reply, Server, as_json

ROOT = Path(__file__).resolve().parents[2]
MB = 1024 * 1024


def blocking(crm: Client, **more: Any) -> Any:
    return crm.request("GET", "/x", **more)


def asynchronous(crm: Client, **more: Any) -> Any:
    return asyncio.run(crm.aio.request("GET", "/x", **more))


def blocking_file(crm: Client) -> Any:
    return crm.photos.download("Leads", "1")


def asynchronous_file(crm: Client) -> Any:
    return asyncio.run(crm.aio.photos.download("Leads", "1"))


def client(url: str, limit: int = 100_000) -> Client:
    tokens = FakeTokens(url)
    return Client(Session(tokens, RequestsTransport("t"), max_response_bytes=limit, retries=2))


def bomb(megabytes: int) -> bytes:
    """A gzip file of zeros, a thousandth of what it decodes to."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    first, again = (packer.compress(bytes(MB)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * (megabytes - 1)  # nobody gets as far as the checksum


@pytest.mark.parametrize("status", [200, 400, 503])
@pytest.mark.parametrize("ask", [blocking, asynchronous, blocking_file, asynchronous_file])
def test_a_reply_above_the_limit_is_refused(
    ask: Callable[[Client], Any], status: int, server: Server
) -> None:
    server.script(as_json({"a": "x" * 100_000}, status))
    with pytest.raises(UnreadableResponse, match=r"100000 bytes.*MAX_RESPONSE_BYTES") as caught:
        ask(client(server.url))
    assert caught.value.status == status
    assert caught.value.operation
    assert len(server.got) == 1


@pytest.mark.parametrize("ask", [blocking, asynchronous])
def test_a_reply_up_to_the_limit_is_read(ask: Callable[[Client], Any], server: Server) -> None:
    whole = as_json({"a": "x" * 1000})
    server.script(whole)
    assert ask(client(server.url, len(whole.body)))["a"] == "x" * 1000
    with pytest.raises(UnreadableResponse):
        ask(client(server.url, len(whole.body) - 1))


def test_a_file_is_not_limited(server: Server, tmp_path: Path) -> None:
    server.script(Reply(200, bytes(300_000), {"Content-Type": "image/png"}))
    crm = client(server.url)
    assert len(crm.photos.download("Leads", "1").read()) == 300_000

    async def download() -> bytes:
        return await (await crm.aio.photos.download("Leads", "1")).read()

    assert len(asyncio.run(download())) == 300_000


def test_the_connection_of_a_reply_that_was_too_large_is_not_used_again(server: Server) -> None:
    server.script(as_json({"a": "x" * 10 * MB}), as_json({"b": 1}))
    crm = client(server.url)
    with pytest.raises(UnreadableResponse):
        blocking(crm)
    assert blocking(crm)["b"] == 1
    assert server.connections == 2


def test_the_accounts_server_has_a_limit_of_its_own(server: Server) -> None:
    server.script(as_json({"access_token": "x" * MB}))
    client_at = accounts.OAuthClient("1000.ID", Secret("secret"), "", server.url)
    for request in (client_at.exchange("c"), client_at.refresh("r"), client_at.revoke("r")):
        with pytest.raises(UnreadableResponse, match="1048576 bytes"):
            RequestsTransport("t").send(server.url, request, (2.0, 5.0))
    for ask in (blocking, asynchronous):
        with pytest.raises(UnreadableResponse, match="1048576 bytes"):
            ask(client(server.url, 64 * MB), host="accounts")


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip,gzip", "x"])
@pytest.mark.parametrize("ask", [blocking, asynchronous, blocking_file, asynchronous_file])
def test_an_encoding_that_was_not_asked_for_is_not_decoded(
    ask: Callable[[Client], Any], encoding: str, server: Server
) -> None:
    server.script(Reply(200, b"x" * 100, {"Content-Encoding": encoding}))
    with pytest.raises(UnreadableResponse, match="encoded in another way"):
        ask(client(server.url))


STATUSES = (200, 302, 500)
MEASURE = f"""
import resource, sys
from tests.zoho import test_response_size as cases
from django_zcrm.zoho.errors import UnreadableResponse

crm = cases.client(sys.argv[1], 16 * cases.MB)
ask = getattr(cases, sys.argv[2])
refused = []
for _ in range(1 + {len(STATUSES)}):
    try:
        ask(crm)
    except UnreadableResponse as error:
        refused.append(error.status)
    if len(refused) == 1:  # by now all libraries are loaded
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) // 1024, *refused)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has another unit elsewhere")
@pytest.mark.parametrize("ask", ["blocking", "asynchronous", "blocking_file", "asynchronous_file"])
def test_a_gigabyte_in_a_megabyte_costs_bounded_memory(ask: str, server: Server) -> None:
    packed = bomb(1024)
    assert len(packed) < 1.1 * MB
    head = {
        "Content-Encoding": "gzip",
        "Content-Type": "application/json",
        "Location": "https://elsewhere.test/",
    }
    bombs = [Reply(status, packed, head, close=True) for status in STATUSES]
    server.script(Reply(400, b"<html>"), *bombs)
    measured = subprocess.run(
        [sys.executable, "-c", MEASURE, server.url, ask],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    megabytes, *refused = map(int, measured.stdout.split())
    assert refused == [400, *STATUSES]
    # The limit, what one piece of 64 KB may decode to in a library without its own limit,
    # and room for how an allocator works.
    assert megabytes < 16 + 66 + 40
