"""Requests an access token from Zoho for the holder of the lease, and stores the outcome."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db import Error as DBError
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..conf import get_settings
from ..database import reconnect, with_reconnect
from ..exceptions import ConsentWithdrawn, Limited, NotConnected, ZCRMError
from ..models import Connection
from ..reasons import reason, reason_of
from ..signals import consent_withdrawn, token_refreshed
from ..transport import transport
from ..zoho.auth.accounts import THROTTLE_SECONDS, TokenResponse, read_tokens
from .announcing import announce
from .lease import TokenLease
from .row_checks import raise_for_server
from .store import OAuthTokens, digest, is_in_row, load_tokens, token_store

log = logging.getLogger("django_zcrm")

CALL_TIMEOUT = (5.0, 10.0)
"""Longest timeouts (connect, read) of a token call in seconds. Other callers wait for it."""

BACKOFF_SECONDS = (0, 0, 60, 120, 300, THROTTLE_SECONDS)
"""Seconds without requests after this many throttled responses in a row.

The throttle may end at any moment, but further requests prolong it (users report half an hour). So
every caller waits after one or two refusals.
"""


class CurrentTokens(NamedTuple):
    """The current row and its tokens."""

    connection: Connection
    tokens: OAuthTokens
    is_renewed_elsewhere: bool = True
    """Whether the tokens come from the store. Otherwise Zoho has just issued them."""


@sensitive_variables()
def mint(row: Connection, tokens: OAuthTokens, lease: TokenLease) -> CurrentTokens | None:
    """Request an access token from Zoho and store it; None if the lease was lost.

    Always releases the lease. Raises ConsentWithdrawn, Limited, NotConnected, ConfigurationError
    (also when the accounts server is not the one that issued the grant), and the other errors of
    `read_tokens`.
    """
    try:
        result = _ask_twice(row, tokens, lease)
        return result and _store_response(row, *result, lease)
    except ConsentWithdrawn as error:
        if not _mark_withdrawn(row, error, lease):
            return None
        raise
    except Limited as error:
        count = row.throttles + 1
        backoff = BACKOFF_SECONDS[min(count, len(BACKOFF_SECONDS)) - 1]
        until = timezone.now() + timedelta(seconds=backoff) if backoff else None
        _release(lease, throttles=count, throttled_until=until, last_error=reason_of(error))
        raise
    except BaseException as error:
        # Only our own errors certainly contain no secret; those of a store may quote the tokens.
        why = reason_of(error) if isinstance(error, ZCRMError) else type(error).__name__
        _release(lease, last_error=why)
        raise


@sensitive_variables()
def _ask_twice(
    row: Connection, tokens: OAuthTokens, lease: TokenLease
) -> tuple[OAuthTokens, TokenResponse] | None:
    """Request a token; if Zoho refuses the grant, request it once more before believing that.

    A connection that is marked as withdrawn stays unusable until a user connects again. So one odd
    response, or a token that was replaced in the store, must not be enough.
    """
    try:
        return tokens, _ask(row, tokens, lease)
    except ConsentWithdrawn:
        if not lease.is_held():
            return None
        row.refresh_from_db()
        tokens = load_tokens(row)
        return tokens, _ask(row, tokens, lease)


@sensitive_variables()
def _ask(row: Connection, tokens: OAuthTokens, lease: TokenLease) -> TokenResponse:
    config = get_settings()
    if row.client_id != config.require("CLIENT_ID"):
        raise NotConnected(reason("other_client", connection=str(row)))
    if not tokens.refresh_token:
        raise ConsentWithdrawn(reason("no_refresh_token", connection=str(row)))
    accounts_url = row.hosts().accounts
    client = config.oauth_client(row.data_center, accounts_url)
    timeout = (min(config.timeout[0], CALL_TIMEOUT[0]), min(config.timeout[1], CALL_TIMEOUT[1]))
    request = client.refresh(tokens.refresh_token)
    response = lease.hold_during(partial(transport().send, accounts_url, request, timeout))
    try:
        return read_tokens(response, accounts_url=accounts_url, home=config.home.code)
    except ConsentWithdrawn:
        raise_for_server(accounts_url, row.issuer, row)
        raise


@sensitive_variables()
def _store_response(
    row: Connection, tokens: OAuthTokens, response: TokenResponse, lease: TokenLease
) -> CurrentTokens | None:
    """Store the tokens of a response; return None if the lease was lost in the meantime.

    Each token costs a call to Zoho, so it is returned even if the database fails.
    """
    columns = row.shared_columns - {"lease_owner", "lease_until"}
    before = {name: getattr(row, name) for name in columns}
    fresh = _apply(row, tokens, response)

    @sensitive_variables()
    def write() -> bool:
        token_store().update_oauth_tokens(row, fresh)
        # Only changed columns: keys may have been rotated since the row was read.
        after = {name: getattr(row, name) for name in columns}
        return lease.release(**{name: now for name, now in after.items() if now != before[name]})

    def store() -> bool:
        if is_in_row():
            return write()
        # Another store would keep these tokens even if the lease was lost to a new grant, whose
        # own tokens may be those of another organisation.
        with transaction.atomic(using=lease.using):
            return lease.lock() and write()

    try:
        if not with_reconnect(lease.using, store) and not lease.was_released(
            token_version=row.token_version, expires_at=row.expires_at
        ):
            return None
    except DBError as error:
        log.error(
            "The new access token of %s could not be stored, so only this client has it: %s",
            row,
            type(error).__name__,
        )
    else:
        announce(token_refreshed, row)
    return CurrentTokens(row, fresh, is_renewed_elsewhere=False)


@sensitive_variables()
def _apply(row: Connection, tokens: OAuthTokens, response: TokenResponse) -> OAuthTokens:
    """Set the values of a response on the row without saving; return the tokens to store."""
    now = timezone.now()
    row.expires_at, row.expires_in = (
        now + timedelta(seconds=response.expires_in),
        response.expires_in,
    )
    row.issued_by = row.hosts().accounts
    row.token_version += 1
    row.throttles, row.throttled_until = 0, None
    row.state, row.last_error, row.last_used_at = Connection.State.CONNECTED, "", now
    row.note_mint(now)
    # Zoho sends no refresh token on a refresh: the old one stays valid.
    refresh_token = response.refresh_token or tokens.refresh_token
    row.grant_digest = digest(refresh_token)
    return OAuthTokens(response.access_token, refresh_token, row.expires_at)


def _mark_withdrawn(row: Connection, error: ConsentWithdrawn, lease: TokenLease) -> bool:
    """Mark the grant as withdrawn; return False if the lease was lost in the meantime."""
    is_news = row.state != Connection.State.CONSENT_WITHDRAWN
    row.state, row.last_error = Connection.State.CONSENT_WITHDRAWN, reason_of(error)
    if not _release(lease, state=row.state, last_error=row.last_error):
        return False
    log.warning("%s: %s", row, error)
    if is_news:
        announce(consent_withdrawn, row)
    return True


def _release(lease: TokenLease, **columns: Any) -> bool:
    """Write an outcome and release the lease; return False if it was lost in the meantime.

    If the database fails, the lease expires, and the next caller requests a token.
    """
    try:
        return lease.release(**columns)
    except DBError:
        reconnect(lease.using)  # the row may have been written, and only the response was lost
    try:
        return lease.release(**columns) or lease.was_released(**columns)
    except DBError as error:
        log.error("The outcome of a refresh could not be stored: %s", type(error).__name__)
        return True
