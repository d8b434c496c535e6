"""Renews a connection's access token exactly once, however many callers want it.

Whoever gets the lease asks Zoho, as `mint` does; the others wait for what it stores.
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
from ..exceptions import TimedOut, TransportError, Unreachable
from ..models import Connection
from ..models.connection import MINT_WINDOW, MINTS_ALLOWED
from ..zoho.auth import AccessToken
from ..zoho.oauth import THROTTLE_SECONDS, throttled
from .lease import WAIT_SECONDS, RowLocked, TokenLease, outside_transaction
from .mint import CurrentTokens, mint
from .row_checks import deleted, raise_for_change, raise_for_state
from .store import OAuthTokens, token_store

EARLY_SECONDS = 60.0
"""A token is renewed this long before it expires, so that no call carries one that is about to."""

SHORT_LIFE = 3 * EARLY_SECONDS
"""Tokens that live shorter might be renewed more often than Zoho allows."""


def current_tokens(
    connection: Connection, refused: AccessToken | None, *, wait: bool
) -> CurrentTokens:
    """Return the row with an access token other than `refused`, or with one that lasts a while.

    Asks Zoho only if the database has none. If not `wait`, another caller's refresh is not
    waited for, and the tokens may be the old ones. Raises NotConnected, also when the row now
    serves another owner or organisation than `connection` did; ConsentWithdrawn; Limited (with
    `retry_after`); TimedOut; Unreachable when the database cannot be reached; and the other errors
    of `mint`.
    """
    return _Renewal(connection, refused, wait).run()


@sensitive_variables()
def renew_now(connection: Connection) -> Connection:
    """Replace the stored access token, however long it is still valid; return the row.

    A connection whose consent was withdrawn is tried again, and used again if that works. Raises
    what `current_tokens` raises.
    """
    with _errors_of_ours(connection):
        row = Connection.objects.using(connection._state.db).get(pk=connection.pk)
        held = token_store().get_oauth_tokens(row).access_token
    refused = AccessToken(held, "") if held else None
    return _Renewal(row, refused, wait=True, revives=True).run().connection


@contextmanager
def _errors_of_ours(connection: Connection) -> Iterator[None]:
    """Turn what goes wrong with the database into errors that callers of the API expect."""
    try:
        yield
    except Connection.DoesNotExist:
        raise deleted(connection) from None
    except RowLocked:
        raise TimedOut(f"Another transaction keeps the row of {connection} locked") from None
    except (OperationalError, InterfaceError, InternalError) as error:
        raise Unreachable(
            f"The database failed ({type(error).__name__}), so there is no access token for "
            f"{connection}, and nothing was sent. Try again."
        ) from error


def margin(connection: Connection) -> float:
    """Return how many seconds before its end a token is renewed: at most half its life."""
    return min(EARLY_SECONDS, connection.expires_in / 2)


def seconds_left(connection: Connection) -> float:
    """Return how long the access token is valid, by the row; negative once it has expired."""
    if connection.expires_at is None:
        return -1.0
    return (connection.expires_at - timezone.now()).total_seconds()


@dataclass(frozen=True)
class _Renewal:
    """One caller's wish for a token, as `current_tokens` describes it."""

    connection: Connection
    refused: AccessToken | None
    wait: bool
    revives: bool = False

    def run(self) -> CurrentTokens:
        using = self.connection._state.db or "default"
        with _errors_of_ours(self.connection):
            return with_reconnect(using, lambda: outside_transaction(using, self._wait_for_tokens))

    @sensitive_variables()
    def _wait_for_tokens(self, lock_timeout: float) -> CurrentTokens:
        started = time.monotonic()
        locked_since: float | None = None
        pause = 0.02
        first = row = self._read()
        while True:
            tokens = token_store().get_oauth_tokens(row)
            if self._is_good(row, tokens, first):
                return CurrentTokens(row, tokens)
            _raise_for_throttle(row, first)
            if _is_budget_spent(row):
                return self._in_hand(row, tokens)
            try:
                locked_since, lease = None, _lease(row)
            except RowLocked:
                locked_since = locked_since or time.monotonic()
                if time.monotonic() - locked_since > lock_timeout:
                    raise
                lease = None
            if lease and (fresh := self._mint(row, tokens, lease, first)):
                return fresh
            if not self.wait:
                return CurrentTokens(row, tokens)
            if time.monotonic() - started > WAIT_SECONDS:
                raise TimedOut("Another process has been renewing the access token for too long")
            time.sleep(pause)
            pause = min(pause * 1.5, 0.25)
            row = self._read()

    def _read(self) -> Connection:
        """Return the row as it is now, if it may be used."""
        rows = Connection.objects.using(self.connection._state.db)
        row = rows.get(pk=self.connection.pk)
        if not (self.revives and row.state == Connection.State.CONSENT_WITHDRAWN):
            raise_for_state(row)
        raise_for_change(self.connection, row)
        return row

    def _is_good(self, row: Connection, tokens: OAuthTokens, first: Connection) -> bool:
        waited = row.token_version > first.token_version
        enough = 0.0 if self.refused or waited else margin(row)
        return self._is_other(tokens) and seconds_left(row) > enough

    def _is_other(self, tokens: OAuthTokens) -> bool:
        is_refused = self.refused is not None and tokens.access_token == self.refused.value
        return bool(tokens.access_token) and not is_refused

    def _in_hand(self, row: Connection, tokens: OAuthTokens) -> CurrentTokens:
        """Return the token that there is, until Zoho refuses it. Raises Limited."""
        if self._is_other(tokens):
            return CurrentTokens(row, tokens)
        since = timezone.now().timestamp() - MINT_WINDOW
        oldest = min(minted for minted in row.recent_mints if minted > since)
        error = throttled(0)
        error.retry_after = oldest - since
        raise error

    @sensitive_variables()
    def _mint(
        self, row: Connection, tokens: OAuthTokens, lease: TokenLease, first: Connection
    ) -> CurrentTokens | None:
        try:
            return mint(row, tokens, lease)
        except TransportError:
            # Somebody may have connected again meanwhile: then there is a token after all.
            row = self._read()
            tokens = token_store().get_oauth_tokens(row)
            if self._is_good(row, tokens, first):
                return CurrentTokens(row, tokens)
            raise


def _raise_for_throttle(row: Connection, first: Connection) -> None:
    """Raise Limited if Zoho throttled another caller while this one waited, or recently."""
    seconds = (row.throttled_until - timezone.now()).total_seconds() if row.throttled_until else 0.0
    if seconds > 0 or row.throttles > first.throttles:
        error = throttled(0)
        error.retry_after = seconds if seconds > 0 else THROTTLE_SECONDS
        raise error


def _is_budget_spent(row: Connection) -> bool:
    """Whether one more token would come too close to Zoho's limit of ten in ten minutes.

    Only tokens of a short life can get there by themselves.
    """
    minted = row.mints_within_window(timezone.now())
    return row.expires_in < SHORT_LIFE and minted >= MINTS_ALLOWED - 1


def _lease(row: Connection) -> TokenLease | None:
    if row.lease_until and row.lease_until > timezone.now():
        return None
    lease = TokenLease(row)
    return lease if lease.take() else None
