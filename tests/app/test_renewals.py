"""Renewals that meet receivers, reconnects, hand-overs and clocks that are set back."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connections
from django.db import connection as database

from django_zcrm import ConsentWithdrawn, Limited, NotConnected, ServerFault, zcrm
from django_zcrm.models import Connection, ConnectionHistory
from django_zcrm.signals import consent_withdrawn, token_refreshed
from django_zcrm.tokens import lease, mint, source
from tests.app.test_lease import in_threads, token
from tests.app.zoho import Zoho, connect, expire, refreshes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("signal", [token_refreshed, consent_withdrawn], ids=["fresh", "withdrawn"])
def test_receiver_may_use_the_client_whose_token_was_renewed(zoho: Zoho, signal: Any) -> None:
    expire(connect(zoho))
    if signal is consent_withdrawn:
        zoho.emulator.zoho.grants.refresh_tokens.clear()
    heard: list[str] = []

    def use() -> None:
        with suppress(ConsentWithdrawn):
            zcrm.org.get()

    def receiver(connection: Connection, **kwargs: Any) -> None:
        use()
        heard.append(connection.user_identifier)

    def call() -> None:
        use()
        connections.close_all()

    signal.connect(receiver)
    thread = threading.Thread(target=call, daemon=True)
    try:
        thread.start()
        thread.join(20)
    finally:
        signal.disconnect(receiver)
    assert not thread.is_alive()
    assert heard == ["sales@example.com"]


@pytest.mark.parametrize("signal", [token_refreshed, consent_withdrawn], ids=["fresh", "withdrawn"])
def test_signal_is_sent_if_the_response_of_the_database_is_lost(zoho: Zoho, signal: Any) -> None:
    expire(connect(zoho))
    if signal is consent_withdrawn:
        zoho.emulator.zoho.grants.refresh_tokens.clear()
    heard: list[str] = []
    lost: list[str] = []

    def receiver(connection: Connection, **kwargs: Any) -> None:
        heard.append(connection.user_identifier)

    def lose(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith("UPDATE") and "" in params and not lost:  # it releases the lease
            lost.append(sql)
            raise OperationalError("server closed the connection unexpectedly")
        return result

    signal.connect(receiver)
    try:
        with database.execute_wrapper(lose), suppress(ConsentWithdrawn):
            token()
    finally:
        signal.disconnect(receiver)
    assert lost
    assert heard == ["sales@example.com"]
    withdrawals = ConnectionHistory.objects.filter(change="withdrawn").count()
    assert withdrawals == (signal is consent_withdrawn)


def test_client_made_while_consent_was_withdrawn_works_after_a_reconnect(zoho: Zoho) -> None:
    connect(zoho)
    Connection.objects.update(state=Connection.State.CONSENT_WITHDRAWN)
    crm = zcrm.for_identifier("sales@example.com")
    with pytest.raises(ConsentWithdrawn):
        crm.org.get()
    assert not refreshes(zoho)
    connect(zoho)
    assert crm.org.get()


def test_failure_is_forgotten_when_the_clock_is_set_back(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(connect(zoho))
    tokens = zcrm.for_identifier("sales@example.com").session.tokens
    zoho.fail_next("oauth.token", times=1, code="INTERNAL_ERROR")
    right = time.time
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: right() + 60)
        with pytest.raises(ServerFault):
            tokens.current()
    assert tokens.current().value


def test_handover_is_noticed_after_the_clock_was_set_back(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = connect(zoho)
    right, running = time.time, time.monotonic
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: right() + 600)
        crm = zcrm.for_identifier("sales@example.com")
        assert crm.org.get()
    Connection.objects.filter(pk=row.pk).update(owner=User.objects.create_user("ann"))
    monkeypatch.setattr(time, "monotonic", lambda: running() + 2 * source.CHECK_SECONDS)
    with pytest.raises(NotConnected):
        crm.org.get()


def test_handover_between_two_refusals_ends_the_client(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, row = User.objects.create_user("ann"), connect(zoho)
    expire(row)
    crm = zcrm.for_identifier("sales@example.com")
    zoho.fail_next("oauth.token", times=1, body={"error": "invalid_code"})
    after_first_request(monkeypatch, lambda: Connection.objects.get(pk=row.pk).hand_over(ann))
    for _ in range(2):
        with pytest.raises(NotConnected):
            crm.org.get()


@pytest.mark.parametrize("fault", [{"code": "INTERNAL_ERROR"}, {"throttle": 400}, {"html": 502}])
def test_failed_refresh_that_a_reconnect_overtook_uses_the_new_token(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    expire(connect(zoho))
    zoho.fail_next("oauth.token", times=1, **fault)
    after_first_request(monkeypatch, lambda: connect(zoho))
    assert token()


def test_late_caller_does_not_prolong_a_throttle(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(connect(zoho))
    zoho.fail_next("oauth.token", throttle=400, times=None)
    for _ in range(2):
        with pytest.raises(Limited):
            token()
    take, callers = lease.TokenLease.take, [token]

    def take_late(self: lease.TokenLease) -> bool:
        # Another caller runs to its end between reading the row and taking the lease.
        while callers:
            in_threads(1, callers.pop())
        return take(self)

    monkeypatch.setattr(lease.TokenLease, "take", take_late)
    with pytest.raises(Limited):
        token()
    assert refreshes(zoho) == 3


def after_first_request(monkeypatch: pytest.MonkeyPatch, step: Any) -> None:
    """Do a step in another thread after the first request of a token."""
    ask, steps = mint._ask, [step]

    def ask_slowly(*args: Any) -> Any:
        try:
            return ask(*args)
        finally:
            while steps:
                in_threads(1, steps.pop())

    monkeypatch.setattr(mint, "_ask", ask_slowly)
