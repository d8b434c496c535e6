from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from django_zcrm.zoho.errors import Unreachable
from django_zcrm.zoho.http.messages import ZohoRequest
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from tests.certificate import write_certificate
from tests.zoho.live import TIMEOUT, get
from tests.zoho.server import Server, answering


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a self-signed certificate for 127.0.0.1, with its key."""
    return write_certificate(tmp_path / "both.pem")


@pytest.fixture
def tls_server(server: Server, certificate: Path) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *args: None  # type: ignore[method-assign]
    return server.url.replace("http:", "https:")


def test_unsigned_certificate_raises_not_sent(
    server: Server, transport: RequestsTransport, tls_server: str
) -> None:
    request = ZohoRequest(method="POST", path="/x", body=b"{}")
    with pytest.raises(Unreachable, match="certificate") as caught:
        transport.send(tls_server, request, TIMEOUT)
    assert caught.value.sent is False
    assert not server.got


def test_certificate_trusted_by_the_site_is_accepted(
    server: Server,
    transport: RequestsTransport,
    tls_server: str,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert transport.send(tls_server, get(), TIMEOUT).status == 200
    assert len(server.got) == 1


def test_tls_that_is_none_may_have_taken_something(transport: RequestsTransport) -> None:
    plain = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    with answering(plain) as url, pytest.raises(Unreachable, match="TLS") as caught:
        transport.send(url.replace("http:", "https:"), get(), TIMEOUT)
    assert caught.value.sent
