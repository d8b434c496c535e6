"""Wherever a call fails, no frame of the traceback shows a secret, with DEBUG or without."""

from __future__ import annotations

import asyncio
import io
import json
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import urllib3.connection
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client, RequestFactory, override_settings
from django.views.debug import ExceptionReporter

from django_zcrm import ZCRMError, zcrm
from django_zcrm.conf import get_settings
from django_zcrm.models import Connection
from django_zcrm.oauth import end_connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.tokens import OAuthTokens, token_store
from django_zcrm.tokens.lease import TokenLease
from django_zcrm.tokens.store import DatabaseTokenStore
from django_zcrm.zoho.secret import Secret
from tests.app.zoho import connect, expire
from tests.zoho.trickle import trickling

CANARY = "c4nary"
pytestmark = pytest.mark.django_db


@pytest.fixture
def zoho(zcrm_live_emulator: SiteEmulator) -> SiteEmulator:
    """The emulator behind a socket, as the libraries' frames are checked as well."""
    return zcrm_live_emulator


@pytest.fixture
def secrets(zoho: SiteEmulator, configure: Callable[..., None]) -> Connection:
    """A connection all of whose secrets contain the canary."""
    grants = zoho.emulator.zoho.grants
    grants.clients["1000.EMULATORCLIENT"].secret = f"{CANARY}-client-secret"
    configure(CLIENT_SECRET=f"{CANARY}-client-secret", RETRIES=0)
    row = connect(zoho)
    real = token_store().get_oauth_tokens(row)
    refresh = grants.refresh_tokens.pop(real.refresh_token.reveal())
    access = grants.access_tokens.pop(real.access_token.reveal())
    refresh.token, access.token = f"1000.{CANARY}.refresh", f"1000.{CANARY}.access"
    grants.refresh_tokens[refresh.token] = refresh
    grants.access_tokens[access.token] = access
    tokens = OAuthTokens(Secret(access.token), Secret(refresh.token), row.expires_at)
    token_store().save_oauth_tokens(row, tokens)
    row.save()
    return row


def format_frames(error: BaseException) -> str:
    """All that an error page, a log or a crash reporter can show, of any frame but this module's.

    Those that called are cut off; those of functions that replace others have no secrets.
    """
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    error = error.with_traceback(frames)
    traced = traceback.TracebackException.from_exception(error, capture_locals=True)
    texts = [*traced.format(), repr(error), repr(error.args), repr(vars(error))]
    texts += chained_locals(error)
    for debug in (True, False):
        with override_settings(DEBUG=debug):
            request = RequestFactory().get("/")
            reporter = ExceptionReporter(request, type(error), error, frames)
            texts += [reporter.get_traceback_html(), reporter.get_traceback_text()]
    return "\n".join(texts)


def chained_locals(error: BaseException | None) -> list[str]:
    """The variables of all frames of all exceptions in the chain, suppressed ones included.

    `raise ... from None` keeps the exception before, and some crash reporters follow it.
    """
    texts, seen = [], set()
    waiting = [error]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        waiting += [link.__cause__, link.__context__]
        for frame, line in traceback.walk_tb(link.__traceback__):
            if frame.f_code.co_filename != __file__:
                where = f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}"
                texts += [f"{where} {name} = {value!r}" for name, value in frame.f_locals.items()]
    return texts


def fails(work: Callable[[], Any], kind: type[BaseException] = ZCRMError) -> str:
    """Do what fails; return all that can be shown of it."""
    try:
        work()
    except kind as error:
        text = format_frames(error)
    else:
        pytest.fail("it should have failed")
    assert len(text) > 1000
    assert CANARY not in text, where(text, CANARY)
    return text


def where(text: str, secret: str) -> list[str]:
    """The lines around a secret, to find it."""
    lines = text.splitlines()
    return [
        "\n".join(lines[max(number - 25, 0) : number + 1])
        for number, line in enumerate(lines)
        if secret in line
    ][:2]


def call() -> Any:
    return zcrm.for_identifier("sales@example.com").request("GET", "/crm/{version}/org")


