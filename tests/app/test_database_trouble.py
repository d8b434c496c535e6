"""The database fails in the middle of a refresh: the token is not lost, and errors are ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connections
from django.db import connection as database

from django_zcrm import Unreachable, zcrm
from django_zcrm.models import Connection
from django_zcrm.tokens import OAuthTokens, lease, renew_now, token_store
from tests.app.test_lease import (
    assert_held_no_longer_than_a_lease,
    in_threads,
    token,
    until_zoho_is_asked,
)
from tests.app.zoho import Zoho, connect, expire, refreshes

pytestmark = pytest.mark.django_db(transaction=True)

STORES = "encrypted_access_token"


@contextmanager
def failing(
    words: str, times: int = 1000, error: Exception | None = None
) -> Iterator[Callable[[], int]]:
    """Let queries of this thread that contain the words fail; yield a function that counts them."""
    failed = 0

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal failed
        if words in sql and not sql.startswith("SELECT") and failed < times:
            failed += 1
            raise error or OperationalError("server has gone away")
        return execute(sql, params, many, context)

    with database.execute_wrapper(wrapper):
        yield lambda: failed


@pytest.mark.parametrize("error", [OperationalError("gone away"), InterfaceError("closed")])
def test_the_token_is_stored_over_a_new_connection(zoho: Zoho, error: Exception) -> None:
    expire(connect(zoho))
    with failing(STORES, times=1, error=error) as failures:
        mine = token()
    assert failures() == 1
    assert in_threads(2, token) == [mine, mine]
    assert refreshes(zoho) == 1
    assert not Connection.objects.get().lease_owner


@pytest.mark.slow
def test_token_that_cannot_be_stored_is_used(
    zoho: Zoho, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "LEASE_SECONDS", 2.0)
    row = connect(zoho)
    expire(row)
    crm = zcrm.for_identifier("sales@example.com")
    with failing(STORES) as failures:
        for _ in range(3):
            assert crm.request("GET", "/crm/{version}/org")["org"]
    assert failures() == 2
    assert refreshes(zoho) == 1
    mine = crm.session.tokens.current().value.reveal()
    assert "only this client has it: OperationalError" in caplog.text
    assert mine not in caplog.text
    # The others are held up for as long as a lease lasts, not longer.
    assert_held_no_longer_than_a_lease(row)
    assert token() != mine
    assert refreshes(zoho) == 2
    assert crm.session.tokens.current().value == mine


def test_token_is_used_if_custom_store_fails(zoho: Zoho, monkeypatch: pytest.MonkeyPatch) -> None:
    expire(connect(zoho))

    def fail(*args: Any) -> None:
        raise OperationalError("gone away")

    monkeypatch.setattr(token_store(), "update_oauth_tokens", fail)
    assert isinstance(token(), str)
    assert refreshes(zoho) == 1


def test_without_a_database_there_is_an_error_of_ours(zoho: Zoho) -> None:
    row = connect(zoho)
    expire(row)
    crm = zcrm.for_identifier("sales@example.com")

    def away(*args: Any) -> Any:
        raise OperationalError("could not connect to server")

    with database.execute_wrapper(away):
        with pytest.raises(Unreachable, match="database"):
            renew_now(row)
        with pytest.raises(Unreachable, match="database") as caught:
            crm.request("GET", "/crm/{version}/org")
    assert caught.value.sent is False
    assert isinstance(caught.value.__cause__, OperationalError)
    assert not refreshes(zoho)
    assert crm.request("GET", "/crm/{version}/org")["org"]


def test_error_of_a_stores_database_is_an_error_of_ours(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(zoho)

    def fail(*args: Any) -> OAuthTokens:
        raise OperationalError("gone away")

    with monkeypatch.context() as patch:
        patch.setattr(token_store(), "get_oauth_tokens", fail)
        with pytest.raises(Unreachable, match="database"):
            token()
    assert isinstance(token(), str)
    assert not refreshes(zoho)


def test_in_its_last_minute_a_token_needs_no_database(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(connect(zoho))
    zoho.fail_next("oauth.token", body={"access_token": "1000.short", "expires_in": 100})
    tokens = zcrm.for_identifier("sales@example.com").session.tokens
    assert tokens.current().value == "1000.short"
    later, queries = time.monotonic() + 75, 0
    monkeypatch.setattr("time.monotonic", lambda: later)

    def away(*args: Any) -> Any:
        nonlocal queries
        queries += 1
        raise OperationalError("could not connect to server")

    with database.execute_wrapper(away):
        assert tokens.current().value == "1000.short"
    assert queries


def test_refusal_that_cannot_be_stored_is_raised(zoho: Zoho) -> None:
    expire(connect(zoho))
    zoho.fail_next("oauth.token", drop="before")
    with failing("last_error"), pytest.raises(Unreachable) as caught:
        token()
    assert "database" not in str(caught.value)


@pytest.mark.skipif(
    not database.features.has_select_for_update, reason="SQLite is no server that could hang up"
)
def test_database_disconnect_during_refresh_is_survived(zoho: Zoho) -> None:
    """The lease is prolonged over a new connection, and the token stored."""
    expire(connect(zoho))
    zoho.fail_next("oauth.token", times=1, delay_ms=int(lease.BEAT_SECONDS * 2000) + 500)

    def work() -> str:
        try:
            return token()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        until_zoho_is_asked(zoho)
        with database.cursor() as cursor:
            if database.vendor == "postgresql":
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                killed = len(cursor.fetchall())
            else:
                cursor.execute(
                    "SELECT id FROM information_schema.processlist "
                    "WHERE db = DATABASE() AND id <> CONNECTION_ID()"
                )
                ids = [pk for (pk,) in cursor.fetchall()]
                killed = len(ids)
                for pk in ids:
                    with suppress(OperationalError):  # one that is gone already
                        cursor.execute(f"KILL {int(pk)}")
        assert killed
        mine = future.result()
    assert token() == mine
    assert refreshes(zoho) == 1


@pytest.mark.slow
def test_a_slow_accounts_server_keeps_its_lease(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than a lease lasts that nobody prolongs."""
    monkeypatch.setattr(lease, "LEASE_SECONDS", 2.0)
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.2)
    expire(connect(zoho))
    zoho.fail_next("oauth.token", times=None, delay_ms=3000)
    results = in_threads(4, token)
    assert len(set(results)) == 1
    assert isinstance(results[0], str), results[0]
    assert refreshes(zoho) == 1
