"""Provides a connection's access token, and renews it when that is due.

The renewal itself is in `refresh`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.db import Error as DBError
from django.db import connections, transaction
from django.db.models.signals import post_delete, post_save
from django.views.decorators.debug import sensitive_variables

from ..blocking import check_may_block
from ..exceptions import ConfigurationError, NotConnected, ZCRMError, ZohoError
from ..models import Connection
from ..zoho.auth import AccessToken
from .mint import CurrentTokens
from .refresh import current_tokens, margin, seconds_left
from .row_checks import deleted, naming_owner, raise_for_change, raise_for_state
from .store import token_store

log = logging.getLogger("django_zcrm")

RETRY_SECONDS = 5.0
"""After an early refresh failed, the old token is used this long before the next attempt."""

CHECK_SECONDS = 30.0
"""After this time, a client looks whether its row still is what the client was made for.

It does so at once when the row was saved in its own process.
"""


@dataclass(frozen=True)
class _CachedToken:
    """An access token in memory; times are seconds since the epoch."""

    token: AccessToken
    expires: float
    renew_from: float


class ConnectionTokens:
    """The token source of one connection, made from a row that was just read. Thread-safe.

    It makes no query per call: it reads the row when the token runs out, and now and then to see
    whether it still serves the same owner, organisation and environment.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = copy(connection)  # the caller may change theirs
        self._saves = _saves[connection.pk]
        self._check_from = time.time() + CHECK_SECONDS
        self._cached: _CachedToken | None = None
        self._failure: ZCRMError | None = None
        self._failed_at = 0.0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Tokens of {self._connection!r}>"

    def current(self) -> AccessToken:
        """Return a token that is valid as far as is known.

        Raises NotConnected, ConsentWithdrawn, Limited, the other errors of a refresh, and
        SynchronousOnlyOperation where it would block an event loop, as the call that needs it.
        """
        check_may_block("the same call of the client's `aio`")
        now = time.time()
        cached = self._cached
        if cached is not None and now < cached.renew_from and not self._is_check_due(now):
            return cached.token
        if cached is None or now >= cached.expires or self._was_saved():
            with self._lock, naming_owner(self._connection):
                return self._current(now)
        # It is still valid: no need to wait for a thread that is already looking or renewing it.
        if not self._lock.acquire(blocking=False):
            return cached.token
        try:
            with naming_owner(self._connection):
                return self._current(now)
        finally:
            self._lock.release()

    async def acurrent(self) -> AccessToken:
        """Async version of `current`; a valid token in memory needs no thread."""
        cached = self._cached
        now = time.time()
        if cached is not None and now < cached.renew_from and not self._is_check_due(now):
            return cached.token
        return await sync_to_async(self.current)()

    async def arenew(self, refused: AccessToken) -> AccessToken:
        """Async version of `renew`."""
        return await sync_to_async(self.renew)(refused)

    def renew(self, refused: AccessToken) -> AccessToken:
        """Return a different token from the one that Zoho refused.

        Raises ConsentWithdrawn when no new token can be had, and the other errors of a refresh.
        """
        now = time.time()
        with self._lock, naming_owner(self._connection):
            if self._cached is not None and self._cached.token.value != refused.value:
                # Made for another thread's call of the same moment, or found where others store.
                return self._cached.token
            return self._renew_unless_failed(now, refused)

    @sensitive_variables()
    def _current(self, now: float) -> AccessToken:
        if self._is_check_due(now):
            self._check_row(now)
        cached = self._cached or self._read()
        if cached is not None and now < cached.renew_from:
            return cached.token
        if cached is None or now >= cached.expires:
            return self._renew_unless_failed(now)
        try:
            return self._renew_unless_failed(now, wait=False)
        except (ZohoError, ConfigurationError):
            # That is what the last minute is for: the next attempt may work.
            self._cached = _CachedToken(
                cached.token, cached.expires, min(now + RETRY_SECONDS, cached.expires)
            )
            return cached.token

    def _was_saved(self) -> bool:
        return _saves[self._connection.pk] != self._saves

    def _is_check_due(self, now: float) -> bool:
        return now >= self._check_from or self._was_saved()

    def _check_row(self, now: float) -> None:
        """Read the row; drop the token and raise NotConnected if it is not to be used any more.

        A database that is out of order does not matter here: the token is good.
        """
        using = self._connection._state.db or "default"
        saves = _saves[self._connection.pk]
        is_borrowed = connections[using].connection is not None
        try:
            row = Connection.objects.using(using).get(pk=self._connection.pk)
            raise_for_change(self._connection, row)
            if row.state == Connection.State.DISCONNECTED:
                raise_for_state(row)
        except Connection.DoesNotExist:
            self._cached = None
            raise deleted(self._connection) from None
        except NotConnected:
            self._cached = None
            raise
        except DBError as error:
            log.warning("Could not look at the row of %s: %s", self._connection, error)
        finally:
            if not is_borrowed:  # nobody would close it in a thread of the project's own
                connections[using].close()
        self._saves, self._check_from = saves, now + CHECK_SECONDS

    def _renew_unless_failed(
        self, now: float, refused: AccessToken | None = None, *, wait: bool = True
    ) -> AccessToken:
        """Renew, unless another thread failed to while this one waited for it."""
        if self._failure is not None and self._failed_at > now:
            raise copy(self._failure)
        try:
            return self._cache(current_tokens(self._connection, refused, wait=wait)).token
        except ZCRMError as error:
            self._failed_at, self._failure = time.time(), copy(error)  # without its frames
            raise

    @sensitive_variables()
    def _read(self) -> _CachedToken | None:
        """Hold the token of the row that this was made from, if it is still valid."""
        raise_for_state(self._connection)
        if seconds_left(self._connection) <= 0:
            return None
        try:
            tokens = token_store().get_oauth_tokens(self._connection)
        except DBError:  # a store's own database, which a renewal asks again
            return None
        if not tokens.access_token:
            return None
        return self._cache(CurrentTokens(self._connection, tokens))

    @sensitive_variables()
    def _cache(self, current: CurrentTokens) -> _CachedToken:
        connection, tokens, is_renewed_elsewhere = current
        seconds = seconds_left(connection)
        hosts = connection.hosts()
        self._connection = connection
        now = time.time()
        self._cached = _CachedToken(
            AccessToken(
                tokens.access_token, hosts.api, hosts.upload, hosts.accounts, is_renewed_elsewhere
            ),
            expires=now + seconds,
            renew_from=now + seconds - margin(connection),
        )
        return self._cached


_saves: Counter[int] = Counter()
"""How often this process has saved or deleted each connection, by primary key."""


def _count_save(instance: Connection, using: str, **kwargs: Any) -> None:
    pk = instance.pk
    _saves[pk] += 1
    # Once more when others can see it.
    transaction.on_commit(partial(_saves.update, [pk]), using=using, robust=True)


post_save.connect(_count_save, sender=Connection, dispatch_uid="zcrm.tokens.save")
post_delete.connect(_count_save, sender=Connection, dispatch_uid="zcrm.tokens.delete")
