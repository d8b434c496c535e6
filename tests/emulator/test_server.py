"""The emulator over a socket: HTTP/1.1 as clients speak it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from django_zcrm.emulator import Emulator
from django_zcrm.emulator.core.request import Request
from django_zcrm.emulator.core.server import EmulatorServer

from .caller import ALL_SCOPES, make_caller


@pytest.fixture
def server() -> Iterator[EmulatorServer]:
    with Emulator(data="empty").serve() as running:
        yield running


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def say(server: EmulatorServer, *parts: bytes) -> bytes:
    """Everything that comes back for these bytes, until the server closes."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as line:
        for part in parts:
            line.sendall(part)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while data := line.recv(65_536):
                received += data
    return received


def last_request(session: requests.Session, server: EmulatorServer) -> dict[str, object]:
    listed = session.get(f"{server.url}/emulator/requests", timeout=30).json()["requests"]
    return dict(listed[-1])


def test_one_connection_serves_a_session(server: EmulatorServer, session: requests.Session) -> None:
    def port_of(method: str, path: str, body: bytes = b"") -> int:
        answer: Any = session.request(method, server.url + path, data=body, stream=True, timeout=30)
        port: int = answer.raw.connection.sock.getsockname()[1]
        assert answer.raw.version == 11
        assert int(answer.headers["Content-Length"]) == len(answer.content)
        return port

    ports = {
        port_of("GET", path)
        for path in ("/emulator/health", "/crm/v8/org", "/nothing", "/emulator/health")
    }
    assert len(ports | {port_of("POST", "/crm/v8/org", b"x" * 300_000)}) == 1


def test_chunked_upload_is_read(server: EmulatorServer, session: requests.Session) -> None:
    body = json.dumps({"scope": ALL_SCOPES}).encode()
    answer = session.post(
        f"{server.url}/emulator/grant-codes", data=iter([body[:10], body[10:]]), timeout=30
    )
    assert answer.json()["code"]


def test_chunked_multipart_upload_is_read(
    server: EmulatorServer, session: requests.Session
) -> None:
    prepared = requests.Request(
        "POST",
        f"{server.url}/crm/v2/Leads/1/Attachments",
        files={"file": ("a.bin", BytesIO(bytes(range(256)) * 1000))},
    ).prepare()
    whole = prepared.body
    assert isinstance(whole, bytes)
    session.post(
        prepared.url or "",
        headers={"Content-Type": prepared.headers["Content-Type"]},
        data=(whole[at : at + 7000] for at in range(0, len(whole), 7000)),
        timeout=30,
    )
    files = last_request(session, server)["files"]
    assert isinstance(files, list)
    assert [(part["name"], part["size"]) for part in files] == [("file", 256_000)]


def test_two_requests_in_one_packet_are_served(server: EmulatorServer) -> None:
    received = say(
        server,
        b"GET /emulator/health HTTP/1.1\r\nHost: x\r\n\r\n"
        b"GET /emulator/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    )
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.count(b"Connection: close") == 1


def test_unread_body_does_not_disturb_the_next_request(server: EmulatorServer) -> None:
    received = say(
        server,
        b"POST /emulator/reset HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"5;ext=1\r\nhello\r\n",
        b"0\r\nTrailer: 1\r\n\r\n",
        b"GET /emulator/health HTTP/1.0\r\n\r\n",
    )
    assert received.count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize("length", [b"-5", b"", b"five", b"0x5", b"1_0"])
def test_chunk_without_a_length_ends_the_connection(length: bytes, server: EmulatorServer) -> None:
    received = say(
        server,
        b"POST /emulator/reset HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        length + b"\r\nhello\r\n0\r\n\r\n",
        b"GET /emulator/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    )
    assert received == b""


def test_expect_100_continue_is_answered(server: EmulatorServer) -> None:
    received = say(
        server,
        b"POST /emulator/reset HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
        b"Expect: 100-continue\r\nConnection: close\r\n\r\n",
        b"{}",
    )
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n",
    ],
)
def test_malformed_http_is_400(server: EmulatorServer, request_bytes: bytes) -> None:
    assert say(server, request_bytes).startswith(b"HTTP/1.1 400 Bad Request")


