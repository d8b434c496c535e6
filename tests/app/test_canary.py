"""A secret appears in no log record, repr, page, error or traceback page."""

from __future__ import annotations

import logging
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path
from django.views.debug import ExceptionReporter

from django_zcrm import zcrm
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.tokens import ConnectionTokens, OAuthTokens, token_store
from django_zcrm.zoho.secret import Secret
from tests.app.zoho import connect, expire

pytestmark = pytest.mark.django_db
CANARY = "c4nary"


@pytest.fixture
def zoho(zcrm_live_emulator: SiteEmulator) -> SiteEmulator:
    """Return an emulator on a port: urllib3's log records count, too."""
    return zcrm_live_emulator


@pytest.fixture
def secrets(zoho: SiteEmulator, configure: Callable[..., None]) -> Connection:
    """A connection all of whose secrets contain the canary, with all loggers captured."""
    zoho.emulator.zoho.grants.clients["1000.EMULATORCLIENT"].secret = f"{CANARY}-client-secret"
    configure(CLIENT_SECRET=f"{CANARY}-client-secret", RETRIES=0)
    row = connect(zoho)
    grants = zoho.emulator.zoho.grants
    real = token_store().get_oauth_tokens(row)
    refresh = grants.refresh_tokens.pop(real.refresh_token.reveal())
    refresh.token = f"1000.{CANARY}-refresh"
    grants.refresh_tokens[refresh.token] = refresh
    access = grants.access_tokens.pop(real.access_token.reveal())
    access.token = f"1000.{CANARY}-access"
    grants.access_tokens[access.token] = access
    token_store().save_oauth_tokens(
        row, OAuthTokens(Secret(access.token), Secret(refresh.token), row.expires_at)
    )
    row.save()
    return row


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        for name in ("requests", "urllib3", "django_zcrm", "django"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        yield caplog
        for name in ("requests", "urllib3", "django_zcrm", "django"):
            logging.getLogger(name).setLevel(logging.NOTSET)


FAULTS: list[dict[str, Any]] = [
    {"drop": "before"},
    {"drop": "after"},
    {"html": 502},
    {"code": "INTERNAL_ERROR"},
    {"throttle": 400},
    {"body": {"error": "invalid_client"}},
    {"body": {"error": "invalid_client_secret"}},
    {"body": {"error": "invalid_code"}},
    {"body": {"error": "general_error"}},
    {"body": ["not", "an", "object"]},
]


def everything_about(error: BaseException, log: pytest.LogCaptureFixture) -> str:
    """Every text that can show an error and its causes, with and without DEBUG."""
    texts = [repr(error), str(error), repr(error.__dict__), repr(error.args)]
    texts += [
        "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    ]
    for debug in (True, False):
        with override_settings(DEBUG=debug):
            reporter = ExceptionReporter(
                RequestFactory().get("/"), type(error), error, error.__traceback__
            )
            texts += [reporter.get_traceback_html(), reporter.get_traceback_text()]
    texts += [repr(pickle.loads(pickle.dumps(error)))]  # noqa: S301
    texts += [f"{record.getMessage()} {record.__dict__}" for record in log.records]
    return "\n".join(texts)


def failed_call(log: pytest.LogCaptureFixture) -> Exception:
    """Make a call that fails; return its error."""
    crm = zcrm.for_identifier("sales@example.com")
    log.clear()
    try:
        crm.request("GET", "/crm/{version}/org")
    except Exception as error:
        return error
    pytest.fail("the call should have failed")


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_failed_refresh_shows_no_secret(
    zoho: SiteEmulator, secrets: Connection, log: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    expire(secrets)
    zoho.fail_next("oauth.token", times=None, **fault)
    seen = everything_about(failed_call(log), log)
    assert CANARY not in seen


@pytest.mark.parametrize(
    "fault", [{"drop": "after"}, {"code": "INTERNAL_ERROR"}, {"html": 502}], ids=str
)
def test_a_failed_call_shows_no_secret(
    zoho: SiteEmulator, secrets: Connection, log: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    zoho.fail_next("org.get", times=None, **fault)
    seen = everything_about(failed_call(log), log)
    assert CANARY not in seen


def test_a_grant_that_cannot_be_stored_shows_no_secret(
    zoho: SiteEmulator, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[OAuthTokens] = []

    def fail(connection: Connection, tokens: OAuthTokens) -> None:
        stored.append(tokens)
        raise OSError("the vault is closed")

    monkeypatch.setattr(token_store(), "save_oauth_tokens", fail)
    try:
        connect(zoho)
    except OSError as error:
        seen = everything_about(error, log)
    assert "the vault is closed" in seen
    assert stored[0].access_token.reveal() not in seen
    assert stored[0].refresh_token.reveal() not in seen


def test_a_refresh_and_a_call_log_no_secret(
    zoho: SiteEmulator, secrets: Connection, log: pytest.LogCaptureFixture
) -> None:
    """The new access token is as secret as the canary."""
    expire(secrets)
    log.clear()
    crm = zcrm.for_identifier("sales@example.com")
    assert crm.request("GET", "/crm/{version}/org")["org"]
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in log.records)
    assert "/oauth/v2/token" in logged  # urllib3's own records are among them
    assert CANARY not in logged
    # SQL logged at DEBUG contains what is written to the database, which is encrypted.
    secrets.refresh_from_db()
    assert token_store().get_oauth_tokens(secrets).access_token.reveal() not in logged


def test_no_repr_shows_a_secret(zoho: SiteEmulator, secrets: Connection) -> None:
    tokens = ConnectionTokens(secrets)
    crm = zcrm.for_identifier("sales@example.com")
    values = [
        secrets,
        tokens,
        tokens.current(),
        token_store().get_oauth_tokens(secrets),
        crm,
        crm.session,
        crm.session.tokens,
        zcrm,
        vars(secrets),
        vars(tokens),
        vars(crm.session),
    ]
    assert CANARY not in repr(values)


def boom(request: HttpRequest) -> HttpResponse:
    """A page of a project whose call to Zoho fails, unhandled."""
    crm = zcrm.for_identifier("sales@example.com")
    return HttpResponse(crm.request("GET", "/crm/{version}/org"))


urlpatterns = [path("boom/", boom)]


@pytest.mark.parametrize("debug", [True, False])
def test_an_error_page_of_the_project_shows_no_secret(
    zoho: SiteEmulator, secrets: Connection, settings: Any, debug: bool
) -> None:
    settings.ROOT_URLCONF = __name__
    settings.DEBUG = debug
    expire(secrets)
    zoho.fail_next("oauth.token", times=None, code="INTERNAL_ERROR")
    response = Client(raise_request_exception=False).get("/boom/")
    assert response.status_code == 500
    assert CANARY not in response.text


@pytest.mark.parametrize("page", ["/zcrm/connect/", "/zcrm/connect/?site=1", "/zcrm/grant-token/"])
def test_no_page_shows_a_secret(
    zoho: SiteEmulator, secrets: Connection, admin_client: Client, admin_user: User, page: str
) -> None:
    for owner in (None, admin_user):
        Connection.objects.update(owner=owner)
        assert CANARY not in admin_client.get(page).text
