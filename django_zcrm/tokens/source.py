"""Provides a connection's access token, and renews it when due.

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
from ..zoho.auth.tokens import AccessToken
from .announcing import announcing
from .mint import CurrentTokens
from .refresh import current_tokens, margin, seconds_left
from .row_checks import deleted_error, naming_owner, raise_for_change, raise_for_state
from .store import is_in_row, load_tokens

log = logging.getLogger("django_zcrm")

RETRY_SECONDS = 5.0
"""Seconds until the next attempt after an early refresh failed, with the old token in use."""

CHECK_SECONDS = 30.0
"""Seconds after which a client checks again that its row still serves the same target.

A save of the row in the client's own process causes an immediate check.
"""


@dataclass(frozen=True)
class _CachedToken:
    """An access token in memory; times are by the monotonic clock, which nobody sets back."""

    token: AccessToken
    expires: float
    renew_from: float


class ConnectionTokens:
    """The token source of one connection, made from a newly read row. Thread-safe.

    It makes no query per call. It reads the row when the token expires, and now and then to check
    that the row still serves the same owner, organisation and environment.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = copy(connection)  # the caller may change its own copy
        self._saves = _saves[connection.pk]
        self._check_from = time.monotonic() + CHECK_SECONDS
        self._cached: _CachedToken | None = None
        self._failure: ZCRMError | None = None
        self._failed_at = 0.0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Tokens of {self._connection!r}>"

    @property
    def connection(self) -> Connection:
        """A copy of the row that this token source was made from."""
        return copy(self._connection)

    @property
    def _using(self) -> str:
        return self._connection._state.db or "default"

    @property
    def _identity(self) -> tuple[object, ...]:
        return self._connection.pk, self._connection.organisation_id, self._connection.environment

    def __eq__(self, other: object) -> bool:
        """Return whether both provide tokens of one connection to one organisation."""
        if not isinstance(other, ConnectionTokens):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def current(self) -> AccessToken:
        """Return a token that is valid as far as known.

        Raises NotConnected, ConsentWithdrawn, Limited, the other errors of a refresh, and
        SynchronousOnlyOperation in an event loop, which it would block.
        """
        check_may_block("the same call of the client's `aio`")
        now = time.monotonic()
        cached = self._cached
        if cached is not None and now < cached.renew_from and not self._is_check_due(now):
            return cached.token
        if cached is None or now >= cached.expires or self._was_saved():
            with announcing(self._using), self._lock, naming_owner(self._connection):
                return self._current(now)
        # Still valid: no need to wait for a thread that is already checking or renewing it.
        with announcing(self._using):
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
        now = time.monotonic()
        if cached is not None and now < cached.renew_from and not self._is_check_due(now):
            return cached.token
        return await sync_to_async(self.current)()

    async def arenew(self, refused: AccessToken) -> AccessToken:
        """Async version of `renew`."""
        return await sync_to_async(self.renew)(refused)

    def renew(self, refused: AccessToken) -> AccessToken:
        """Return a different token from the one that Zoho refused.

        Raises ConsentWithdrawn when Zoho issues no new token, and the other errors of a refresh.
        """
        now = time.monotonic()
        with announcing(self._using), self._lock, naming_owner(self._connection):
            if self._cached is not None and self._cached.token.value != refused.value:
                # Another thread has just renewed it, or another process stored it.
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
            # The margin before expiry allows for this: the next attempt may work.
            self._cached = _CachedToken(
                cached.token, cached.expires, min(now + RETRY_SECONDS, cached.expires)
            )
            return cached.token

    def _was_saved(self) -> bool:
        return _saves[self._connection.pk] != self._saves

    def _is_check_due(self, now: float) -> bool:
        return now >= self._check_from or self._was_saved()

    def _check_row(self, now: float) -> None:
        """Read the row; drop the token and raise NotConnected if it must not be used any more.

        A failure of the database is ignored here, because the token is valid.
        """
        using = self._using
        saves = _saves[self._connection.pk]
        is_borrowed = connections[using].connection is not None
        try:
            row = Connection.objects.using(using).get(pk=self._connection.pk)
            raise_for_change(self._connection, row)
            if row.state == Connection.State.DISCONNECTED:
                raise_for_state(row)
        except Connection.DoesNotExist:
            self._cached = None
            raise deleted_error(self._connection) from None
        except NotConnected:
            self._cached = None
            raise
        except DBError as error:
            log.warning("Could not check the row of %s: %s", self._connection, error)
        finally:
            if not is_borrowed:  # in the project's own thread, nothing else closes it
                connections[using].close()
        self._saves, self._check_from = saves, now + CHECK_SECONDS

    def _renew_unless_failed(
        self, now: float, refused: AccessToken | None = None, *, wait: bool = True
    ) -> AccessToken:
        """Renew, unless another thread's renewal failed while this one waited for it."""
        if self._failure is not None and self._failed_at > now:
            raise copy(self._failure)
        try:
            return self._cache(current_tokens(self._connection, refused, wait=wait)).token
        except ZCRMError as error:
            self._failed_at, self._failure = time.monotonic(), copy(error)  # without its frames
            raise

    @sensitive_variables()
    def _read(self) -> _CachedToken | None:
        """Cache the token of the source's own row, if it is still valid."""
        # Another store may already have the tokens of a grant that this row does not know of.
        if not self._connection.is_usable or seconds_left(self._connection) <= 0:
            return None  # the renewal reads the row, which may have been connected again
        if not is_in_row():
            return None
        try:
            tokens = load_tokens(self._connection)
        except DBError:  # a store's own database; a renewal queries it again
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
        now = time.monotonic()
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
    # Once more after the commit, when others can see it.
    transaction.on_commit(partial(_saves.update, [pk]), using=using, robust=True)


post_save.connect(_count_save, sender=Connection, dispatch_uid="zcrm.tokens.save")
post_delete.connect(_count_save, sender=Connection, dispatch_uid="zcrm.tokens.delete")
