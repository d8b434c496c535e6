"""Awaited calls: the same plans as blocking calls, over aiohttp."""

from __future__ import annotations

import asyncio
import io
import pickle
import re
import sys
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from django_zcrm.testing import ZCRMEmulator, serve
from django_zcrm.zoho.aio import AsyncClient, AsyncDownload, AsyncPage
from django_zcrm.zoho.auth.tokens import AccessToken
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.catalogue.resource_table import Resources
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConfigurationError, Invalid, NotFound, TimedOut, Unreachable
from django_zcrm.zoho.http.downloads import Download
from django_zcrm.zoho.http.messages import ZohoRequest, ZohoResponse
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from tests.zoho.fakes import FakeTokens
from tests.zoho.live import client_of
from tests.zoho.server import DROP, as_json, serving

T = TypeVar("T")


@pytest.fixture
def zoho() -> Iterator[ZCRMEmulator]:
    with serve() as running:
        yield running


@pytest.fixture
def crm(zoho: ZCRMEmulator) -> Client:
    return zoho.client(retries=0)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def leads(count: int) -> list[dict[str, str]]:
    return [{"Last_Name": f"Lead {number}", "Company": "Acme"} for number in range(count)]


def test_the_same_calls_are_awaited(crm: Client) -> None:
    async def work(aio: AsyncClient) -> None:
        made = await aio.records.create("Leads", leads(250))
        assert len(made.accepted) == 250
        assert [outcome.index for outcome in made] == list(range(250))
        lead = await aio.records.get("Leads", made.ids[0])
        assert lead["Last_Name"] == "Lead 0"
        with pytest.raises(Invalid) as refused:
            await aio.records.create_one("Leads", {"Company": "Acme"})
        assert refused.value.field_errors == {"Last_Name": "required field not found"}
        with pytest.raises(NotFound):
            await aio.records.get("Leads", "3652397000000999999")
        assert (await aio.request("GET", "/crm/{version}/org"))["org"][0]["zgid"]

    run(work(crm.aio))


def test_pages_are_iterated_by_async_for(crm: Client) -> None:
    async def work(aio: AsyncClient) -> None:
        await aio.records.create("Leads", leads(450))
        page = await aio.records.list("Leads", fields=["Last_Name"])
        assert isinstance(page, AsyncPage)
        assert len(page.rows) == 200
        names = {lead["Last_Name"] async for lead in page}
        assert len(names) == 450
        sizes = [len(each.rows) async for each in page.pages()]
        assert sizes == [200, 200, 50]
        rows = await aio.coql.query("select Last_Name from Leads where id is not null")
        assert len([row async for row in rows]) == 450
        with pytest.raises(TypeError, match="async for"):
            list(page)  # type: ignore[call-overload]
        with pytest.raises(TypeError, match=r"page\.rows"):
            pickle.dumps(page)

    run(work(crm.aio))


