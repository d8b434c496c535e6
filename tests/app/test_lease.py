"""One refresh, however many threads and processes meet an expired token."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connections, transaction
from django.utils import timezone

from django_zcrm import (
    ConsentWithdrawn,
    Limited,
    NotConnected,
    ServerFault,
    encryption,
    zcrm,
)
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator
from django_zcrm.tokens import columns, lease
from tests.app.zoho import connect, expire, process_environment, refreshes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def zoho(zcrm_live_emulator: SiteEmulator) -> SiteEmulator:
    """Return an emulator that other processes reach."""
    return zcrm_live_emulator


def in_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    """Run `work` in threads that start together; return results and errors."""
    barrier = threading.Barrier(count)

    def one(_: int) -> Any:
        try:
            barrier.wait()
            return work()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@contextmanager
def processes(zoho: SiteEmulator, count: int, threads: int, **more: str) -> Iterator[list[Any]]:
    """Start refreshers that wait for a line on their standard input."""
    environment = {**process_environment(zoho), **more}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.app.refresher", "sales@example.com", str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(count)
    ]
    try:
        for process in started:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def lines(process: Any) -> list[str]:
    """Let a refresher run to its end; return what it printed."""
    return str(process.communicate("go\n", timeout=60)[0]).split()


def slow_accounts_server(zoho: SiteEmulator, milliseconds: int = 200) -> None:
    zoho.fail_next("oauth.token", times=None, delay_ms=milliseconds)


def until_zoho_is_asked(zoho: SiteEmulator) -> None:
    """Wait for a call that meets the first fault."""
    until = time.monotonic() + 20
    while not zoho.emulator.zoho.faults.listed[0].hits:
        assert time.monotonic() < until
        time.sleep(0.02)


def token() -> str:
    return zcrm.for_identifier("sales@example.com").session.tokens.current().value.reveal()


def assert_held_no_longer_than_a_lease(row: Connection) -> None:
    """Check how long others wait for one that does not prolong it any more."""
    row.refresh_from_db()
    assert row.lease_until is not None
    assert row.lease_until - timezone.now() <= timedelta(seconds=lease.LEASE_SECONDS)


@pytest.mark.slow
def test_16_threads_with_clients_of_their_own_ask_once(zoho: SiteEmulator) -> None:
    expire(connect(zoho))
    slow_accounts_server(zoho)
    tokens = in_threads(16, token)
    assert len(set(tokens)) == 1
    assert isinstance(tokens[0], str), tokens[0]
    assert refreshes(zoho) == 1


@pytest.mark.slow
def test_16_threads_with_one_client_ask_once(zoho: SiteEmulator) -> None:
    expire(connect(zoho))
    slow_accounts_server(zoho)
    tokens = zcrm.for_identifier("sales@example.com").session.tokens
    outcomes = in_threads(16, lambda: tokens.current().value)
    assert len(set(outcomes)) == 1
    assert refreshes(zoho) == 1


@pytest.mark.slow
def test_16_threads_with_one_client_share_a_failure(zoho: SiteEmulator) -> None:
    expire(connect(zoho))
    zoho.fail_next("oauth.token", times=None, code="INTERNAL_ERROR", delay_ms=1000)
    tokens = zcrm.for_identifier("sales@example.com").session.tokens
    outcomes = in_threads(16, lambda: tokens.current().value)
    assert [type(outcome) for outcome in outcomes] == [ServerFault] * 16
    assert len({id(outcome) for outcome in outcomes}) == 16
    assert refreshes(zoho) == 1


@pytest.mark.slow
def test_2_processes_of_8_threads_ask_once(zoho: SiteEmulator) -> None:
    expire(connect(zoho))
    slow_accounts_server(zoho)
    with processes(zoho, 2, 8) as started, ThreadPoolExecutor(2) as pool:
        lines_printed = [line for printed in pool.map(lines, started) for line in printed]
    assert len(lines_printed) == 16
    assert set(lines_printed) == {token()[-8:]}
    assert refreshes(zoho) == 1


@pytest.mark.slow
def test_killed_refresh_blocks_until_lease_ends(
    zoho: SiteEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "LEASE_SECONDS", 2.0)
    row = connect(zoho)
    expire(row)
    zoho.fail_next("oauth.token", times=1, delay_ms=3000)
    with processes(zoho, 1, 1, ZCRM_TEST_LEASE="2.0") as (victim,):
        victim.stdin.write("go\n")
        victim.stdin.flush()
        until_zoho_is_asked(zoho)
        victim.kill()
        assert_held_no_longer_than_a_lease(row)
        assert isinstance(token(), str)
    while refreshes(zoho) < 2:  # the emulator is still at the victim's call
        time.sleep(0.05)


@pytest.mark.slow
def test_revoked_grant_is_marked_and_raised_for_all(zoho: SiteEmulator) -> None:
    row = connect(zoho)
    expire(row)
    zoho.emulator.zoho.grants.refresh_tokens.clear()
    slow_accounts_server(zoho)
    outcomes = in_threads(8, token)
    assert [type(outcome) for outcome in outcomes] == [ConsentWithdrawn] * 8
    assert refreshes(zoho) == 2  # a refusal is confirmed
    row.refresh_from_db()
    assert row.state == Connection.State.CONSENT_WITHDRAWN
    with pytest.raises(ConsentWithdrawn):
        token()
    assert refreshes(zoho) == 2


@pytest.mark.slow
@pytest.mark.parametrize("status", [200, 400])
def test_throttled_refresh_raises_limited_and_marks_nothing(
    zoho: SiteEmulator, status: int
) -> None:
    row = connect(zoho)
    expire(row)
    zoho.fail_next("oauth.token", throttle=status, delay_ms=1000)
    outcomes = in_threads(8, token)
    assert [type(outcome) for outcome in outcomes] == [Limited] * 8
    assert all(outcome.retry_after == 600 for outcome in outcomes)
    assert refreshes(zoho) == 1
    row.refresh_from_db()
    assert row.is_usable
    assert not row.lease_owner
    assert isinstance(token(), str)


def test_repeated_throttles_stop_requests_for_a_while(zoho: SiteEmulator) -> None:
    expire(connect(zoho))
    zoho.fail_next("oauth.token", throttle=400, times=None)
    for _ in range(5):
        with pytest.raises(Limited) as caught:
            token()
    assert refreshes(zoho) == 3
    assert caught.value.retry_after
    assert 50 < caught.value.retry_after <= 60


@pytest.mark.parametrize("code", ["INVALID_TOKEN", "AUTHENTICATION_FAILURE", "INVALID_OAUTHTOKEN"])
def test_a_token_killed_early_is_renewed_once_and_the_call_repeated(
    zoho: SiteEmulator, code: str
) -> None:
    connect(zoho)
    zoho.fail_next("org.get", code=code)
    crm = zcrm.for_identifier("sales@example.com")
    assert crm.request("GET", "/crm/{version}/org")["org"]
    assert refreshes(zoho) == 1
    zoho.assert_called("GET", "/crm/v8/org", times=3)  # one of them is the grant's


@pytest.mark.slow
def test_threads_whose_token_was_killed_renew_it_once(zoho: SiteEmulator) -> None:
    connect(zoho)
    zoho.emulator.zoho.grants.access_tokens.clear()
    slow_accounts_server(zoho)

    def call() -> Any:
        crm = zcrm.for_identifier("sales@example.com")
        return crm.request("GET", "/crm/{version}/org")["org"][0]["id"]

    outcomes = in_threads(8, call)
    assert len(set(outcomes)) == 1
    assert refreshes(zoho) == 1


def test_a_deleted_row_is_not_connected(zoho: SiteEmulator) -> None:
    row = connect(zoho)
    expire(row)
    crm = zcrm.for_identifier("sales@example.com")
    row.delete()
    with pytest.raises(NotConnected):
        crm.session.tokens.current()


def test_a_transaction_does_not_hold_the_lease(zoho: SiteEmulator) -> None:
    """Others see the new token at once, and it survives a rollback of the transaction."""
    expire(connect(zoho))
    with transaction.atomic():
        Connection.objects.get()  # MySQL's snapshot begins here
        mine = token()
        assert in_threads(1, token) == [mine]
        assert token() == mine
        transaction.set_rollback(True)
    assert token() == mine
    assert refreshes(zoho) == 1


@pytest.mark.slow
def test_threads_in_transactions_of_their_own_ask_once(zoho: SiteEmulator) -> None:
    """As with ATOMIC_REQUESTS."""
    expire(connect(zoho))
    slow_accounts_server(zoho)

    def in_transaction() -> str:
        with transaction.atomic():
            return token()

    outcomes = in_threads(8, in_transaction)
    assert len(set(outcomes)) == 1
    assert isinstance(outcomes[0], str)
    assert refreshes(zoho) == 1


@pytest.mark.slow
def test_a_transaction_that_has_the_row_locked_refreshes_in_itself(zoho: SiteEmulator) -> None:
    row = connect(zoho)
    expire(row)
    started = time.monotonic()
    with transaction.atomic():
        row.refresh_from_db()
        row.last_error = "changed and not yet committed"
        row.save()
        mine = token()
    assert time.monotonic() - started < lease.WAIT_SECONDS
    assert token() == mine
    assert refreshes(zoho) == 1


def test_a_connection_made_in_the_same_transaction_works(zoho: SiteEmulator) -> None:
    with transaction.atomic():
        expire(connect(zoho))
        mine = token()
    assert token() == mine


@pytest.mark.slow
def test_keys_rotate_while_another_process_refreshes(zoho: SiteEmulator, configure: Any) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    configure(ENCRYPTION_KEYS=[old])
    row = connect(zoho)
    expire(row)
    configure(ENCRYPTION_KEYS=[new, old])
    zoho.fail_next("oauth.token", times=1, delay_ms=1500)
    with processes(zoho, 1, 1, ZCRM_TEST_KEYS=f"{new} {old}") as (worker,):
        worker.stdin.write("go\n")
        worker.stdin.flush()
        until_zoho_is_asked(zoho)
        call_command("zcrm_rotate_keys", stdout=StringIO())
        renewed = worker.communicate(timeout=60)[0].strip()
    configure(ENCRYPTION_KEYS=[new])
    assert token()[-8:] == renewed
    expire(row)
    assert token()[-8:] != renewed
    assert refreshes(zoho) == 2


def test_token_stored_during_rotation_is_rotated(
    zoho: SiteEmulator, configure: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    configure(ENCRYPTION_KEYS=[old])
    row = connect(zoho)
    expire(row)
    configure(ENCRYPTION_KEYS=[new, old])
    renewed: list[str] = []

    def rotate_slowly(text: str, place: str) -> str:
        if not renewed:  # the command has read the row, and not yet written it
            renewed.extend(in_threads(1, token))
        return encryption.rotate(text, place)

    monkeypatch.setattr(columns, "rotate", rotate_slowly)
    call_command("zcrm_rotate_keys", stdout=StringIO())
    configure(ENCRYPTION_KEYS=[new])
    assert [token()] == renewed
    expire(row)
    assert token() not in renewed
