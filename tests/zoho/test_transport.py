from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
import requests
from requests.adapters import HTTPAdapter

from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from tests.zoho.live import TIMEOUT, client_of, get
from tests.zoho.server import Reply, Server, as_json, serving

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def records(server: Server) -> None:
    server.answer = lambda got: as_json({"data": [{"id": "1"}], "users": []})


def test_a_get_carries_the_token_and_nothing_superfluous(
    server: Server, transport: RequestsTransport
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
    server: Server, transport: RequestsTransport
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
    server: Server, transport: RequestsTransport, value: str
) -> None:
    client_of(server, transport).records.get("Leads", value)
    assert server.last.target == f"/crm/v8/Leads/{quote(value, safe='')}"
    assert unquote(server.last.target.rpartition("/")[2]) == value


def test_body_is_sent_as_json(server: Server, transport: RequestsTransport) -> None:
    client_of(server, transport).request("POST", "/x", json={"a": "名"})
    assert server.last.header("Content-Type") == "application/json"
    assert server.last.body == '{"a":"名"}'.encode()
    assert server.last.header("Content-Length") == str(len(server.last.body))


def test_form_is_sent_encoded(server: Server, transport: RequestsTransport) -> None:
    client_of(server, transport).request("POST", "/x", data={"a": "b c&d", "e": "名"})
    assert server.last.header("Content-Type") == "application/x-www-form-urlencoded"
    assert server.last.body == b"a=b+c%26d&e=%E5%90%8D"


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
@pytest.mark.parametrize("body", [{"json": {"a": 1}}, {"data": {"a": 1}}])
def test_content_type_of_the_caller_replaces_ours(
    server: Server, transport: RequestsTransport, name: str, body: dict[str, Any]
) -> None:
    client_of(server, transport).request("POST", "/x", headers={name: "text/plain"}, **body)
    assert server.last.header("Content-Type") == "text/plain"


def test_call_without_a_body_sends_content_length_0(
    server: Server, transport: RequestsTransport
) -> None:
    crm = client_of(server, transport)
    for method in ("POST", "PUT"):
        crm.request(method, "/x")
        assert server.last.header("Content-Length") == "0"
        assert "content-type" not in server.last.header_names
    crm.request("DELETE", "/x")
    assert server.last.header_names.isdisjoint({"content-type", "transfer-encoding"})


def test_a_compressed_answer_is_read(server: Server, transport: RequestsTransport) -> None:
    server.script(Reply(200, gzip.compress(b'{"a": 1}'), {"Content-Encoding": "gzip"}))
    assert client_of(server, transport).request("GET", "/x")["a"] == 1


@pytest.mark.parametrize("chunked", [False, True])
def test_a_download_streams(server: Server, transport: RequestsTransport, chunked: bool) -> None:
    content = os.urandom(300_000)
    disposition = {"Content-Disposition": "attachment; filename*=UTF-8''%E5%90%8D.png"}
    server.script(Reply(200, content, disposition, chunked=chunked))
    photo = client_of(server, transport).photos.download("Leads", "1")
    assert photo.filename == "名.png"
    assert photo.read(10) == content[:10]
    assert photo.read() == content[10:]


@pytest.mark.slow
@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_download_takes_constant_memory(
    server: Server, transport: RequestsTransport, tmp_path: Path, chunked: bool
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


def test_raw_utf8_in_a_file_name(server: Server, transport: RequestsTransport) -> None:
    name = "报价.pdf".encode().decode("latin-1")
    server.script(Reply(200, b"x", {"Content-Disposition": f'attachment; filename="{name}"'}))
    with client_of(server, transport).photos.download("Leads", "1") as photo:
        assert photo.filename == "报价.pdf"


def test_no_cookie_is_kept(server: Server, transport: RequestsTransport) -> None:
    server.script(as_json({}, Set_Cookie="crmcsr=1; Path=/", X="1"), as_json({}))
    crm = client_of(server, transport)
    crm.request("GET", "/x")
    crm.request("GET", "/x")
    assert "cookie" not in server.last.header_names
    assert not list(transport.session(server.url).cookies)


def test_no_netrc_and_no_proxy_changes_the_authorization(
    server: Server,
    transport: RequestsTransport,
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
        crm = client_of(server, RequestsTransport("x"))
        crm.request("GET", "/x")
    assert server.last.header("Authorization") == "Zoho-oauthtoken token-1"
    assert "proxy-authorization" not in server.last.header_names


def test_a_mounted_adapter_is_used(transport: RequestsTransport) -> None:
    class Canned(HTTPAdapter):
        def send(self, request: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
            answer = requests.Response()
            answer.status_code, answer._content, answer.url = 200, b'{"by": "adapter"}', request.url
            return answer

    transport.session("https://zoho.test").mount("https://zoho.test", Canned())
    assert transport.send("https://zoho.test", get(), TIMEOUT).json == {"by": "adapter"}


def test_session_requested_later_is_used(server: Server, transport: RequestsTransport) -> None:
    crm = client_of(server, transport)
    crm.records.get("Leads", "1")
    transport.session(server.url).headers["X-Mine"] = "1"
    crm.records.get("Leads", "1")
    assert server.last.header("X-Mine") == "1"
    assert server.last.header("Authorization") == "Zoho-oauthtoken token-1"
    transport.close()
    crm.records.get("Leads", "1")
    assert server.last.header("X-Mine") == "1"


def test_a_callers_header_replaces_ours_in_any_case(
    server: Server, transport: RequestsTransport
) -> None:
    client_of(server, transport).request("GET", "/x", headers={"accept": "a/b", "USER-AGENT": "c"})
    names = [name.lower() for name, _ in server.last.headers]
    assert len(names) == len(set(names))
    assert (server.last.header("Accept"), server.last.header("User-Agent")) == ("a/b", "c")


@pytest.mark.slow
def test_a_call_without_a_proxy_loads_no_requests(server: Server) -> None:
    code = (
        "import sys; from django_zcrm.zoho.http.messages import ZohoRequest; "
        "from django_zcrm.zoho.http.transports.blocking import RequestsTransport; "
        "asked = ZohoRequest(method='GET', path='/x'); "
        "response = RequestsTransport('t').send(sys.argv[1], asked, (5, 5)); "
        "print(response.status, 'requests' in sys.modules)"
    )
    bare = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        [sys.executable, "-c", code, server.url],
        cwd=ROOT,
        env=bare,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "200 False\n", done.stderr
