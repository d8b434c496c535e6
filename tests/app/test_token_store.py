"""A custom token store, the one in the docs, put through everything that tokens do."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.utils import timezone

from django_zcrm import ConfigurationError, ConsentWithdrawn, NotConnected, ServerFault, zcrm
from django_zcrm.models import Connection
from django_zcrm.oauth import grants
from django_zcrm.tokens import ConnectionTokens, OAuthTokens, mint, source, token_store
from django_zcrm.zoho.secret import Secret
from tests.app.test_kept_clients import reconnect
from tests.app.test_lease import in_threads, slow_accounts_server, token
from tests.app.zoho import Zoho, connect, expire, refreshes

PAGE = Path(__file__).resolve().parents[2] / "docs/howto/custom-token-store.md"
pytestmark = pytest.mark.django_db


@pytest.fixture
def documented_store(configure: Callable[..., None], settings: Any) -> Iterator[ModuleType]:
    """Put the docs' store into use."""
    source = re.findall(r"```python\n# myproject/tokens.py\n(.*?)```", PAGE.read_text(), re.DOTALL)
    module = ModuleType("myproject_tokens")
    exec(source[0], module.__dict__)  # noqa: S102 - our own docs
    sys.modules["myproject_tokens"] = module
    settings.CACHES = {
        name: {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": name}
        for name in ("default", "tokens")
    }
    configure(TOKEN_STORE="myproject_tokens.CacheTokenStore")
    yield module
    module.caches["tokens"].clear()
    del sys.modules["myproject_tokens"]


def call() -> Any:
    return zcrm.for_identifier("sales@example.com").request("GET", "/crm/{version}/org")["org"]


def test_custom_store_has_the_secrets_not_the_row(zoho: Zoho, documented_store: ModuleType) -> None:
    row = connect(zoho)
    assert call()
    tokens = token_store().get_oauth_tokens(row)
    assert tokens.refresh_token
    expire(row)
    assert call()
    row.refresh_from_db()
    assert not row.encrypted_access_token
    assert not row.encrypted_refresh_token
    renewed = token_store().get_oauth_tokens(row)
    assert renewed.refresh_token == tokens.refresh_token
    assert renewed.access_token != tokens.access_token
    zcrm.disconnect(row)
    assert not token_store().get_oauth_tokens(row).refresh_token


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_tokens_of_a_custom_store_are_renewed_once_for_all_threads(
    zoho: Zoho, documented_store: ModuleType
) -> None:
    expire(connect(zoho))
    slow_accounts_server(zoho)
    tokens = in_threads(16, token)
    assert len(set(tokens)) == 1
    assert isinstance(tokens[0], str)
    assert refreshes(zoho) == 1


@pytest.mark.django_db(transaction=True)
def test_a_revoked_grant_is_marked(zoho: Zoho, documented_store: ModuleType) -> None:
    row = connect(zoho)
    expire(row)
    zoho.emulator.zoho.grants.refresh_tokens.clear()
    assert [type(result) for result in in_threads(4, token)] == [ConsentWithdrawn] * 4
    assert Connection.objects.get().state == Connection.State.CONSENT_WITHDRAWN


def test_a_store_that_fails_leaves_the_lease_free(
    zoho: Zoho, documented_store: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(connect(zoho))

    def fail(*args: Any) -> None:
        raise ServerFault("DOWN", "the vault is closed")

    with monkeypatch.context() as patch:
        patch.setattr(token_store(), "update_oauth_tokens", fail)
        with pytest.raises(ServerFault):
            call()
    row = Connection.objects.get()
    assert not row.lease_owner
    assert "vault" in row.last_error
    assert call()


def test_refresh_that_lost_its_lease_to_a_grant_leaves_the_tokens_of_the_grant(
    zoho: Zoho, documented_store: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = connect(zoho)
    expire(row)
    ask = mint._ask
    granted: list[OAuthTokens] = []

    def ask_slowly(*args: Any) -> Any:
        response = ask(*args)
        if not granted:
            granted.append(token_store().get_oauth_tokens(connect(zoho)))
        return response

    monkeypatch.setattr(mint, "_ask", ask_slowly)
    assert call()
    assert token_store().get_oauth_tokens(row) == granted[0]


def test_client_of_a_former_organisation_gets_no_token_of_the_new_one(
    zoho: Zoho, documented_store: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(zoho)
    client = zcrm.for_identifier("sales@example.com")
    reconnect(zoho)
    # As if another process had done that.
    monkeypatch.setattr(source.ConnectionTokens, "_was_saved", lambda self: False)
    sent = len(zoho.requests)
    with pytest.raises(NotConnected):
        client.request("GET", "/crm/{version}/org")
    assert len(zoho.requests) == sent


@pytest.mark.parametrize("is_expired", [False, True], ids=["valid", "expired"])
def test_tokens_of_a_grant_whose_row_was_not_saved_are_not_used(
    zoho: Zoho, documented_store: ModuleType, monkeypatch: pytest.MonkeyPatch, *, is_expired: bool
) -> None:
    """As after a crash between the store and the commit: the tokens are another organisation's."""
    row = connect(zoho)
    before = token_store().get_oauth_tokens(row)

    def crash(*args: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(grants, "record_connection_change", crash)
        with pytest.raises(KeyboardInterrupt):
            reconnect(zoho)
    assert token_store().get_oauth_tokens(row) != before
    if is_expired:
        expire(row)
    sent = len(zoho.requests)
    with pytest.raises(ConsentWithdrawn, match="connect again"):
        call()
    assert len(zoho.requests) == sent
    row.refresh_from_db()
    assert row.state == Connection.State.CONSENT_WITHDRAWN
    assert reconnect(zoho).pk == row.pk
    assert call()


def test_early_refresh_that_sees_the_tokens_of_a_grant_keeps_the_old_one(
    zoho: Zoho, documented_store: ModuleType
) -> None:
    """The store has another grant's tokens until that grant is committed."""
    row = connect(zoho)
    tokens = ConnectionTokens(row)
    valid = tokens.current()
    token_store().save_oauth_tokens(row, OAuthTokens(Secret("theirs"), Secret("theirs")))
    until = timezone.now() + timedelta(seconds=3)
    soon = timezone.now() + timedelta(seconds=30)
    Connection.objects.update(lease_owner="other", lease_until=until, expires_at=soon)
    assert tokens._cached is not None
    tokens._cached = replace(tokens._cached, renew_from=0.0)
    assert tokens.current() == valid


def test_tokens_copied_to_the_default_store_are_used(
    zoho: Zoho, documented_store: ModuleType, configure: Callable[..., None]
) -> None:
    row = connect(zoho)
    tokens = token_store().get_oauth_tokens(row)
    configure(TOKEN_STORE="")
    token_store().save_oauth_tokens(row, tokens)
    row.save()
    assert call()


def test_error_of_store_is_not_saved(
    zoho: Zoho, documented_store: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(connect(zoho))

    def fail(connection: Connection, tokens: OAuthTokens) -> None:
        raise ValueError(f"cannot keep {tokens.access_token}")

    monkeypatch.setattr(token_store(), "update_oauth_tokens", fail)
    with pytest.raises(ValueError, match="cannot keep"):
        call()
    assert Connection.objects.get().last_error == "ValueError"


def test_a_store_that_cannot_be_imported_is_named(
    zoho: Zoho, configure: Callable[..., None]
) -> None:
    configure(TOKEN_STORE="nowhere.Store")
    with pytest.raises(ConfigurationError, match="TOKEN_STORE") as caught:
        connect(zoho)
    assert caught.value.setting == "TOKEN_STORE"


def test_the_database_has_no_token_in_plain_text(zoho: Zoho) -> None:
    row = connect(zoho)
    tokens = token_store().get_oauth_tokens(row)
    stored = str(Connection.objects.values().get())
    assert tokens.access_token.reveal() not in stored
    assert tokens.refresh_token.reveal() not in stored
