from __future__ import annotations

import gzip
import ipaddress
import os
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from requests.adapters import HTTPAdapter

from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import (
    TimedOut,
    TransportError,
    Unreachable,
    UnreadableReply,
    ZohoError,
)
from django_zcrm.zoho.http import Request
from django_zcrm.zoho.transports.pooled import PooledTransport
from tests.zoho.fakes import FakeTokens, session
from tests.zoho.server import DROP, Got, Reply, Server, as_json, serving

TIMEOUT = (2.0, 2.0)


@pytest.fixture
def transport() -> Iterator[PooledTransport]:
    pooled = PooledTransport("django-zcrm/test")
    yield pooled
    for kept in pooled._sessions.values():
        kept.close()


def get(path: str = "/x", **more: Any) -> Request:
    return Request(method="GET", path=path, safe=True, operation="GET /x", **more)


def client_of(server: Server, transport: PooledTransport, **options: Any) -> Client:
    options.setdefault("retries", 0)
    return Client(session(transport, tokens=FakeTokens(server.url), timeout=TIMEOUT, **options))


@pytest.fixture(autouse=True)
def records(server: Server) -> None:
    server.answer = lambda got: as_json({"data": [{"id": "1"}], "users": []})


def test_a_get_carries_the_token_and_nothing_superfluous(
    server: Server, transport: PooledTransport
) -> None:
    client_of(server, transport).records.get("Leads", "1")
    got = server.last
    assert (got.method, got.target, got.body) == ("GET", "/crm/v8/Leads/1", b"")
    assert got.header("Authorization") == "Zoho-oauthtoken token-1"
    assert got.header("User-Agent") == "django-zcrm/test"
    assert got.header_names == {
        "host",
        "authorization",
        "user-agent",
        "accept",
        "accept-encoding",
    }


def test_every_value_in_the_query_is_percent_encoded(
    server: Server, transport: PooledTransport
) -> None:
    hard = "a b+c&d=e/f?g#h%2F%i;j'k\"l\\m名~-_.(:)*,é"
    client_of(server, transport).records.search("Leads", criteria=hard, fields=["A", "B"])
    assert dict(server.last.query)["criteria"] == hard
    raw = server.last.target.partition("?")[2]
    assert "+" not in raw
    assert not set(raw.replace("&", "").replace("=", "")) & set(" +#'\"\\,/?;:()*é名")
    assert "fields=A%2CB" in raw


@pytest.mark.parametrize("value", ["名前", "a b", "a/b", "a?b", "100%", "%2e%2e", "a%2Fb", "a;b"])
def test_a_path_arrives_as_it_was_encoded(
    server: Server, transport: PooledTransport, value: str
) -> None:
    client_of(server, transport).records.get("Leads", value)
    assert server.last.target == f"/crm/v8/Leads/{quote(value, safe='')}"
    assert unquote(server.last.target.rpartition("/")[2]) == value


def test_a_body_goes_out_as_json(server: Server, transport: PooledTransport) -> None:
    client_of(server, transport).request("POST", "/x", json={"a": "名"})
    assert server.last.header("Content-Type") == "application/json"
    assert server.last.body == '{"a":"名"}'.encode()
    assert server.last.header("Content-Length") == str(len(server.last.body))


def test_a_form_goes_out_encoded(server: Server, transport: PooledTransport) -> None:
    client_of(server, transport).request("POST", "/x", data={"a": "b c&d", "e": "名"})
    assert server.last.header("Content-Type") == "application/x-www-form-urlencoded"
    assert server.last.body == b"a=b+c%26d&e=%E5%90%8D"


def test_a_call_without_a_body_says_so(server: Server, transport: PooledTransport) -> None:
    crm = client_of(server, transport)
    for method in ("POST", "PUT"):
        crm.request(method, "/x")
        assert server.last.header("Content-Length") == "0"
        assert "content-type" not in server.last.header_names
    crm.request("DELETE", "/x")
    assert server.last.header_names.isdisjoint({"content-type", "transfer-encoding"})


def test_a_compressed_answer_is_read(server: Server, transport: PooledTransport) -> None:
    server.script(Reply(200, gzip.compress(b'{"a": 1}'), {"Content-Encoding": "gzip"}))
    assert client_of(server, transport).request("GET", "/x")["a"] == 1


