"""Renews a connection's access token exactly once, however many callers want it.

Uses the row, the lease, the store and the accounts server; API calls are made elsewhere.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..conf import get_settings
from ..exceptions import ConsentWithdrawn, Limited, NotConnected, TimedOut, ZCRMError
from ..models import Connection
from ..signals import consent_withdrawn, token_refreshed
from ..transport import transport
from ..zoho.auth import AccessToken
from ..zoho.oauth import THROTTLE_SECONDS, TokenReply, read_tokens, throttled
from .agreement import deleted, raise_for_change, raise_for_state
from .lease import WAIT_SECONDS, Contended, Lease, beside_transaction
from .store import OAuthTokens, token_store

log = logging.getLogger("django_zcrm")

EARLY_SECONDS = 60.0
"""A token is renewed this long before it expires, so that no call carries one that is about to."""

CALL_TIMEOUT = (5.0, 10.0)
"""The longest timeouts (connect, read) of a token call, which the lease has to outlive."""

SILENCE = (0, 0, 60, 120, 300, THROTTLE_SECONDS)
"""Seconds to leave Zoho alone after so many throttled replies in a row.

The throttle may end at any moment, but further requests prolong it (users saw it last for half an
hour), so one or two refusals are tolerated and then everybody waits.
"""


class Current(NamedTuple):
    """A row as it is now, and its tokens."""

    connection: Connection
    tokens: OAuthTokens
    is_second_hand: bool = True
    """Whether the tokens were in the store, rather than just issued by Zoho."""


def renew(connection: Connection, refused: AccessToken | None, *, patient: bool) -> Current:
    """Return the row with an access token other than `refused`, or with one that lasts a while.

    Asks Zoho only if the database has none. If not `patient`, another caller's refresh is not
    waited for, and the tokens may be the old ones. Raises NotConnected, also when the row now
    serves another owner or organisation than `connection` did; ConsentWithdrawn, Limited (with
    `retry_after`), TimedOut, and the other errors of `read_tokens`.
    """
    using = connection._state.db or "default"
    try:
        return beside_transaction(
            using, lambda contended: _renew(using, connection, refused, patient, contended)
        )
    except Connection.DoesNotExist:
        raise deleted(connection) from None
    except Contended:
        raise TimedOut(f"Another transaction keeps the row of {connection} locked") from None


@sensitive_variables()
def renew_now(connection: Connection) -> Connection:
    """Replace the stored access token, however long it is still valid; return the row.

    Raises what `renew` raises.
    """
    row = Connection.objects.using(connection._state.db).filter(pk=connection.pk).first()
    if row is None:
        raise deleted(connection)
    held = token_store().get_oauth_tokens(row).access_token
    refused = AccessToken(held, "") if held else None
    return renew(row, refused, patient=True).connection


@sensitive_variables()
def _renew(
    using: str,
    connection: Connection,
    refused: AccessToken | None,
    patient: bool,
    contended_limit: float,
) -> Current:
    started = time.monotonic()
    contended_since: float | None = None
    pause = 0.02
    rows = Connection.objects.using(using)
    first = row = rows.get(pk=connection.pk)
    while True:
        raise_for_state(row)
        raise_for_change(connection, row)
        tokens = token_store().get_oauth_tokens(row)
        enough = 0.0 if refused or row.token_version > first.token_version else EARLY_SECONDS
        if _is_good(row, tokens, refused, enough):
            return Current(row, tokens)
        _raise_for_throttle(row, first)
        try:
            contended_since, lease = None, _lease(row)
        except Contended:
            contended_since = contended_since or time.monotonic()
            if time.monotonic() - contended_since > contended_limit:
                raise
            lease = None
        if lease and (fresh := _mint(row, tokens, lease)):
            return fresh
        if not patient:
            return Current(row, tokens)
        if time.monotonic() - started > WAIT_SECONDS:
            raise TimedOut("Another process has been renewing the access token for too long")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)
        row = rows.get(pk=connection.pk)


def seconds_left(connection: Connection) -> float:
    """Return how long the access token is valid, by the row; negative once it has expired."""
    if connection.expires_at is None:
        return -1.0
    return (connection.expires_at - timezone.now()).total_seconds()


def _is_good(
    row: Connection, tokens: OAuthTokens, refused: AccessToken | None, enough: float
) -> bool:
    other = refused is None or tokens.access_token != refused.value
    return bool(tokens.access_token) and other and seconds_left(row) > enough


def _raise_for_throttle(row: Connection, first: Connection) -> None:
    """Raise Limited if Zoho throttled another caller while this one waited, or recently."""
    left = (row.throttled_until - timezone.now()).total_seconds() if row.throttled_until else 0.0
    if left > 0 or row.throttles > first.throttles:
        error = throttled(0)
        error.retry_after = left if left > 0 else THROTTLE_SECONDS
        raise error


def _lease(row: Connection) -> Lease | None:
    if row.lease_until and row.lease_until > timezone.now():
        return None
    lease = Lease(row)
    return lease if lease.take() else None


@sensitive_variables()
def _mint(row: Connection, tokens: OAuthTokens, lease: Lease) -> Current | None:
    """Ask Zoho for an access token and store it; None if the lease was lost meanwhile."""
    before = {name: getattr(row, name) for name in _COLUMNS}
    try:
        reply = _ask(row, tokens)
        tokens = _store(row, tokens, reply)
    except ConsentWithdrawn as error:
        row.state, row.last_error = Connection.State.CONSENT_WITHDRAWN, str(error)
        if not lease.settle(state=row.state, last_error=row.last_error):
            return None
        log.warning("%s: %s", row, error)
        consent_withdrawn.send_robust(Connection, connection=row)
        raise
    except Limited as error:
        count = row.throttles + 1
        silence = SILENCE[min(count, len(SILENCE)) - 1]
        until = timezone.now() + timedelta(seconds=silence) if silence else None
        lease.settle(throttles=count, throttled_until=until, last_error=str(error))
        raise
    except BaseException as error:
        # Only our own errors are known to hold no secret; a store's may quote the tokens.
        words = str(error) if isinstance(error, ZCRMError) else type(error).__name__
        lease.settle(last_error=words)
        raise
    # Only what has changed: keys may have been rotated meanwhile, and what was read is out of date.
    after = {name: getattr(row, name) for name in _COLUMNS}
    if not lease.settle(**{name: now for name, now in after.items() if now != before[name]}):
        return None
    token_refreshed.send_robust(Connection, connection=row)
    return Current(row, tokens, is_second_hand=False)


@sensitive_variables()
def _ask(row: Connection, tokens: OAuthTokens) -> TokenReply:
    config = get_settings()
    if row.client_id != config.require("CLIENT_ID"):
        raise NotConnected(f"{row} was made with another OAuth client; connect again.")
    if not tokens.refresh_token:
        raise ConsentWithdrawn(f"There is no refresh token for {row}; connect again.")
    accounts_url = row.hosts().accounts
    client = config.oauth_client(row.data_center, accounts_url)
    timeout = (min(config.timeout[0], CALL_TIMEOUT[0]), min(config.timeout[1], CALL_TIMEOUT[1]))
    response = transport().send(accounts_url, client.refresh(tokens.refresh_token), timeout)
    return read_tokens(response, accounts_url=accounts_url)


_COLUMNS = (
    "encrypted_access_token",
    "encrypted_refresh_token",
    "expires_at",
    "token_version",
    "throttles",
    "throttled_until",
    "recent_mints",
    "last_error",
    "last_used_at",
)


@sensitive_variables()
def _store(row: Connection, tokens: OAuthTokens, reply: TokenReply) -> OAuthTokens:
    """Put the tokens of a reply into the store and, unsaved, into the row."""
    now = timezone.now()
    row.expires_at = now + timedelta(seconds=reply.expires_in)
    row.token_version += 1
    row.throttles, row.throttled_until = 0, None
    row.last_error, row.last_used_at = "", now
    row.note_mint(now)
    # Zoho sends no refresh token on a refresh: the old one stays valid.
    fresh = OAuthTokens(
        reply.access_token, reply.refresh_token or tokens.refresh_token, row.expires_at
    )
    token_store().update_oauth_tokens(row, fresh)
    return fresh
