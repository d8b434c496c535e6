"""Token stores: the protocol with the SDK's three methods, and the store in the database.

A store holds secrets only. Expiry, state and the lease stay in the connection's row, so that
refreshing works the same with all stores.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from django.core.signals import setting_changed
from django.views.decorators.debug import sensitive_variables

from ..conf import get_settings, load_token_store
from ..models import Connection
from ..zoho.secret import Secret
from .columns import ACCESS_TOKEN, REFRESH_TOKEN, read_secret, write_secret

DEFAULT_STORE = "django_zcrm.tokens.store.DatabaseTokenStore"


@dataclass(frozen=True)
class OAuthTokens:
    """A connection's secrets. `expires_at` is when the access token expires.

    Converts each str to a Secret, so that a store may return plain strings.
    """

    access_token: Secret
    refresh_token: Secret
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "access_token", Secret(self.access_token))
        object.__setattr__(self, "refresh_token", Secret(self.refresh_token))


class TokenStore(Protocol):
    """The class that `ZCRM["TOKEN_STORE"]` names; it is instantiated without arguments.

    A method may set columns of its connection; the caller saves the row afterwards. A
    refresh waits for these methods, so they must not take seconds.
    """

    def save_oauth_tokens(self, connection: Connection, tokens: OAuthTokens) -> None:
        """Store the tokens of a new grant; the connection has a primary key."""
        ...

    def update_oauth_tokens(self, connection: Connection, tokens: OAuthTokens) -> None:
        """Store the tokens of a refresh. Empty tokens delete the stored ones."""
        ...

    def get_oauth_tokens(self, connection: Connection) -> OAuthTokens:
        """Return the stored tokens, with empty ones for those that are missing."""
        ...


class DatabaseTokenStore:
    """The default: encrypted, in the connection's own row."""

    def save_oauth_tokens(self, connection: Connection, tokens: OAuthTokens) -> None:
        """Put the tokens into the row."""
        write_secret(connection, ACCESS_TOKEN, tokens.access_token)
        write_secret(connection, REFRESH_TOKEN, tokens.refresh_token)

    def update_oauth_tokens(self, connection: Connection, tokens: OAuthTokens) -> None:
        """Put the tokens into the row; an unchanged refresh token keeps its ciphertext."""
        if not tokens.refresh_token or tokens.refresh_token != read_secret(
            connection, REFRESH_TOKEN
        ):
            write_secret(connection, REFRESH_TOKEN, tokens.refresh_token)
        write_secret(connection, ACCESS_TOKEN, tokens.access_token)

    def get_oauth_tokens(self, connection: Connection) -> OAuthTokens:
        """Read the tokens in the row."""
        return OAuthTokens(
            read_secret(connection, ACCESS_TOKEN),
            read_secret(connection, REFRESH_TOKEN),
            connection.expires_at,
        )


@lru_cache(maxsize=1)
def token_store() -> TokenStore:
    """Return the configured store. The process has one, so the store must be thread-safe."""
    store: TokenStore = load_token_store(get_settings().token_store or DEFAULT_STORE)()
    return store


def is_in_row() -> bool:
    """Return whether tokens are stored in the connection's row, and so change together with it."""
    return isinstance(token_store(), DatabaseTokenStore)


@sensitive_variables()
def save_grant(connection: Connection, tokens: OAuthTokens) -> None:
    """Store the tokens of a new grant; the caller saves the row."""
    token_store().save_oauth_tokens(connection, tokens)
    connection.grant_digest = digest(tokens.refresh_token)


@sensitive_variables()
def load_tokens(connection: Connection) -> OAuthTokens:
    """Return the stored tokens of the row's grant; empty ones if the store has another grant's.

    Another store keeps the tokens of a grant whose row was not saved, because the process died or
    the transaction was rolled back. They may be those of another organisation.
    """
    tokens = token_store().get_oauth_tokens(connection)
    if is_in_row() or connection.grant_digest in ("", digest(tokens.refresh_token)):
        return tokens
    return OAuthTokens(Secret(), Secret())


@sensitive_variables()
def digest(refresh_token: Secret) -> str:
    """Return the digest of a refresh token that its row has; empty for tokens in the row."""
    if not refresh_token or is_in_row():
        return ""
    return hashlib.sha256(refresh_token.reveal().encode()).hexdigest()[:16]


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting == "ZCRM":
        token_store.cache_clear()


setting_changed.connect(_forget, dispatch_uid="zcrm.tokens.store")