@pytest.mark.parametrize("chunked", [False, True])
def test_a_download_streams(server: Server, transport: PooledTransport, chunked: bool) -> None:
    content = os.urandom(300_000)
    disposition = {"Content-Disposition": "attachment; filename*=UTF-8''%E5%90%8D.png"}
    server.script(Reply(200, content, disposition, chunked=chunked))
    found = client_of(server, transport).photos.download("Leads", "1")
    assert found.filename == "名.png"
    assert found.read(10) == content[:10]
    assert found.read() == content[10:]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_download_takes_constant_memory(
    server: Server, transport: PooledTransport, tmp_path: Path, chunked: bool
) -> None:
    size = 32 * 1024 * 1024
    server.script(Reply(200, bytes(size), chunked=chunked))
    crm = client_of(server, transport)
    crm.photos.download("Leads", "1").save(tmp_path / "warm up")
    tracemalloc.start()
    try:
        crm.photos.download("Leads", "1").save(tmp_path / "large")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "large").stat().st_size == size
    assert peak < 2 * 1024 * 1024


def test_raw_utf8_in_a_file_name(server: Server, transport: PooledTransport) -> None:
    name = "报价.pdf".encode().decode("latin-1")
    server.script(Reply(200, b"x", {"Content-Disposition": f'attachment; filename="{name}"'}))
    with client_of(server, transport).photos.download("Leads", "1") as found:
        assert found.filename == "报价.pdf"


def test_calls_share_one_connection(server: Server, transport: PooledTransport) -> None:
    crm = client_of(server, transport)
    for _ in range(5):
        crm.records.get("Leads", "1")
        crm.request("POST", "/x", json={})
    assert server.connections == 1


def test_a_connection_comes_back_after_a_download(
    server: Server, transport: PooledTransport, tmp_path: Path
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
    server: Server, transport: PooledTransport
) -> None:
    crm = client_of(server, transport)
    server.script(as_json({"code": "INVALID_DATA", "status": "error"}, 400))
    for _ in range(3):
        with pytest.raises(Exception, match="INVALID_DATA"):
            crm.photos.download("Leads", "1")
    assert server.connections == 1


def test_a_download_closed_early_frees_its_place(
    server: Server, transport: PooledTransport
) -> None:
    crm = client_of(server, transport)
    server.script(Reply(200, b"x" * 5_000_000))
    for _ in range(40):  # more than the pool holds
        with crm.photos.download("Leads", "1") as found:
            assert found.read(10) == b"x" * 10
    kept = next(iter(transport._sessions.values())).get_adapter(server.url)
    assert isinstance(kept, HTTPAdapter)
    server.script(as_json({}))
    crm.request("GET", "/x")


def test_a_connection_that_the_server_closed_is_replaced(
    server: Server, transport: PooledTransport
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


def test_threads_share_the_pool(server: Server, transport: PooledTransport) -> None:
    crm = client_of(server, transport)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: crm.records.get("Leads", "1"), range(80)))
    assert len(server.got) == 80
    assert server.connections <= 8
    assert len(transport._sessions) == 1


forks = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@forks
def test_a_forked_child_opens_its_own_connection(
    server: Server, transport: PooledTransport
) -> None:
    crm = client_of(server, transport)
    crm.request("GET", "/parent")
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        try:
            crm.request("GET", "/child")
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    crm.request("GET", "/parent")
    assert [(got.path, got.connection) for got in server.got] == [
        ("/parent", 1),
        ("/child", 2),
        ("/parent", 1),
    ]


@forks
def test_a_fork_in_the_middle_of_anothers_call_does_not_hang(
    server: Server, transport: PooledTransport
) -> None:
    crm = client_of(server, transport)
    started, release = threading.Event(), threading.Event()

    def slow(got: Got) -> Reply:
        if got.path == "/slow":
            started.set()
            release.wait(2)
        return as_json({})

    server.answer = slow
    other = threading.Thread(target=crm.request, args=("GET", "/slow"))
    other.start()
    started.wait(2)
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        try:
            crm.request("GET", "/child")
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    release.set()
    other.join()