def asynchronous_call() -> Any:
    crm = zcrm.for_identifier("sales@example.com")
    return asyncio.run(crm.aio.request("GET", "/crm/{version}/org"))


calls = pytest.mark.parametrize("ask", [call, asynchronous_call])

ANSWERS: list[Any] = [
    {"access_token": f"1000.{CANARY}\r\nX: y"},
    {"access_token": f"1000.{CANARY}", "refresh_token": True},
    {"access_token": f"1000.{CANARY}", "api_domain": [CANARY]},
    {"error": f"bad_{CANARY}"},
    {"error": f"the client secret is not {CANARY}-client-secret"},
    {"error": "invalid_code", "error_description": f"1000.{CANARY}.refresh"},
    {"error": f"1000.{CANARY}.refresh", "status": "failure"},
    [f"1000.{CANARY}"],
    f"1000.{CANARY}",
]


@pytest.mark.parametrize("body", ANSWERS, ids=range(len(ANSWERS)))
def test_invalid_token_response_is_not_quoted_in_last_error(
    zoho: SiteEmulator, secrets: Connection, body: Any
) -> None:
    expire(secrets)
    zoho.fail_next("oauth.token", times=None, body=body)
    fails(call)
    row = Connection.objects.get()
    assert row.last_error
    assert CANARY not in row.last_error


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
HALF = json.dumps({"access_token": f"1000.{CANARY}", "refresh_token": f"1000.{CANARY}"}).encode()


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        HEAD + HALF,
        HEAD.replace(b"5000", b"%d" % (len(HALF) - 1)) + HALF[:-1],
        HEAD.replace(b"5000", b"9999999") + HALF + b" " * 2_000_000,
        HEAD.replace(b"application/json", b"text/1000.%b.refresh" % CANARY.encode()) + b"x" * 5000,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\n\r\n" % CANARY.encode(),
        b"%b\r\n" % CANARY.encode(),
    ],
    ids=["half", "cut JSON", "too large", "another type", "another encoding", "no HTTP"],
)
def test_truncated_token_response_shows_no_secret(
    zoho: SiteEmulator, secrets: Connection, configure: Callable[..., None], content: bytes
) -> None:
    expire(secrets)
    with trickling(b"   ", at_once=content) as url:
        configure(ACCOUNTS_URL=url, TIMEOUT=(1, 0.5))
        fails(call)
        configure(ACCOUNTS_URL=url)
        fails(lambda: zcrm.generate_auth_tokens("a@example.com", f"1000.{CANARY}"))
    assert CANARY not in Connection.objects.get(pk=secrets.pk).last_error


ECHO = {"code": "INVALID_DATA", "message": f"1000.{CANARY}.access", "status": "error"}


