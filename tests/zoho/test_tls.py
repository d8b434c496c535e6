from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from django_zcrm.zoho.errors import (
    Unreachable,
)
from django_zcrm.zoho.http import Request
from django_zcrm.zoho.transports.pooled import PooledTransport
from tests.zoho.live import TIMEOUT, get
from tests.zoho.server import Server, answering


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


def test_tls_that_is_none_may_have_taken_something(transport: PooledTransport) -> None:
    plain = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    with answering(plain) as url, pytest.raises(Unreachable, match="TLS") as caught:
        transport.send(url.replace("http:", "https:"), get(), TIMEOUT)
    assert caught.value.sent