@pytest.mark.parametrize("host", ["[::1", "a b", "x:99999999", "<i>"])
def test_odd_host_is_not_used_as_the_own_address(host: str, server: EmulatorServer) -> None:
    page = say(server, f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert page.startswith(b"HTTP/1.1 403 ")
    reply = say(
        server,
        b"GET /.well-known/openid-configuration HTTP/1.1\r\n"
        b"Host: %b\r\nConnection: close\r\n\r\n" % host.encode(),
    )
    assert f'"issuer":"{server.url}"'.encode() in reply


def test_204_has_no_body_and_no_length(server: EmulatorServer, session: requests.Session) -> None:
    code = session.post(
        f"{server.url}/emulator/grant-codes", json={"scope": ALL_SCOPES}, timeout=30
    ).json()["code"]
    token = session.post(
        f"{server.url}/oauth/v2/token",
        timeout=30,
        data={
            "grant_type": "authorization_code",
            "client_id": "1000.EMULATORCLIENT",
            "client_secret": "emulator-secret",
            "code": code,
        },
    ).json()
    assert token["api_domain"] == server.url
    answer = session.get(
        f"{server.url}/crm/v8/users/123456",
        timeout=30,
        headers={"Authorization": f"Zoho-oauthtoken {token['access_token']}"},
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Length" not in answer.headers


def test_head_sends_no_body(server: EmulatorServer) -> None:
    received = say(server, b"HEAD /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 404")
    assert received.endswith(b"\r\n\r\n")


def test_dropped_connection_is_seen_by_the_client(
    server: EmulatorServer, session: requests.Session
) -> None:
    session.post(
        f"{server.url}/emulator/faults", json=[{"path": "/crm/*", "drop": "before"}], timeout=30
    )
    with pytest.raises(requests.ConnectionError):
        session.get(f"{server.url}/crm/v8/org", timeout=30)
    assert session.get(f"{server.url}/crm/v8/org", timeout=30).status_code == 401


def test_body_that_is_too_large_is_413(
    server: EmulatorServer, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Request, "max_content_length", 1000)
    answer = session.post(f"{server.url}/crm/v8/Leads", data=b"x" * 200_000, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY_SIZE_REACHED")
    assert session.get(f"{server.url}/emulator/health", timeout=30).status_code == 200


def test_error_of_the_emulator_is_500(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = make_caller(limit_credits=True)
    monkeypatch.setattr(caller.emulator.zoho.limits, "count_request", lambda *args: 1 / 0)
    answer = caller.get("/crm/v8/org")
    assert (answer.status_code, answer.json["code"]) == (500, "INTERNAL_ERROR")
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.slow
def test_many_clients_are_served_at_once(server: EmulatorServer) -> None:
    failed: list[object] = []

    def call_often() -> None:
        with requests.Session() as session:
            for _ in range(50):
                answer = session.get(f"{server.url}/emulator/health", timeout=30)
                if answer.status_code != 200:
                    failed.append(answer.status_code)

    threads = [threading.Thread(target=call_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_stopping_frees_the_port() -> None:
    emulator = Emulator(data="empty")
    with emulator.serve() as running, requests.Session() as session:
        session.get(f"{running.url}/emulator/health", timeout=30)
        port = urlsplit(running.url).port
    with emulator.serve(port=port or 0) as again:
        assert again.url == running.url


def test_responses_have_the_time(server: EmulatorServer) -> None:
    reply = requests.get(server.url + "/emulator/health", timeout=30)
    date = parsedate_to_datetime(reply.headers["Date"])
    assert abs((datetime.now(UTC) - date).total_seconds()) < 60