@pytest.mark.slow
@calls
@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_response_that_repeats_the_token_shows_no_secret(
    zoho: SiteEmulator, secrets: Connection, ask: Any, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    zoho.fail_next("org.get", times=None, status=status, body=ECHO)
    assert "•••" in fails(ask)
    assert CANARY not in caplog.text


@calls
@pytest.mark.parametrize("stop", [SystemExit, KeyboardInterrupt, RuntimeError])
def test_interrupted_call_shows_no_secret_in_frames(
    secrets: Connection, monkeypatch: pytest.MonkeyPatch, ask: Any, stop: type[BaseException]
) -> None:
    """As gunicorn stops a worker whose time is up: in the middle of a library."""

    def stopped(*args: Any, **kwargs: Any) -> None:
        raise stop

    zcrm.for_identifier("sales@example.com").session.tokens.current()
    monkeypatch.setattr(urllib3.connection.HTTPConnection, "getresponse", stopped)
    monkeypatch.setattr("aiohttp.ClientResponse.start", stopped)
    fails(ask, stop)


@pytest.mark.slow
def test_cancelled_call_shows_no_secret(zoho: SiteEmulator, secrets: Connection) -> None:
    zoho.fail_next("org.get", times=None, delay_ms=2000)
    crm = zcrm.for_identifier("sales@example.com")

    async def work() -> None:
        task = asyncio.ensure_future(crm.aio.request("GET", "/crm/{version}/org"))
        await asyncio.sleep(0.5)
        task.cancel()
        await task

    fails(lambda: asyncio.run(work()), asyncio.CancelledError)


def boom(*args: Any, **kwargs: Any) -> Any:
    raise DatabaseError("the disk is full")


STORES: list[tuple[Any, str]] = [
    (DatabaseTokenStore, "save_oauth_tokens"),
    (DatabaseTokenStore, "update_oauth_tokens"),
    (DatabaseTokenStore, "get_oauth_tokens"),
    (TokenLease, "take"),
    (Connection, "save"),
    (Connection, "hosts"),
    (Connection, "note_mint"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("home", "name"), STORES, ids=[name for _, name in STORES])
def test_failing_database_or_store_shows_no_secret(
    zoho: SiteEmulator,
    secrets: Connection,
    monkeypatch: pytest.MonkeyPatch,
    home: Any,
    name: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    expire(secrets)
    code = zoho.grant_code()
    monkeypatch.setattr(home, name, boom)
    works: list[Callable[[], Any]] = [
        call,
        lambda: zcrm.generate_auth_tokens("a@example.com", code),
        lambda: zcrm.generate_auth_token_from_refresh_token("b@e.test", f"1000.{CANARY}.refresh"),
        lambda: end_connection(secrets),
    ]
    failed = 0
    for work in works:
        try:
            work()
        except Exception as error:
            failed += 1
            text = format_frames(error)
            assert CANARY not in text, where(text, CANARY)
            assert code not in text, where(text, code)
    assert failed
    assert CANARY not in caplog.text


@pytest.mark.parametrize("keys", [{"TIMEOUT": "soon"}, {"SCOPES": 5}, {"DATA_CENTER": "x"}])
def test_wrong_settings_show_no_secret(
    secrets: Connection, configure: Callable[..., None], keys: dict[str, Any]
) -> None:
    configure(CLIENT_SECRET={"us": CANARY}, ENCRYPTION_KEYS=[f"{CANARY}"], **keys)
    fails(get_settings)
    fails(call)


def test_ciphertext_from_another_row_shows_no_secret(
    zoho: SiteEmulator, secrets: Connection
) -> None:
    connect(zoho, "other@example.com")
    other = Connection.objects.get(user_identifier="other@example.com")
    Connection.objects.filter(pk=other.pk).update(
        encrypted_access_token=secrets.encrypted_access_token,
        encrypted_refresh_token=secrets.encrypted_refresh_token,
    )
    fails(lambda: zcrm.for_identifier("other@example.com").org.get())


@pytest.fixture
def pages(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A browser on a site with DEBUG, whose code breaks in the middle of storing a grant."""
    settings.DEBUG = True
    monkeypatch.setattr("django_zcrm.oauth.grants.read_profile", boom)
    return Client(raise_request_exception=False)


def test_error_page_of_the_callback_shows_no_secret(zoho: SiteEmulator, pages: Client) -> None:
    pages.force_login(User.objects.create_user("ann"))
    back = zoho.consent(pages.post("/zcrm/connect/")["Location"])
    code = dict(parse_qsl(urlsplit(back).query))["code"]
    response = pages.get(back, REQUEST_URI=back, RAW_URI=back)
    assert response.status_code == 500
    assert "the disk is full" in response.text
    assert code not in response.text
    zoho.assert_called("POST", "/oauth/v2/token", times=1, status=200)


def test_error_page_of_a_pasted_token_shows_no_secret(
    zoho: SiteEmulator, pages: Client, admin_user: User
) -> None:
    pages.force_login(admin_user)
    for page in ("/zcrm/grant-token/", "/admin/zcrm/connection/grant-token/"):
        code = zoho.grant_code()
        response = pages.post(page, {"user_identifier": "x@example.com", "grant_token": code})
        assert response.status_code == 500
        assert "the disk is full" in response.text
        assert code not in response.text


def test_command_with_refused_token_shows_no_secret(
    zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"1000.{CANARY}\n"))
    fails(lambda: call_command("zcrm_connect", "--identifier", "a@example.com"), Exception)
    assert CANARY not in "".join(capsys.readouterr())
