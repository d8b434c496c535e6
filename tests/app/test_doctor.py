"""The doctor finds each fault, gives advice, and shows no secret."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from django_zcrm.doctor import network
from django_zcrm.doctor.diagnostics import diagnose
from django_zcrm.doctor.findings import Finding, Level
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.tokens import OAuthTokens, token_store
from django_zcrm.zoho.secret import Secret
from tests.app.zoho import connect, expire, refreshes
from tests.certificate import write_certificate
from tests.zoho.server import serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def zoho(zcrm_live_emulator: SiteEmulator) -> SiteEmulator:
    """Return an emulator on a port: the doctor also tests the network."""
    return zcrm_live_emulator


@pytest.fixture(autouse=True)
def patient(configure: Callable[..., None]) -> None:
    configure(RETRIES=0, SCOPES=["ZohoCRM.modules.ALL", "ZohoCRM.org.READ"])


def worst(identifier: str = "sales@example.com") -> Finding:
    """The one finding that reports a problem."""
    problems = {Level.FAULT, Level.WARNING}
    (finding,) = [finding for finding in diagnose(identifier) if finding.level in problems]
    return finding


def reset_tokens(connection: Connection, **tokens: str) -> None:
    held = token_store().get_oauth_tokens(connection)
    new = OAuthTokens(
        Secret(tokens.get("access_token", held.access_token)),
        Secret(tokens.get("refresh_token", held.refresh_token)),
        held.expires_at,
    )
    token_store().save_oauth_tokens(connection, new)
    connection.save()


def test_healthy_connection_is_ok_in_every_step(zoho: SiteEmulator) -> None:
    connect(zoho)
    levels = {finding.step: finding.level for finding in diagnose()}
    assert set(levels.values()) == {Level.OK}
    assert [*levels][:4] == ["Settings", "Connection", "State", "Stored tokens"]
    assert [*levels][-4:] == ["Clock", "Access token", "Live call", "Scopes"]
    assert refreshes(zoho) == 1


def test_site_without_connections_gets_advice(zoho: SiteEmulator) -> None:
    finding = worst("")
    assert finding.step == "Connection"
    assert "zcrm_connect" in finding.advice


def test_an_unknown_identifier_names_the_known(zoho: SiteEmulator) -> None:
    connect(zoho)
    assert "sales@example.com" in worst("nobody").advice


def test_wrong_settings_are_reported_first(
    zoho: SiteEmulator, configure: Callable[..., None]
) -> None:
    connect(zoho)
    configure(CLIENT_SECRET="", RETRIES="two")
    findings = [finding for finding in diagnose() if finding.level is Level.FAULT]
    assert {finding.step for finding in findings} == {"Settings"}
    assert any("zcrm.E003" in finding.words for finding in findings)


def test_connection_of_another_client_is_reported(
    zoho: SiteEmulator, configure: Callable[..., None]
) -> None:
    connect(zoho)
    configure(CLIENT_ID="1000.OTHER")
    assert "other than the one in the settings" in worst().words


def test_disconnected_connection_is_reported(zoho: SiteEmulator) -> None:
    connection = connect(zoho)
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.DISCONNECTED)
    assert worst().step == "State"


def test_revoked_grant_is_reported(zoho: SiteEmulator) -> None:
    connection = connect(zoho)
    grants = zoho.emulator.zoho.grants
    grants.refresh_tokens.pop(token_store().get_oauth_tokens(connection).refresh_token.reveal())
    finding = worst()
    assert finding.step == "Access token"
    assert "revoked" in finding.advice
    assert worst().step == "State"  # the row has recorded it by now


def test_lost_key_is_reported(zoho: SiteEmulator, settings: Any) -> None:
    connect(zoho)
    settings.SECRET_KEY = "another one"
    assert worst().step == "Stored tokens"


def test_missing_refresh_token_is_reported(zoho: SiteEmulator) -> None:
    reset_tokens(connect(zoho), refresh_token="")
    assert worst().step == "Stored tokens"


def test_wrong_client_secret_is_reported(
    zoho: SiteEmulator, configure: Callable[..., None]
) -> None:
    connect(zoho)
    configure(CLIENT_SECRET="not-the-secret")
    finding = worst()
    assert finding.step == "Access token"
    assert "ecret" in finding.words or "client" in finding.words
    assert finding.advice


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("invalid_client", "CLIENT_ID"),
        ("invalid_client_secret", "secret"),
    ],
)
def test_doctor_reports_zohos_answer_about_client(
    zoho: SiteEmulator, error: str, advice: str
) -> None:
    connect(zoho)
    zoho.fail_next("oauth.token", body={"error": error})
    assert advice in worst().advice


def test_throttled_connection_gets_the_time_to_wait(zoho: SiteEmulator) -> None:
    connection = connect(zoho)
    zoho.fail_next("oauth.token", throttle=400)
    assert "Wait" in worst().advice
    Connection.objects.filter(pk=connection.pk).update(
        throttled_until=timezone.now() + timedelta(minutes=4, seconds=30)
    )
    before = len(zoho.requests_to("*", "/oauth/v2/token"))
    assert "Wait 5 minutes;" in worst().advice
    Connection.objects.update(throttled_until=timezone.now() + timedelta(seconds=30))
    assert "Wait 1 minute;" in worst().advice
    assert len(zoho.requests_to("*", "/oauth/v2/token")) == before


def test_tokens_are_left_to_the_site(zoho: SiteEmulator) -> None:
    connection = connect(zoho)
    now = int(timezone.now().timestamp())
    Connection.objects.filter(pk=connection.pk).update(recent_mints=[now] * 8)
    assert {finding.step for finding in diagnose() if finding.level is Level.SKIPPED} == {
        "Access token"
    }
    assert refreshes(zoho) == 0


def test_connection_without_credits_is_reported(zoho: SiteEmulator) -> None:
    connect(zoho)
    zoho.fail_next("org.get", code="TOO_MANY_REQUESTS", times=None)
    finding = worst()
    assert (finding.step, finding.level) == ("Live call", Level.FAULT)
    assert "Wait" in finding.advice


def test_web_page_instead_of_zohos_answer_is_reported(zoho: SiteEmulator) -> None:
    connect(zoho)
    zoho.fail_next("org.get", html=200, times=None)
    finding = worst()
    assert (finding.step, finding.level) == ("Live call", Level.FAULT)
    assert "text/html" in finding.words


def test_wrong_environment_is_reported(zoho: SiteEmulator) -> None:
    connect(zoho)
    zoho.fail_next("org.get", code="INVALID_TOKEN", times=None)
    assert "environment" in worst().advice


def test_missing_scopes_are_reported(zoho: SiteEmulator, configure: Callable[..., None]) -> None:
    connect(zoho, scopes="ZohoCRM.modules.ALL,ZohoCRM.org.READ")
    configure(SCOPES=["ZohoCRM.org.READ", "ZohoCRM.coql.READ"])
    finding = worst()
    assert (finding.step, finding.level) == ("Scopes", Level.WARNING)
    assert "ZohoCRM.coql.READ" in finding.words


def test_connection_without_the_scope_of_the_test_call_is_ok(zoho: SiteEmulator) -> None:
    connect(zoho, scopes="ZohoCRM.modules.ALL")
    findings = [
        finding for finding in diagnose("sales@example.com") if finding.level is Level.WARNING
    ]
    assert [finding.step for finding in findings] == ["Live call", "Scopes"]


def test_another_organisation_is_reported(zoho: SiteEmulator) -> None:
    connection = connect(zoho)
    Connection.objects.filter(pk=connection.pk).update(organisation_id="1")
    assert "organisation" in worst().words


def test_hosts_that_do_not_belong_together(
    zoho: SiteEmulator, configure: Callable[..., None]
) -> None:
    connection = connect(zoho)
    configure(ACCOUNTS_URL="", API_URL="", UPLOAD_URL="")
    Connection.objects.filter(pk=connection.pk).update(
        accounts_url="https://accounts.zoho.eu", api_domain="https://www.zohoapis.com"
    )
    assert worst().step == "Data centre"


def test_doctor_with_untrusted_host_reports_fault(
    zoho: SiteEmulator, configure: Callable[..., None]
) -> None:
    connection = connect(zoho)
    configure(ACCOUNTS_URL="", API_URL="", UPLOAD_URL="")
    Connection.objects.filter(pk=connection.pk).update(
        accounts_url="https://evil.test", api_domain="https://www.zohoapis.com"
    )
    finding = worst()
    assert finding.step == "Data centre"
    assert "evil.test" in finding.words


@pytest.mark.parametrize(
    "error",
    [
        socket.gaierror(-2, "Name or service not known"),
        UnicodeError("label empty or too long"),  # of a name such as www..zohoapis.com
    ],
)
def test_host_name_without_an_address_is_reported(
    zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    connect(zoho)

    def unknown(*args: Any, **more: Any) -> None:
        raise error

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "DNS" in worst().words


def test_doctor_with_closed_port_reports_fault(
    zoho: SiteEmulator, configure: Callable[..., None]
) -> None:
    connect(zoho)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        configure(ACCOUNTS_URL=f"http://127.0.0.1:{free.getsockname()[1]}")
        assert "No server responds" in worst().words
        assert "manage.py zcrm_emulator" in worst().advice


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ssl.SSLCertVerificationError(1, "self-signed certificate"), "certificate is not accepted"),
        (ssl.SSLError(1, "wrong version number"), "No TLS connection"),
    ],
)
def test_tls_errors_are_reported(
    zoho: SiteEmulator,
    configure: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    error: ssl.SSLError,
    words: str,
) -> None:
    connect(zoho)
    configure(ACCOUNTS_URL=zoho.url.replace("http:", "https:"))

    def refuse(*args: Any, **more: Any) -> None:
        error.verify_message = "self-signed certificate"  # type: ignore[attr-defined]
        raise error

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", refuse)
    assert words in worst().words


def test_directory_of_certificates_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(write_certificate(tmp_path / "both.pem"))
    (tmp_path / "trusted").mkdir()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "trusted"))
    with serving() as server:
        server.handle_error = lambda *args: None  # type: ignore[method-assign]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        findings = list(network._host(server.url.replace("http:", "https:")))
    assert "certificate is not accepted" in findings[-1].words


def test_doctor_behind_a_proxy_does_not_resolve_names(
    zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(zoho)
    monkeypatch.setattr(network, "getproxies", lambda: {"http": "http://proxy.test:3128"})
    monkeypatch.setattr(network, "proxy_bypass", lambda host: False)
    assert {finding.level for finding in network.hosts(connection)} == {Level.SKIPPED}


@pytest.mark.parametrize(
    ("seconds", "level"),
    [(5, Level.OK), (100, Level.WARNING), (-4000, Level.FAULT)],
)
def test_clock_difference_has_its_level(zoho: SiteEmulator, seconds: int, level: Level) -> None:
    connection = connect(zoho)
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    zoho.fail_next(path="/oauth/serverinfo", status=200, body={}, headers={"Date": date})
    assert network.clock(connection).level is level


def run_doctor(*arguments: str) -> tuple[str, str]:
    """What the command prints, and the error it ends with."""
    out = StringIO()
    try:
        call_command("zcrm_doctor", *arguments, stdout=out, no_color=True)
    except CommandError as error:
        return out.getvalue(), str(error)
    return out.getvalue(), ""


def test_command_prints_findings_with_advice(zoho: SiteEmulator) -> None:
    connection = connect(zoho)
    output, error = run_doctor()
    assert not error
    assert "ok  Live call: Zoho responded in" in output
    assert "Nothing prevents calls." in output
    expire(connection)
    zoho.fail_next("oauth.token", body={"error": "invalid_client"})
    output, error = run_doctor("--identifier", "sales@example.com")
    assert error == "There is 1 fault."
    assert "XX  Access token" in output
    assert "    -> " in output


def test_command_as_json_prints_findings(zoho: SiteEmulator) -> None:
    connect(zoho)
    output, error = run_doctor("--json")
    assert not error
    assert {finding["level"] for finding in json.loads(output)} == {"ok"}


def test_doctor_output_contains_no_secret(zoho: SiteEmulator) -> None:
    connection = connect(zoho)
    before = token_store().get_oauth_tokens(connection)
    output = run_doctor("--json")[0] + run_doctor()[0]
    connection.refresh_from_db()
    after = token_store().get_oauth_tokens(connection)
    for secret in (*vars(before).values(), *vars(after).values(), "emulator-secret"):
        assert str(secret) not in output
