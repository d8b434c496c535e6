"""A secret given to the core appears nowhere: in no text, repr, log record or frame."""

from __future__ import annotations

import io
import logging
import socket
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from django_zcrm.zoho.auth.accounts import OAuthClient, read_tokens
from django_zcrm.zoho.auth.tokens import AccessToken, StaticToken
from django_zcrm.zoho.calls.session import Session
from django_zcrm.zoho.client import Client
from django_zcrm.zoho.errors import ConfigurationError, ZCRMError
from django_zcrm.zoho.http.transports.blocking import RequestsTransport
from django_zcrm.zoho.secret import Secret
from tests.zoho.server import DROP, Reply, Server, as_json, too_late

CANARY = "1000.canarycanarycanary"


def format_error(error: BaseException) -> str:
    """All that an error page, a log or a crash reporter can show of an error."""
    texts = [str(error), repr(error), *traceback.format_exception(error)]
    seen: BaseException | None = error
    while seen is not None:
        frame = seen.__traceback__
        while frame is not None:
            if "tests" not in frame.tb_frame.f_code.co_filename:
                texts += [repr(value) for value in frame.tb_frame.f_locals.values()]
            frame = frame.tb_next
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n".join(texts)


def client_with(token: str, url: str, transport: Any = None) -> Client:
    tokens = StaticToken(AccessToken(Secret(token), url, url, accounts_url=url))
    return Client(Session(tokens, transport or RequestsTransport("t"), timeout=(1, 0.2), retries=1))


FAILURES: list[tuple[str, Reply | None]] = [
    ("refused", as_json({"code": "INVALID_DATA", "status": "error"}, 400)),
    ("unauthenticated", as_json({"code": "INVALID_TOKEN", "status": "error"}, 401)),
    ("gateway", Reply(502, b"<html>")),
    ("html", Reply(200, b"<html>")),
    ("dropped", DROP),
    ("half", Reply(200, b"{}" + b" " * 5000, cut=10)),
    ("redirect", Reply(302, headers={"Location": "https://evil.test/"})),
    ("circle", Reply(302, headers={"Location": "/x"})),
    ("late", None),
]
CALLS: list[Callable[[Client], Any]] = [
    lambda crm: crm.records.get("Leads", "1"),
    lambda crm: crm.records.create("Leads", [{"Last_Name": "A"}]),
    lambda crm: crm.attachments.upload("Leads", "1", ("a", io.BytesIO(b"x"))),
    lambda crm: crm.API.MODULES.post(module="Leads", body={"data": []}),
    lambda crm: crm.users.list(),
]


@pytest.mark.slow
@pytest.mark.parametrize("failure", [failure for _, failure in FAILURES], ids=dict(FAILURES))
@pytest.mark.parametrize("call", CALLS, ids=range(len(CALLS)))
def test_no_failure_shows_the_token(
    failure: Reply | None,
    call: Callable[[Client], Any],
    server: Server,
    waits: list[float],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer = lambda got: failure or too_late()
    crm = client_with(CANARY, server.url)
    with pytest.raises(ZCRMError) as caught:
        call(crm)
    server.wait_for_requests(1)
    assert CANARY not in format_error(caught.value)
    assert server.last.header("Authorization") == f"Zoho-oauthtoken {CANARY}"
    records = [(record.getMessage(), vars(record)) for record in caplog.records]
    assert {record.name for record in caplog.records} >= {"urllib3.connectionpool", "django_zcrm"}
    assert CANARY not in repr(records)
    assert CANARY not in repr([crm, vars(crm), vars(crm.session), crm.API, vars(crm.API)])


@pytest.mark.slow
@pytest.mark.parametrize("token", [f"{CANARY}\r\nX-Evil: 1", f"{CANARY}名"])
def test_token_unfit_for_a_header_is_not_shown(token: str, server: Server) -> None:
    with pytest.raises(ZCRMError) as caught:
        client_with(token, server.url).users.list()
    assert CANARY not in format_error(caught.value)
    assert not server.got


@pytest.mark.slow
@pytest.mark.parametrize("failure", [failure for _, failure in FAILURES], ids=dict(FAILURES))
@pytest.mark.parametrize("ask", ["exchange", "refresh", "revoke"])
def test_no_failure_of_the_accounts_server_shows_a_secret(
    ask: str, failure: Reply | None, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer = lambda got: failure or too_late()
    oauth = OAuthClient("1000.ID", Secret(f"{CANARY}-secret"), "", server.url)
    request = getattr(oauth, ask)(CANARY)
    with pytest.raises(ZCRMError) as caught:
        read_tokens(
            RequestsTransport("t").send(server.url, request, (1, 0.2)), accounts_url=server.url
        )
    server.wait_for_requests(1)
    assert CANARY in server.last.body.decode()
    assert CANARY not in format_error(caught.value)
    assert CANARY not in caplog.text


@pytest.mark.slow
def test_canary_secrets_never_reach_other_hosts_or_output(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(ZCRMError) as caught:
        client_with(CANARY, url).request("POST", "/x", json={"password": CANARY})
    text = format_error(caught.value).replace(
        repr({"password": CANARY}), "the caller's own argument"
    )
    assert CANARY not in text
    assert CANARY not in caplog.text


def test_unencodable_value_is_not_quoted_in_error(server: Server) -> None:
    crm = client_with("t", server.url)
    calls: list[Callable[[], Any]] = [
        lambda: crm.request("GET", "/x", headers={"X": f"{CANARY}\nb"}),
        lambda: crm.request("POST", "/x", json={"a": {CANARY: object()}}),
        lambda: crm.request("POST", "/x", json={"a": f"{CANARY}\ud800"}),
    ]
    for call in calls:
        with pytest.raises(ConfigurationError) as caught:
            call()
        assert CANARY not in str(caught.value) + repr(caught.value)