def test_files_go_both_ways_as_streams(crm: Client, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096
    source = tmp_path / "offer.bin"
    source.write_bytes(content)

    async def work(aio: AsyncClient) -> None:
        lead = (await aio.records.create("Leads", leads(1))).ids[0]
        with source.open("rb") as file:
            made = await aio.attachments.upload("Leads", lead, file)
        async with await aio.attachments.download("Leads", lead, made.id) as download:
            assert download.filename == "offer.bin"
            assert b"".join([piece async for piece in download]) == content
        again = await aio.attachments.download("Leads", lead, made.id)
        saved = await again.save(tmp_path / "back.bin")
        assert saved.read_bytes() == content
        assert await (await aio.attachments.download("Leads", lead, made.id)).read() == content
        with pytest.raises(NotFound):
            await aio.photos.download("Leads", lead)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["back.bin", "offer.bin"]

    run(work(crm.aio))


class LateFile(io.BytesIO):
    """A file whose second read ends when the file is rewound, or after half a second."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.reads = 0
        self.is_late, self.is_rewound, self.is_read = (threading.Event() for _ in range(3))

    def read(self, size: int | None = -1) -> bytes:
        self.reads += size != 0
        if self.reads == 2:
            self.is_late.set()
            self.is_rewound.wait(0.5)
        content = super().read(size)
        if self.reads == 2:
            self.is_read.set()
        return content

    def seek(self, *position: int) -> int:
        place = super().seek(*position)
        if self.is_late.is_set():
            self.is_rewound.set()
            self.is_read.wait()
        return place


def test_file_is_sent_again_from_its_start_after_an_early_refusal() -> None:
    content = bytes(range(250)) * 800
    file = LateFile(content)
    bodies: list[bytes] = []
    connections: list[Any] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(asyncio.current_task())
        head = await reader.readuntil(b"\r\n\r\n")
        if b"token-1" in head:
            await asyncio.to_thread(file.is_late.wait)
            body = b'{"code": "INVALID_TOKEN"}'
            writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 25\r\n\r\n" + body)
        else:
            (length,) = re.findall(rb"Content-Length: (\d+)", head)
            bodies.append(await reader.readexactly(int(length)))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await reader.read()
        writer.close()
        await writer.wait_closed()

    async def work() -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            session = Session(FakeTokens(url), RequestsTransport("t"), timeout=(5.0, 5.0, 20.0))
            await Client(session).aio.request("POST", "/x", files={"file": file})
            await asyncio.gather(*connections)

    run(work())
    assert content in bodies[0]


def test_a_file_is_saved_under_the_longest_name_there_is(crm: Client, tmp_path: Path) -> None:
    async def work(aio: AsyncClient) -> None:
        lead = (await aio.records.create("Leads", leads(1))).ids[0]
        made = await aio.attachments.upload("Leads", lead, ("a.bin", b"whole"))
        file = await aio.attachments.download("Leads", lead, made.id)
        saved = await file.save(tmp_path / ("n" * 255))
        assert saved.read_bytes() == b"whole"

    run(work(crm.aio))


def test_a_file_that_cannot_be_written_gives_its_connection_back(tmp_path: Path) -> None:
    closed: list[bool] = []

    async def pieces() -> AsyncIterator[bytes]:
        yield b"whole"

    async def aclose() -> None:
        closed.append(True)

    async def work() -> None:
        response = ZohoResponse(200, stream=pieces, aclose=aclose)
        with pytest.raises(FileNotFoundError):
            await AsyncDownload(Download(response)).save(tmp_path / "missing" / "a.bin")
        assert closed

    run(work())


@pytest.mark.parametrize("slow", ["open", "replace"])
def test_cancelled_save_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    is_called, method = threading.Event(), getattr(Path, slow)

    def call_late(path: Path, *arguments: Any) -> Any:
        if path.suffix == ".part":
            is_called.set()
            time.sleep(0.1)
        return method(path, *arguments)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"whole"

    async def work() -> None:
        response = ZohoResponse(200, stream=pieces)
        saving = asyncio.create_task(AsyncDownload(Download(response)).save(tmp_path))
        await asyncio.to_thread(is_called.wait)
        saving.cancel()
        await asyncio.wait([saving])

    monkeypatch.setattr(Path, slow, call_late)
    run(work())  # which waits for its threads
    assert [path.stat().st_size for path in tmp_path.iterdir()] in ([], [len(b"whole")])


def test_a_dead_token_is_renewed_in_a_thread_and_the_call_replayed(
    crm: Client, zoho: ZCRMEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens: Any = crm.session.tokens
    renew = tokens.renew
    threads: list[str] = []

    def noted(refused: AccessToken) -> AccessToken:
        threads.append(threading.current_thread().name)
        renewed: AccessToken = renew(refused)
        return renewed

    monkeypatch.setattr(tokens, "renew", noted)

    async def work(aio: AsyncClient) -> None:
        await aio.org.get()
        zoho.expire_access_tokens()
        assert (await aio.org.get())["zgid"]

    run(work(crm.aio))
    assert len(threads) == 1
    assert threads[0] != threading.main_thread().name


@pytest.mark.slow
def test_two_hundred_calls_at_once_need_no_thread_each(crm: Client) -> None:
    most = 0

    async def work(aio: AsyncClient) -> None:
        async def one(number: int) -> str:
            nonlocal most
            made = await aio.records.create_one("Leads", leads(number + 1)[number])
            most = max(most, len(asyncio.all_tasks()))
            name: str = (await aio.records.get("Leads", made.id))["Last_Name"]
            return name

        before = {thread.name for thread in threading.enumerate()}
        names = await asyncio.gather(*(one(number) for number in range(200)))
        assert names == [f"Lead {number}" for number in range(200)]
        # The emulator has its own threads; ours are those of the event loop's executor.
        new = {thread.name for thread in threading.enumerate()} - before
        assert len([name for name in new if name.startswith("asyncio_")]) <= 32

    run(work(crm.aio))
    assert most >= 200


@pytest.mark.slow
def test_trouble_on_the_way_has_the_same_errors(crm: Client, zoho: ZCRMEmulator) -> None:
    async def work() -> None:
        aio = crm.aio
        hasty = Client(replace(crm.session, timeout=(10.0, 0.2))).aio
        zoho.fail_next("org.get", delay_ms=5_000)
        with pytest.raises(TimedOut) as late:
            await hasty.org.get()
        assert late.value.operation == "GET /crm/{version}/org"
        zoho.fail_next("org.get", drop="before")
        with pytest.raises(Unreachable):
            await aio.org.get()
        get = ZohoRequest(method="GET", path="/crm/v8/org")
        with pytest.raises(Unreachable) as refused:
            await aio.session.transport.send("http://127.0.0.1:9", get, (10.0, 10.0))
        assert refused.value.sent is False

    run(work())


def test_a_change_is_not_sent_again_when_a_kept_connection_breaks() -> None:
    with serving() as server:
        server.script(as_json({"data": [{"id": "1"}]}), DROP)
        crm = client_of(server, RequestsTransport("t")).aio

        async def work() -> None:
            await crm.records.get("Leads", "1")
            with pytest.raises(Unreachable) as broken:
                await crm.request("PUT", "/x", json={})
            assert broken.value.sent

        run(work())
        assert [got.method for got in server.got] == ["GET", "PUT"]
        assert server.connections == 1


def test_connections_are_closed_with_their_event_loop() -> None:
    with serving() as server:
        server.script(as_json({"data": [{"id": "1"}]}))
        transport: Any = client_of(server, RequestsTransport("closing")).aio.session.transport
        get = ZohoRequest(method="GET", path="/x")

        async def work() -> None:
            for _ in range(2):
                await transport.send(server.url, get, (1.0, 1.0))
            assert len(transport._opened) == 1

        run(work())
        assert server.connections == 1
        assert not transport._opened


def test_each_event_loop_has_its_own_connections(crm: Client) -> None:
    for _ in range(3):
        assert run(crm.aio.org.get())["zgid"]


def test_names_are_checked_as_the_client_checks_them(crm: Client) -> None:
    with pytest.raises(AttributeError, match="no 'recrods'"):
        _ = crm.aio.recrods  # type: ignore[attr-defined]
    assert crm.aio is crm.aio
    assert set(Resources.__annotations__) <= set(dir(crm.aio))
    assert repr(crm.aio) == "<Zoho CRM client for await, v8>"


def test_aio_without_aiohttp_names_the_extra(crm: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if re.match(r"django_zcrm\.zoho\.(aio|http\.transports\.asynchronous)\b", name):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'django-zcrm\[async\]'"):
        _ = crm.aio