def test_no_cookie_is_kept(server: Server, transport: PooledTransport) -> None:
    server.script(as_json({}, Set_Cookie="crmcsr=1; Path=/", X="1"), as_json({}))
    crm = client_of(server, transport)
    crm.request("GET", "/x")
    crm.request("GET", "/x")
    assert "cookie" not in server.last.header_names
    assert not list(transport.session(server.url).cookies)


def test_no_netrc_and_no_proxy_changes_the_authorization(
    server: Server,
    transport: PooledTransport,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login thief password CANARY\ndefault login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".netrc").write_text(netrc.read_text())
    with serving() as proxy:
        proxy.answer = lambda got: as_json({"by": "proxy"})
        monkeypatch.setenv("http_proxy", proxy.url.replace("://", "://user:CANARY@"))
        monkeypatch.setenv("no_proxy", "")
        crm = client_of(server, transport)
        assert crm.request("GET", "/x")["by"] == "proxy"
        assert proxy.last.target == f"{server.url}/x"
        assert proxy.last.header("Authorization") == "Zoho-oauthtoken token-1"
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        crm = client_of(server, PooledTransport("x"))
        crm.request("GET", "/x")
    assert server.last.header("Authorization") == "Zoho-oauthtoken token-1"
    assert "proxy-authorization" not in server.last.header_names


