"""Asks Zoho for an access token, for whoever holds the lease, and stores the outcome."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db import Error as DBError
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..conf import get_settings
from ..database import with_reconnect
from ..exceptions import ConsentWithdrawn, Limited, NotConnected, ZCRMError
from ..models import Connection
from ..signals import consent_withdrawn, token_refreshed
from ..transport import transport
from ..zoho.oauth import THROTTLE_SECONDS, TokenReply, read_tokens
from .lease import TokenLease
from .row_checks import raise_for_server
from .store import OAuthTokens, token_store

log = logging.getLogger("django_zcrm")

CALL_TIMEOUT = (5.0, 10.0)
"""The longest timeouts (connect, read) of a token call: others wait for it."""

BACKOFF_SECONDS = (0, 0, 60, 120, 300, THROTTLE_SECONDS)
"""Seconds to leave Zoho alone after so many throttled replies in a row.

The throttle may end at any moment, but further requests prolong it (users saw it last for half an
hour), so one or two refusals are tolerated and then everybody waits.
"""


class CurrentTokens(NamedTuple):
    """A row as it is now, and its tokens."""

    connection: Connection
    tokens: OAuthTokens
    is_renewed_elsewhere: bool = True
    """Whether the tokens were in the store, rather than just issued by Zoho."""


@sensitive_variables()
def mint(row: Connection, tokens: OAuthTokens, lease: TokenLease) -> CurrentTokens | None:
    """Ask Zoho for an access token and store it; None if the lease was lost meanwhile.

    The lease is given back, whatever happens. Raises ConsentWithdrawn, Limited, NotConnected,
    ConfigurationError (also when a server was asked that did not issue the grant), and the other
    errors of `read_tokens`.
    """
    try:
        asked = _ask_twice(row, tokens, lease)
        return asked and _store_reply(row, *asked, lease)
    except ConsentWithdrawn as error:
        if not _mark_withdrawn(row, error, lease):
            return None
        raise
    except Limited as error:
        count = row.throttles + 1
        backoff = BACKOFF_SECONDS[min(count, len(BACKOFF_SECONDS)) - 1]
        until = timezone.now() + timedelta(seconds=backoff) if backoff else None
        _release(lease, throttles=count, throttled_until=until, last_error=str(error))
        raise
    except BaseException as error:
        # Only our own errors are known to hold no secret; a store's may quote the tokens.
        words = str(error) if isinstance(error, ZCRMError) else type(error).__name__
        _release(lease, last_error=words)
        raise


@sensitive_variables()
def _ask_twice(
    row: Connection, tokens: OAuthTokens, lease: TokenLease
) -> tuple[OAuthTokens, TokenReply] | None:
    """Ask Zoho, and once more before a refusal of the grant is believed.

    A connection that is marked is lost until somebody connects again, so one odd reply, or a token
    that was replaced in the store, must not be enough.
    """
    try:
        return tokens, _ask(row, tokens, lease)
    except ConsentWithdrawn:
        if not lease.is_held():
            return None
        row.refresh_from_db()
        tokens = token_store().get_oauth_tokens(row)
        return tokens, _ask(row, tokens, lease)


@sensitive_variables()
def _ask(row: Connection, tokens: OAuthTokens, lease: TokenLease) -> TokenReply:
    config = get_settings()
    if row.client_id != config.require("CLIENT_ID"):
        raise NotConnected(f"{row} was made with another OAuth client; connect again.")
    if not tokens.refresh_token:
        raise ConsentWithdrawn(f"There is no refresh token for {row}; connect again.")
    accounts_url = row.hosts().accounts
    client = config.oauth_client(row.data_center, accounts_url)
    timeout = (min(config.timeout[0], CALL_TIMEOUT[0]), min(config.timeout[1], CALL_TIMEOUT[1]))
    request = client.refresh(tokens.refresh_token)
    response = lease.hold_during(partial(transport().send, accounts_url, request, timeout))
    try:
        return read_tokens(response, accounts_url=accounts_url)
    except ConsentWithdrawn:
        raise_for_server(accounts_url, row.issuer, row)
        raise


@sensitive_variables()
def _store_reply(
    row: Connection, tokens: OAuthTokens, reply: TokenReply, lease: TokenLease
) -> CurrentTokens | None:
    """Store the tokens of a reply; None if the lease was lost meanwhile.

    A token is worth a call to Zoho, so it is used even if the database fails just now.
    """
    columns = row.shared_columns - {"lease_owner", "lease_until"}
    before = {name: getattr(row, name) for name in columns}
    fresh = _apply(row, tokens, reply)

    @sensitive_variables()
    def store() -> bool:
        token_store().update_oauth_tokens(row, fresh)
        # Only what has changed: keys may have been rotated since the row was read.
        after = {name: getattr(row, name) for name in columns}
        return lease.release(**{name: now for name, now in after.items() if now != before[name]})

    try:
        if not with_reconnect(lease.using, store):
            return None
    except DBError as error:
        log.error(
            "The new access token of %s could not be stored, so only this client has it: %s",
            row,
            type(error).__name__,
        )
    else:
        token_refreshed.send_robust(Connection, connection=row)
    return CurrentTokens(row, fresh, is_renewed_elsewhere=False)


@sensitive_variables()
def _apply(row: Connection, tokens: OAuthTokens, reply: TokenReply) -> OAuthTokens:
    """Set, unsaved, what a reply says; return the tokens to store."""
    now = timezone.now()
    row.expires_at, row.expires_in = now + timedelta(seconds=reply.expires_in), reply.expires_in
    row.issued_by = row.hosts().accounts
    row.token_version += 1
    row.throttles, row.throttled_until = 0, None
    row.state, row.last_error, row.last_used_at = Connection.State.CONNECTED, "", now
    row.note_mint(now)
    # Zoho sends no refresh token on a refresh: the old one stays valid.
    return OAuthTokens(
        reply.access_token, reply.refresh_token or tokens.refresh_token, row.expires_at
    )


def _mark_withdrawn(row: Connection, error: ConsentWithdrawn, lease: TokenLease) -> bool:
    """Mark that Zoho no longer accepts the grant; False if the lease was lost meanwhile."""
    is_news = row.state != Connection.State.CONSENT_WITHDRAWN
    row.state, row.last_error = Connection.State.CONSENT_WITHDRAWN, str(error)
    if not _release(lease, state=row.state, last_error=row.last_error):
        return False
    log.warning("%s: %s", row, error)
    if is_news:
        consent_withdrawn.send_robust(Connection, connection=row)
    return True


def _release(lease: TokenLease, **columns: Any) -> bool:
    """Write an outcome and give the lease back; False if it was lost meanwhile.

    If the database fails, the lease runs out by itself, and the next caller sees for themselves.
    """
    try:
        return with_reconnect(lease.using, partial(lease.release, **columns))
    except DBError as error:
        log.error("The outcome of a refresh could not be stored: %s", type(error).__name__)
        return True
