"""Where tokens are kept: the SDK's three verbs, and the store that keeps them in the database.

A store keeps secrets only. Expiry, state and the lease stay on the connection's row, so that all
stores are refreshed alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from django.core.signals import setting_changed

from ..conf import get_settings, load_token_store
from ..encryption import decrypt, encrypt
from ..models import Connection

DEFAULT_STORE = "django_zcrm.tokens.store.DatabaseTokenStore"


@dataclass(frozen=True)
class OAuthTokens:
    """A connection's secrets. `expires_at` tells a store how long the access token is worth."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime | None = None


class TokenStore(Protocol):
    """What `ZCRM["TOKEN_STORE"]` names: a class that is called without arguments.

    A verb may set columns of the connection that it gets; the caller saves the row afterwards.
    Nothing is held meanwhile, but a refresh waits for the verbs: they must not take seconds.
    """

    def save_oauth_tokens(self, connection: Connection, tokens: OAuthTokens) -> None:
        """Keep the tokens of a new grant; the connection has a primary key."""
        ...

    def update_oauth_tokens(self, connection: Connection, tokens: OAuthTokens) -> None:
        """Keep the tokens of a refresh. Empty ones mean: forget what you have."""
        ...

    def get_oauth_tokens(self, connection: Connection) -> OAuthTokens:
        """Return what is kept, with empty texts where there is nothing."""
        ...


class DatabaseTokenStore:
    """The default: encrypted, in the connection's own row."""

    def save_oauth_tokens(self, connection: Connection, tokens: OAuthTokens) -> None:
        """Put the tokens into the row."""
        connection.encrypted_access_token = encrypt(tokens.access_token)
        connection.encrypted_refresh_token = encrypt(tokens.refresh_token)

    def update_oauth_tokens(self, connection: Connection, tokens: OAuthTokens) -> None:
        """Put the tokens into the row; a refresh token that did not change is left as it is."""
        kept = tokens.refresh_token and decrypt(connection.encrypted_refresh_token)
        if not kept or kept != tokens.refresh_token:
            connection.encrypted_refresh_token = encrypt(tokens.refresh_token)
        connection.encrypted_access_token = encrypt(tokens.access_token)

    def get_oauth_tokens(self, connection: Connection) -> OAuthTokens:
        """Read the tokens in the row."""
        return OAuthTokens(
            decrypt(connection.encrypted_access_token),
            decrypt(connection.encrypted_refresh_token),
            connection.expires_at,
        )


@lru_cache(maxsize=1)
def token_store() -> TokenStore:
    """Return the store that the settings name; one for the process, so it must be thread-safe."""
    store: TokenStore = load_token_store(get_settings().token_store or DEFAULT_STORE)()
    return store


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "ZCRM":
        token_store.cache_clear()


setting_changed.connect(_forget, dispatch_uid="zcrm.tokens.store")
