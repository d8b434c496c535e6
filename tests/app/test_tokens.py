"""One client's token: kept while valid, renewed a minute early, never replaced by a worse one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm import (
    ConfigurationError,
    Limited,
    NotConnected,
    ServerFault,
    Unreachable,
    zcrm,
)
from django_zcrm.models import Connection
from django_zcrm.models.connection import MINTS_ALLOWED
from django_zcrm.signals import token_refreshed
from django_zcrm.tokens import ConnectionTokens, token_store
from tests.app.zoho import Zoho, connect, expire, refreshes

pytestmark = pytest.mark.django_db


def tokens_of(identifier: str = "sales@example.com") -> Any:
    return zcrm.for_identifier(identifier).session.tokens


def lasts(**life: float) -> None:
    Connection.objects.update(expires_at=timezone.now() + timedelta(**life))


def test_a_kept_client_makes_no_query_per_call(zoho: Zoho, django_assert_num_queries: Any) -> None:
    connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    with django_assert_num_queries(0):
        for _ in range(3):
            assert crm.request("GET", "/crm/{version}/org")["org"]


def test_a_token_that_lasts_is_kept(zoho: Zoho) -> None:
    row = connect(zoho)
    lasts(seconds=70)
    assert tokens_of().current().value == token_store().get_oauth_tokens(row).access_token
    assert refreshes(zoho) == 0


def test_a_token_is_renewed_in_its_last_minute(zoho: Zoho) -> None:
    row = connect(zoho)
    old = token_store().get_oauth_tokens(row)
    lasts(seconds=50)
    assert tokens_of().current().value != old.access_token
    row.refresh_from_db()
    assert row.expires_at
    assert row.expires_at > timezone.now() + timedelta(minutes=59)
    assert token_store().get_oauth_tokens(row).refresh_token == old.refresh_token
    assert row.last_used_at
    assert len(row.mints_within_window(timezone.now())) == 2


@pytest.mark.parametrize(
    "fault", [{"code": "INTERNAL_ERROR"}, {"html": 502}, {"drop": "before"}, {"throttle": 400}]
)
def test_failed_early_refresh_uses_old_token(zoho: Zoho, fault: dict[str, Any]) -> None:
    row = connect(zoho)
    lasts(seconds=50)
    zoho.fail_next("oauth.token", times=None, **fault)
    tokens = tokens_of()
    old = token_store().get_oauth_tokens(row).access_token
    assert [tokens.current().value for _ in range(3)] == [old] * 3
    assert refreshes(zoho) == 1
    row.refresh_from_db()
    assert row.is_usable
    assert row.last_error
    assert not row.lease_owner


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"code": "INTERNAL_ERROR"}, ServerFault), ({"drop": "before"}, Unreachable)],
)
def test_expired_token_raises_and_the_next_call_tries_again(
    zoho: Zoho, fault: dict[str, Any], error: type[Exception]
) -> None:
    expire(connect(zoho))
    zoho.fail_next("oauth.token", **fault)
    with pytest.raises(error):
        tokens_of().current()
    assert tokens_of().current()


@pytest.mark.parametrize(
    "life", [{"expires_in": 3600}, {"expires_in": 3600_000, "expires_in_sec": 3600}]
)
def test_the_life_of_a_token_is_read_in_seconds_or_milliseconds(
    zoho: Zoho, life: dict[str, int]
) -> None:
    expire(connect(zoho))
    zoho.fail_next("oauth.token", body={"access_token": "1000.new", **life})
    assert tokens_of().current().value == "1000.new"
    expires_at = Connection.objects.get().expires_at
    assert expires_at
    assert 3590 < (expires_at - timezone.now()).total_seconds() <= 3600


def test_a_short_lived_token_is_not_renewed_at_every_call(zoho: Zoho) -> None:
    expire(connect(zoho))
    zoho.fail_next("oauth.token", body={"access_token": "1000.short", "expires_in": 30})
    tokens = tokens_of()
    assert [tokens.current().value for _ in range(3)] == ["1000.short"] * 3
    assert refreshes(zoho) == 1


def test_short_lived_token_is_not_renewed_by_other_clients(zoho: Zoho) -> None:
    expire(connect(zoho))
    zoho.fail_next("oauth.token", times=None, body={"access_token": "1000.short", "expires_in": 30})
    assert {tokens_of().current().value for _ in range(50)} == {"1000.short"}
    assert refreshes(zoho) == 1


@pytest.mark.slow
def test_tokens_of_a_short_life_stay_within_what_zoho_allows(zoho: Zoho) -> None:
    row = connect(zoho)
    zoho.fail_next("oauth.token", times=None, body={"access_token": "1000.dead", "expires_in": 20})
    for _ in range(50):
        expire(row)
        assert tokens_of().current().value == "1000.dead"
    assert refreshes(zoho) == MINTS_ALLOWED - 2  # one was the grant's, and one is left
    tokens = tokens_of()
    with pytest.raises(Limited) as caught:
        tokens.renew(tokens.current())
    assert caught.value.retry_after
    assert 590 < caught.value.retry_after <= 600
    assert refreshes(zoho) == MINTS_ALLOWED - 2
    now = int(timezone.now().timestamp())
    Connection.objects.update(recent_mints=[now - 595] * 9)
    with pytest.raises(Limited) as caught:
        tokens_of().renew(tokens.current())
    assert caught.value.retry_after
    assert 0 < caught.value.retry_after <= 5
    Connection.objects.update(recent_mints=[now - 601] * 9)
    zoho.stop_failing()
    assert tokens_of().renew(tokens.current()).value != "1000.dead"


def test_tokens_that_lived_an_hour_are_renewed_whatever_the_count(zoho: Zoho) -> None:
    row = connect(zoho)
    for _ in range(12):
        expire(row)
        assert tokens_of().current()
    assert refreshes(zoho) == 12


def test_a_token_that_another_process_got_is_taken_without_asking_zoho(zoho: Zoho) -> None:
    connect(zoho)
    tokens = tokens_of()
    dead = tokens.current()
    fresh = tokens_of().renew(dead)
    assert tokens.renew(dead).value == fresh.value
    assert refreshes(zoho) == 1


def test_token_renewed_by_another_thread_is_not_renewed_again(zoho: Zoho) -> None:
    connect(zoho)
    tokens, other = tokens_of(), tokens_of()
    dead = tokens.current()
    assert [tokens.renew(dead).is_renewed_elsewhere for _ in range(2)] == [False, False]
    assert other.renew(dead).is_renewed_elsewhere
    assert refreshes(zoho) == 1


def test_second_dead_token_is_renewed_again(zoho: Zoho) -> None:
    connect(zoho)
    first, other = (zcrm.for_identifier("sales@example.com") for _ in range(2))
    first.session.tokens.current()
    for crm in (other, first):
        zoho.expire_access_tokens()
        assert crm.request("GET", "/crm/{version}/org")["org"]
    assert refreshes(zoho) == 2


def test_a_connection_that_was_ended_elsewhere_is_not_used(zoho: Zoho) -> None:
    row = connect(zoho)
    crm = zcrm.for_identifier("sales@example.com")
    assert crm.request("GET", "/crm/{version}/org")["org"]
    zcrm.disconnect(row)
    with pytest.raises(NotConnected, match="connect again"):
        crm.request("GET", "/crm/{version}/org")


def test_a_token_of_another_client_is_not_sent_to_zoho(zoho: Zoho, configure: Any) -> None:
    row = connect(zoho)
    expire(row)
    row.refresh_from_db()
    configure(CLIENT_ID="1000.OTHER")
    with pytest.raises(NotConnected, match="another OAuth client"):
        ConnectionTokens(row).current()
    assert refreshes(zoho) == 0


def test_untrusted_host_gets_no_token(zoho: Zoho, configure: Any) -> None:
    row = connect(zoho)
    expire(row)
    Connection.objects.update(accounts_url="https://accounts.zoho.evil.example")
    configure(ACCOUNTS_URL="")
    with pytest.raises(ConfigurationError, match=r"evil\.example"):
        tokens_of().current()


def test_refresh_signal_with_failing_receiver_keeps_the_token(zoho: Zoho) -> None:
    heard: list[str] = []

    def receiver(connection: Connection, **kwargs: Any) -> None:
        heard.append(connection.user_identifier)
        raise RuntimeError("a receiver's own trouble")

    expire(connect(zoho))
    token_refreshed.connect(receiver)
    try:
        assert tokens_of().current()
    finally:
        token_refreshed.disconnect(receiver)
    assert heard == ["sales@example.com"]
