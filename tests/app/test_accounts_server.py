"""An accounts server's error about a grant counts if it issued the grant, and repeats it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from django_zcrm import ConfigurationError, ConsentWithdrawn, zcrm
from django_zcrm.models import Connection, Revocation
from django_zcrm.signals import consent_withdrawn
from django_zcrm.testing import serve
from django_zcrm.tokens import renew_now
from tests.app.zoho import Zoho, connect, expire, refreshes

pytestmark = pytest.mark.django_db
INVALID_CODE = {"body": {"error": "invalid_code"}}


def call(identifier: str = "sales@example.com") -> Any:
    return zcrm.for_identifier(identifier).request("GET", "/crm/{version}/org")["org"]


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Serve another emulator, which knows none of the grants."""
    with serve() as other:
        yield other.url


@pytest.fixture
def proxy(zoho: Zoho) -> Iterator[str]:
    """Serve the same emulator at another address."""
    with zoho.emulator.serve() as running:
        yield running.url


@pytest.fixture
def heard() -> Iterator[list[str]]:
    names: list[str] = []

    def receiver(connection: Connection, **kwargs: Any) -> None:
        names.append(connection.user_identifier)

    consent_withdrawn.connect(receiver)
    yield names
    consent_withdrawn.disconnect(receiver)


@pytest.mark.slow
def test_refusals_by_other_server_end_no_connection(
    zoho: Zoho, elsewhere: str, configure: Callable[..., None], heard: list[str]
) -> None:
    rows = [connect(zoho, f"user{number}@example.com") for number in range(20)]
    for row in rows:
        expire(row)
    configure(ACCOUNTS_URL=elsewhere)
    for row in rows:
        with pytest.raises(ConfigurationError, match="does not know the grant") as caught:
            call(row.user_identifier)
        assert caught.value.setting == "ACCOUNTS_URL"
        assert zoho.url in str(caught.value)
        assert elsewhere in str(caught.value)
    assert Connection.objects.usable().count() == 20
    assert not heard
    configure(ACCOUNTS_URL=zoho.url)
    assert all(call(row.user_identifier) for row in rows)


def test_single_refusal_does_not_end_connection(zoho: Zoho, heard: list[str]) -> None:
    row = connect(zoho)
    expire(row)
    zoho.fail_next("oauth.token", times=1, **INVALID_CODE)
    assert call()
    row.refresh_from_db()
    assert (row.state, row.last_error) == (Connection.State.CONNECTED, "")
    assert refreshes(zoho) == 2
    assert not heard


def test_two_refusals_end_the_connection(zoho: Zoho, heard: list[str]) -> None:
    row = connect(zoho)
    expire(row)
    zoho.fail_next("oauth.token", times=2, **INVALID_CODE)
    with pytest.raises(ConsentWithdrawn):
        call()
    row.refresh_from_db()
    assert row.state == Connection.State.CONSENT_WITHDRAWN
    assert heard == ["sales@example.com"]


def test_a_refresh_tries_a_withdrawn_connection_again(zoho: Zoho, heard: list[str]) -> None:
    row = connect(zoho)
    zoho.fail_next("oauth.token", times=4, **INVALID_CODE)
    for _ in range(2):
        with pytest.raises(ConsentWithdrawn):
            renew_now(row)
    assert heard == ["sales@example.com"]
    with pytest.raises(ConsentWithdrawn):  # a call does not: it costs nothing at Zoho
        call()
    assert refreshes(zoho) == 4
    assert renew_now(row).state == Connection.State.CONNECTED
    row.refresh_from_db()
    assert (row.state, row.last_error) == (Connection.State.CONNECTED, "")
    assert call()


def test_disconnected_connection_stays_disconnected(zoho: Zoho) -> None:
    row = connect(zoho)
    zcrm.disconnect(row)
    with pytest.raises(Exception, match="was disconnected"):
        renew_now(row)


def test_a_server_that_has_renewed_tokens_is_believed_too(
    zoho: Zoho, proxy: str, configure: Callable[..., None]
) -> None:
    """A proxy that is set later, for example."""
    row = connect(zoho)
    expire(row)
    configure(ACCOUNTS_URL=proxy)
    assert call()
    expire(row)
    zoho.emulator.zoho.grants.refresh_tokens.clear()
    with pytest.raises(ConsentWithdrawn):
        call()
    # Connected again, the issuer is the server of that grant.
    configure(ACCOUNTS_URL=zoho.url)
    row = connect(zoho)
    assert row.issuer == zoho.url


def test_nothing_counts_as_revoked_on_the_word_of_another_server(
    zoho: Zoho, elsewhere: str, configure: Callable[..., None]
) -> None:
    disconnected, deleted = connect(zoho, "disconnected"), connect(zoho, "deleted")
    configure(ACCOUNTS_URL=elsewhere)
    with pytest.raises(ConfigurationError, match="does not know the grant"):
        zcrm.disconnect(disconnected)
    disconnected.refresh_from_db()
    assert disconnected.is_usable
    deleted.delete()
    for _ in range(2):
        with pytest.raises(CommandError):
            call_command("zcrm_revoke_outstanding", stdout=StringIO())
        assert "does not know the grant of deleted" in Revocation.objects.get().last_error
    assert len(zoho.emulator.zoho.grants.refresh_tokens) == 2
    configure(ACCOUNTS_URL=zoho.url)
    call_command("zcrm_revoke_outstanding", stdout=StringIO())
    zcrm.disconnect(disconnected)
    assert not Revocation.objects.exists()
    assert not zoho.emulator.zoho.grants.refresh_tokens
