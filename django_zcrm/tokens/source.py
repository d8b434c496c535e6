"""Hands out a connection's access token, and renews it by the lease.

Knows the row, the store and the accounts server's messages; nothing of the API's calls.
"""

from __future__ import annotations

import threading
import time
from copy import copy
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.views.decorators.debug import sensitive_variables

from ..exceptions import ZCRMError, ZohoError
from ..models import Connection
from ..zoho.auth import AccessToken
from .refresh import EARLY_SECONDS, Current, raise_for_state, renew, seconds_left
from .store import token_store

RETRY_SECONDS = 5.0
"""After an early refresh failed, the old token is used this long before the next attempt."""


@dataclass(frozen=True)
class _Held:
    """An access token in memory; times are seconds since the epoch."""

    token: AccessToken
    expires: float
    renew_from: float


class ConnectionTokens:
    """The token source of one connection. Asks the database only when the token runs out.

    Made from a row that was just read. Safe to share by threads.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._held: _Held | None = None
        self._failure: ZCRMError | None = None
        self._failed_at = 0.0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Tokens of {self._connection!r}>"

    def current(self) -> AccessToken:
        """Return a token that is good as far as anybody knows.

        Raises NotConnected, ConsentWithdrawn, Limited and what else a refresh can meet.
        """
        now = time.time()
        held = self._held
        if held is not None and now < held.renew_from:
            return held.token
        if held is None or now >= held.expires:
            with self._lock:
                return self._current(now)
        # There is a minute left: no need to wait for the thread that renews already.
        if not self._lock.acquire(blocking=False):
            return held.token
        try:
            return self._current(now)
        finally:
            self._lock.release()

    async def acurrent(self) -> AccessToken:
        """Like `current`, for those who await; a good token in memory needs no thread."""
        held = self._held
        if held is not None and time.time() < held.renew_from:
            return held.token
        return await sync_to_async(self.current)()

    async def arenew(self, refused: AccessToken) -> AccessToken:
        """Like `renew`, for those who await."""
        return await sync_to_async(self.renew)(refused)

    def renew(self, refused: AccessToken) -> AccessToken:
        """Return another token than the one that Zoho refused.

        Raises ConsentWithdrawn when there can be none.
        """
        now = time.time()
        with self._lock:
            if self._held is not None and self._held.token.value != refused.value:
                # Made for another thread's call of the same moment, or found where others store.
                return self._held.token
            return self._renew(now, refused)

    @sensitive_variables()
    def _current(self, now: float) -> AccessToken:
        held = self._held or self._read()
        if held is not None and now < held.renew_from:
            return held.token
        if held is None or now >= held.expires:
            return self._renew(now)
        try:
            return self._renew(now, patient=False)
        except ZohoError:
            # The last minute is for that: it may work the next time.
            self._held = _Held(held.token, held.expires, min(now + RETRY_SECONDS, held.expires))
            return held.token

    def _renew(
        self, now: float, refused: AccessToken | None = None, *, patient: bool = True
    ) -> AccessToken:
        """Renew, unless another thread tried in vain while this one waited for it."""
        if self._failure is not None and self._failed_at > now:
            raise copy(self._failure)
        try:
            return self._hold(renew(self._connection, refused, patient=patient)).token
        except ZCRMError as error:
            self._failed_at, self._failure = time.time(), copy(error)  # without its frames
            raise

    @sensitive_variables()
    def _read(self) -> _Held | None:
        """Hold the token of the row that this was made from, if it is still good."""
        raise_for_state(self._connection)
        if seconds_left(self._connection) <= 0:
            return None
        tokens = token_store().get_oauth_tokens(self._connection)
        if not tokens.access_token:
            return None
        return self._hold(Current(self._connection, tokens), renewed=False)

    @sensitive_variables()
    def _hold(self, found: Current, *, renewed: bool = True) -> _Held:
        connection, tokens, is_second_hand = found
        left = seconds_left(connection)
        # A token that is short-lived from its start must not be renewed at every call.
        early = (
            min(EARLY_SECONDS, left / 2) if connection is not self._connection else EARLY_SECONDS
        )
        hosts = connection.hosts()
        self._connection = connection
        now = time.time()
        self._held = _Held(
            AccessToken(
                tokens.access_token, hosts.api, hosts.upload, hosts.accounts, is_second_hand
            ),
            expires=now + left,
            renew_from=now + left - early,
        )
        return self._held