def test_a_mounted_adapter_is_used(transport: PooledTransport) -> None:
    class Canned(HTTPAdapter):
        def send(self, request: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
            answer = requests.Response()
            answer.status_code, answer._content, answer.url = 200, b'{"by": "adapter"}', request.url
            return answer

    transport.session("https://zoho.test").mount("https://zoho.test", Canned())
    assert transport.send("https://zoho.test", get(), TIMEOUT).json == {"by": "adapter"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_within_the_host_is_followed_for_get(
    server: Server, transport: PooledTransport, status: int
) -> None:
    server.script(Reply(status, headers={"Location": "/y?a=%2B"}), as_json({"ok": True}))
    crm = client_of(server, transport)
    assert crm.request("GET", "/x")["ok"]
    assert server.last.target == "/y?a=%2B"
    assert server.last.header("Authorization") == "Zoho-oauthtoken token-1"
    assert server.connections == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_refused_and_gets_no_token(
    server: Server, transport: PooledTransport, status: int
) -> None:
    with serving() as other:
        server.script(Reply(status, headers={"Location": f"{other.url}/x"}))
        with pytest.raises(UnreadableReply, match="not followed") as caught:
            client_of(server, transport, retries=2).request("GET", "/x")
        assert caught.value.status == status
        assert other.got == []
        assert other.connections == 0
    assert caught.value.operation == "GET /x"
    assert other.url not in str(caught.value)


@pytest.mark.parametrize(
    "location",
    [
        "//evil.test/x",
        "https://127.0.0.1/x",
        "http://user@127.0.0.1/x",
        "http://127.0.0.1.evil.test/",
        "ftp://127.0.0.1/x",
        "javascript:alert(1)",
        "http://[broken",
        "",
    ],
)
def test_redirects_that_are_not_followed(
    server: Server, transport: PooledTransport, location: str
) -> None:
    server.script(Reply(302, headers={"Location": location} if location else {}))
    with pytest.raises(ZohoError):
        client_of(server, transport).request("GET", "/x")
    assert len(server.got) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_is_not_redirected(
    server: Server, transport: PooledTransport, method: str
) -> None:
    server.script(Reply(307, headers={"Location": "/y"}))
    with pytest.raises(UnreadableReply, match="not followed"):
        client_of(server, transport).request(method, "/x", json={})
    assert len(server.got) == 1


def test_a_circle_of_redirects_ends(server: Server, transport: PooledTransport) -> None:
    server.script(Reply(302, headers={"Location": "/x"}))
    with pytest.raises(UnreadableReply, match="circle"):
        client_of(server, transport, retries=2).users.list()
    assert len(server.got) == 4


def test_a_late_answer_is_timed_out(server: Server, transport: PooledTransport) -> None:
    def late(got: Got) -> Reply:
        time.sleep(0.5)
        return as_json({})

    server.answer = late
    crm = Client(session(transport, tokens=FakeTokens(server.url), timeout=(1, 0.1), retries=0))
    with pytest.raises(TimedOut, match="in time") as caught:
        crm.request("POST", "/x", json={})
    assert caught.value.sent
    assert caught.value.operation == "POST /x"


@pytest.mark.parametrize("stream", [False, True])
def test_a_body_that_stops_coming_is_timed_out(stream: bool, transport: PooledTransport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        done = threading.Event()

        def half() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
                done.wait(3)

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
def test_nothing_was_sent_when_nobody_listens(transport: PooledTransport, method: str) -> None:
    request = Request(method=method, path="/NewConnectionError", operation="GET /x")
    with pytest.raises(Unreachable) as caught:
        transport.send(f"http://127.0.0.1:{closed_port()}", request, TIMEOUT)
    assert caught.value.sent is False
    assert "127.0.0.1" not in str(caught.value)


def test_nothing_was_sent_when_the_connection_takes_too_long(
    transport: PooledTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*args: Any, **kwargs: Any) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "connect", slow)
    with pytest.raises(TimedOut) as caught:
        transport.send("http://127.0.0.1:9", get(), TIMEOUT)
    assert caught.value.sent is False


def test_a_name_that_is_not_found(
    transport: PooledTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*args: Any, **kwargs: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable) as caught:
        transport.send("http://nowhere.test", get(), TIMEOUT)
    assert caught.value.sent is False


def test_a_proxy_that_refuses(transport: PooledTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://user:CANARY@127.0.0.1:{closed_port()}")
    with pytest.raises(Unreachable, match="proxy") as caught:
        transport.send("http://zoho.test", get(), TIMEOUT)
    assert caught.value.sent is False
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("criteria", ["x", "NewConnectionError", "NameResolutionError"])
def test_a_connection_dropped_before_the_answer_may_have_arrived(
    server: Server, transport: PooledTransport, criteria: str
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
    server: Server, transport: PooledTransport, chunked: bool, tmp_path: Path
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
    server: Server, transport: PooledTransport, waits: list[float]
) -> None:
    server.script(DROP, Reply(200, b'{"a"', cut=2), as_json({"users": [{"id": "1"}]}))
    assert client_of(server, transport, retries=2).users.list().rows == [{"id": "1"}]
    assert len(server.got) == 3


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate for 127.0.0.1 that nobody but itself vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "both.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def tls_server(server: Server, certificate: Path) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *args: None  # type: ignore[method-assign]
    return server.url.replace("http:", "https:")


def test_a_certificate_that_nobody_signed(
    server: Server, transport: PooledTransport, tls_server: str
) -> None:
    request = Request(method="POST", path="/x", body=b"{}")
    with pytest.raises(Unreachable, match="certificate") as caught:
        transport.send(tls_server, request, TIMEOUT)
    assert caught.value.sent is False
    assert not server.got


def test_a_certificate_that_the_site_vouches_for(
    server: Server,
    transport: PooledTransport,
    tls_server: str,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert transport.send(tls_server, get(), TIMEOUT).status == 200
    assert len(server.got) == 1


@contextmanager
def answering(said: bytes) -> Iterator[str]:
    """Listen, and say this to whoever comes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(said)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(2)


def test_tls_that_is_none_may_have_taken_something(transport: PooledTransport) -> None:
    plain = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    with answering(plain) as url, pytest.raises(Unreachable, match="TLS") as caught:
        transport.send(url.replace("http:", "https:"), get(), TIMEOUT)
    assert caught.value.sent


def test_what_is_no_http_at_all(transport: PooledTransport) -> None:
    with answering(b"SSH-2.0-OpenSSH\r\n") as url, pytest.raises(TransportError) as caught:
        transport.send(url, get(), TIMEOUT)
    assert "SSH" not in str(caught.value)


@pytest.mark.parametrize("base", ["", "nonsense", "ftp://zoho.test", "http://"])
def test_a_base_url_that_is_none(transport: PooledTransport, base: str) -> None:
    with pytest.raises(TransportError):
        transport.send(base, get(), TIMEOUT)
