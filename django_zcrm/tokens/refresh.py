"""Renews a connection's access token exactly once, however many callers need it.

The caller that gets the lease requests a token (`mint`); the others wait for the stored one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import InterfaceError, InternalError, OperationalError
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..database import with_reconnect
from ..exceptions import (
    Limited,
    ServerFault,
    TimedOut,
    TransportError,
    Unreachable,
    UnreadableResponse,
)
from ..models import Connection
from ..models.connection import MINT_WINDOW, MINTS_ALLOWED
from ..moments import is_reached
from ..reasons import reason
from ..zoho.auth.accounts import THROTTLE_SECONDS, throttle_error
from ..zoho.auth.tokens import AccessToken
from .lease import LEASE_SECONDS, WAIT_SECONDS, RowLocked, TokenLease, run_outside_transaction
from .mint import CurrentTokens, mint
from .row_checks import deleted_error, raise_for_change, raise_for_state
from .store import OAuthTokens, load_tokens

EARLY_SECONDS = 60.0
"""Seconds before its expiry at which a token is renewed, so that no call carries an expired one."""

SHORT_LIFE = 3 * EARLY_SECONDS
"""Tokens with a shorter life could be renewed more often than Zoho allows."""


def current_tokens(
    connection: Connection, refused: AccessToken | None, *, wait: bool
) -> CurrentTokens:
    """Return the row with a token other than `refused`, or, without `refused`, one not near expiry.

    Requests a token from Zoho only if the database has none. Without `wait`, the method does not
    wait for another caller's refresh and may return the old tokens. Raises NotConnected, also when
    the row now serves another owner or organisation than `connection` did; ConsentWithdrawn;
    Limited (with `retry_after`); TimedOut; Unreachable when the database cannot be reached; and the
    other errors of `mint`.
    """
    return _Renewal(connection, refused, wait).run()


@sensitive_variables()
def renew_now(connection: Connection) -> Connection:
    """Replace the stored access token, even if it is still valid; return the row.

    Also tries a connection whose consent was withdrawn, and reactivates it if that works. Raises
    the errors of `current_tokens`.
    """
    with _translate_database_errors(connection):
        row = Connection.objects.using(connection._state.db).get(pk=connection.pk)
        stored_token = load_tokens(row).access_token
    refused = AccessToken(stored_token, "") if stored_token else None
    return _Renewal(row, refused, wait=True, revives=True).run().connection


@contextmanager
def _translate_database_errors(connection: Connection) -> Iterator[None]:
    """Convert errors of the database to errors that callers of the API expect."""
    try:
        yield
    except Connection.DoesNotExist:
        raise deleted_error(connection) from None
    except RowLocked:
        raise TimedOut(reason("row_locked", connection=str(connection))) from None
    except (OperationalError, InterfaceError, InternalError) as error:
        raise Unreachable(
            reason("database_failed", type=type(error).__name__, connection=str(connection))
        ) from error


def margin(connection: Connection) -> float:
    """Return how many seconds before its end a token is renewed: at most half its life."""
    return min(EARLY_SECONDS, connection.expires_in / 2)


def seconds_left(connection: Connection) -> float:
    """Return how many seconds the row's access token is valid; negative once it has expired."""
    if connection.expires_at is None:
        return -1.0
    return (connection.expires_at - timezone.now()).total_seconds()


@dataclass(frozen=True)
class _Renewal:
    """One caller's request for a token; see `current_tokens`."""

    connection: Connection
    refused: AccessToken | None
    wait: bool
    revives: bool = False

    def run(self) -> CurrentTokens:
        using = self.connection._state.db or "default"
        with _translate_database_errors(self.connection):
            return with_reconnect(
                using, lambda: run_outside_transaction(using, self._wait_for_tokens)
            )

    @sensitive_variables()
    def _wait_for_tokens(self, lock_timeout: float) -> CurrentTokens:
        started = time.monotonic()
        locked_since: float | None = None
        pause = 0.02
        first = row = self._read()
        while True:
            tokens = load_tokens(row)
            if self._is_good(row, tokens, first):
                return CurrentTokens(row, tokens)
            _raise_for_throttle(row, first)
            if _is_budget_spent(row):
                return self._reuse_tokens(row, tokens)
            try:
                locked_since, lease = None, _lease(row)
            except RowLocked:
                locked_since = locked_since or time.monotonic()
                if time.monotonic() - locked_since > lock_timeout:
                    raise
                lease = None
            if lease and (fresh := self._mint(row, tokens, lease, first)):
                return fresh
            if not self.wait and tokens.access_token:
                return CurrentTokens(row, tokens)
            if not self.wait or time.monotonic() - started > WAIT_SECONDS:
                raise TimedOut(reason("renewing"))
            time.sleep(pause)
            pause = min(pause * 1.5, 0.25)
            row = self._read()

    def _read(self) -> Connection:
        """Return the current row, if it may be used."""
        rows = Connection.objects.using(self.connection._state.db)
        row = rows.get(pk=self.connection.pk)
        if not (self.revives and row.state == Connection.State.CONSENT_WITHDRAWN):
            raise_for_state(row)
        raise_for_change(self.connection, row)
        return row

    def _is_good(self, row: Connection, tokens: OAuthTokens, first: Connection) -> bool:
        is_renewed = row.token_version > first.token_version
        enough = 0.0 if self.refused or is_renewed else margin(row)
        return self._is_other(tokens) and seconds_left(row) > enough

    def _is_other(self, tokens: OAuthTokens) -> bool:
        is_refused = self.refused is not None and tokens.access_token == self.refused.value
        return bool(tokens.access_token) and not is_refused

    def _reuse_tokens(self, row: Connection, tokens: OAuthTokens) -> CurrentTokens:
        """Return the stored token if Zoho has not refused it. Raises Limited."""
        if self._is_other(tokens):
            return CurrentTokens(row, tokens)
        now = timezone.now()
        since = now.timestamp() - MINT_WINDOW
        error = throttle_error(0)
        error.retry_after = min(row.mints_within_window(now)) - since
        raise error

    @sensitive_variables()
    def _mint(
        self, row: Connection, tokens: OAuthTokens, lease: TokenLease, first: Connection
    ) -> CurrentTokens | None:
        try:
            fresh = mint(row, tokens, lease)
        except (TransportError, ServerFault, Limited, UnreadableResponse):
            # A user may have reconnected in the meantime, which stores a token.
            row = self._read()
            tokens = load_tokens(row)
            if self._is_good(row, tokens, first):
                return CurrentTokens(row, tokens)
            raise
        if fresh is not None:  # its row was perhaps read again
            raise_for_change(self.connection, fresh.connection)
        return fresh


def _raise_for_throttle(row: Connection, first: Connection) -> None:
    """Raise Limited if Zoho throttled another caller while this one waited, or recently."""
    seconds = row.throttled_for
    if seconds > 0 or row.throttles > first.throttles:
        error = throttle_error(0)
        error.retry_after = seconds if seconds > 0 else THROTTLE_SECONDS
        raise error


def _is_budget_spent(row: Connection) -> bool:
    """Return whether one more token would come too close to Zoho's limit of ten in ten minutes.

    Only tokens with a short life can reach the limit through renewals alone.
    """
    minted = len(row.mints_within_window(timezone.now()))
    return row.expires_in < SHORT_LIFE and minted >= MINTS_ALLOWED - 1


def _lease(row: Connection) -> TokenLease | None:
    if row.lease_until and not is_reached(row.lease_until, LEASE_SECONDS):
        return None
    lease = TokenLease(row)
    return lease if lease.take() else None
