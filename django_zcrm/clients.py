"""The front door: clients for a user, an identifier, a connection, or the site's default one.

Knows connections and token sources; the API's calls are the client's own.
"""

from __future__ import annotations

import time
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.signals import setting_changed
from django.db import connections, router
from django.db.models.signals import post_delete, post_migrate, post_save
from django.views.decorators.debug import sensitive_variables

from .conf import get_settings
from .exceptions import NotConnected
from .models import Connection, ConnectionQuerySet
from .oauth import connect_with_grant_token, connect_with_refresh_token
from .oauth import disconnect as end_grant
from .oauth.grants import Holder
from .observer import ConnectionObserver
from .owners import connection_in_use, owner_of
from .tokens import ConnectionTokens
from .transport import transport
from .zoho.client import Client
from .zoho.metadata import MetadataCache
from .zoho.session import Session

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model
    from django.http import HttpRequest

DEFAULT_LIFE = 30.0
"""Seconds for which a process goes on with the default client that it has.

Another process's choice of a new default goes unnoticed for so long at most.
"""


def client_for(connection: Connection) -> Client:
    """Return a client bound to a connection that was just read. Asks nobody anything."""
    config = get_settings()
    return Client(
        Session(
            ConnectionTokens(connection),
            transport(),
            version=config.api_version,
            timeout=config.timeout,
            retries=config.retries,
            metadata=_metadata(connection.pk, connection.created_at),
            observer=ConnectionObserver(connection),
        )
    )


@lru_cache(maxsize=512)
def _metadata(pk: int, created_at: datetime) -> MetadataCache:
    """One for a connection; its age stands beside its key, which tests give out again."""
    return MetadataCache()


if TYPE_CHECKING:

    class _DefaultClient(Client):
        def __init__(self) -> None: ...

else:
    _DefaultClient = object


class Site(_DefaultClient):
    """The site's clients; itself, the default one: `zcrm.records.list("Leads")`.

    Which connection is the default: that of `ZCRM["USER_IDENTIFIER"]` when it is set, else the one
    that is marked as the site's default.
    """

    def for_user(
        self,
        user: AbstractBaseUser | AnonymousUser,
        *,
        organisation: str = "",
        environment: str = "",
    ) -> Client:
        """Return the client of a user's connection; the chosen one when there are several.

        `organisation` (Zoho's id) and `environment` narrow the choice. Where connections belong to
        tenants or the like, it is that of the one the user acts for (`ZCRM["OWNER_OF_USER"]`).
        Raises NotConnected when there is none.
        """
        return self.for_owner(owner_of(user), organisation=organisation, environment=environment)

    def for_owner(
        self, owner: Model | None, *, organisation: str = "", environment: str = ""
    ) -> Client:
        """Return the client of an owner's connection (see `ZCRM["OWNER_MODEL"]`), as `for_user`.

        Raises NotConnected when there is none, or no owner.
        """
        get_settings().require("CLIENT_SECRET")
        found = connection_in_use(owner, organisation=organisation, environment=environment)
        if found is None:
            raise NotConnected(
                "This user has not connected a Zoho account yet; the page zcrm:connect does that."
            )
        return client_for(found)

    def for_request(self, request: HttpRequest) -> Client:
        """Return the client of whoever sent a request; `request.zcrm` is this, asked for later.

        Raises NotConnected when they have no connection.
        """
        return self.for_owner(owner_of(request.user, request))

    def for_identifier(self, user_identifier: str) -> Client:
        """Return the client of a `user_identifier`; its row is read now.

        Raises NotConnected when there is none.
        """
        return self._client(
            Connection.objects.for_identifier(user_identifier),
            f"No Zoho account is connected as {user_identifier!r}; zcrm.generate_auth_tokens() or "
            "manage.py zcrm_connect does that.",
        )

    async def afor_user(
        self,
        user: AbstractBaseUser | AnonymousUser,
        *,
        organisation: str = "",
        environment: str = "",
    ) -> Client:
        """Like `for_user`, for those who await; the client's `aio` has the calls."""
        return await sync_to_async(self.for_user)(
            user, organisation=organisation, environment=environment
        )

    async def afor_owner(
        self, owner: Model | None, *, organisation: str = "", environment: str = ""
    ) -> Client:
        """Like `for_owner`, for those who await; the client's `aio` has the calls."""
        return await sync_to_async(self.for_owner)(
            owner, organisation=organisation, environment=environment
        )

    async def afor_identifier(self, user_identifier: str) -> Client:
        """Like `for_identifier`, for those who await; the client's `aio` has the calls."""
        return await sync_to_async(self.for_identifier)(user_identifier)

    async def adefault(self) -> Client:
        """Like `default`, for those who await; the client's `aio` has the calls."""
        return await sync_to_async(self.default)()

    def for_connection(self, connection: Connection) -> Client:
        """Return the client of a connection that was just read."""
        return client_for(connection)

    def default(self) -> Client:
        """Return the client of the site's default connection.

        Raises NotConnected when there is none. A process keeps it for a short while, so that
        calls make no query; but never inside a transaction, which may yet be rolled back.
        """
        if connections[router.db_for_read(Connection)].in_atomic_block:
            return self._find_default()
        kept = _kept.get("default")
        if kept is None or kept[1] < time.monotonic():
            kept = self._find_default(), time.monotonic() + DEFAULT_LIFE
            _kept["default"] = kept
        return kept[0]

    @sensitive_variables()
    def generate_auth_tokens(self, user_identifier: str, grant_token: str) -> Connection:
        """Exchange a self client's grant token, and return the connection made of it.

        An identifier has one connection: a second grant replaces the first. Raises Invalid when
        Zoho does not take the token.
        """
        return connect_with_grant_token(
            grant_token, Holder(identifier=user_identifier, single=True)
        )

    @sensitive_variables()
    def generate_auth_token_from_refresh_token(
        self, user_identifier: str, refresh_token: str
    ) -> Connection:
        """Make a connection of a refresh token that was made elsewhere, and return it.

        Raises ConsentWithdrawn when Zoho does not take the token.
        """
        return connect_with_refresh_token(
            refresh_token, Holder(identifier=user_identifier, single=True)
        )

    def disconnect(self, connection: Connection, *, revoke: bool = True) -> None:
        """Revoke a connection at Zoho and forget its tokens; its row stays, for a reconnect.

        An error on the way to Zoho is raised and changes nothing; without `revoke` Zoho is not
        asked.
        """
        end_grant(connection, revoke=revoke)

    def _find_default(self) -> Client:
        if identifier := get_settings().user_identifier:
            return self.for_identifier(identifier)
        return self._client(
            Connection.objects.default(),
            "The site has no default Zoho connection: set ZCRM['USER_IDENTIFIER'], or connect one "
            "for the site with manage.py zcrm_connect or at zcrm:connect.",
        )

    @staticmethod
    def _client(rows: ConnectionQuerySet, otherwise: str) -> Client:
        config = get_settings()
        config.require("CLIENT_SECRET")
        here = rows.at(config.require("CLIENT_ID"), config.environment).live()
        if (connection := here.best_first().first()) is None:
            raise NotConnected(_elsewhere(rows) or otherwise)
        return client_for(connection)

    def __getattr__(self, name: str) -> Any:
        # Also keeps those who only look for a name (copy, inspect, mock) away from the database.
        if name not in _OFFERED:
            raise AttributeError(f"zcrm has no {name!r}; dir(zcrm) lists what it has.")
        return getattr(self.default(), name)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *_OFFERED})

    def __repr__(self) -> str:
        return "<zcrm: the default Zoho CRM client>"


def _elsewhere(rows: ConnectionQuerySet) -> str:
    """Say of which environment or client a connection is that these settings do not find."""
    config = get_settings()
    found = rows.live().best_first().first()
    if found is None:
        return ""
    if found.environment != config.environment:
        return (
            f"{found} is a connection to the {found.environment} environment, and "
            f"ZCRM['ENVIRONMENT'] is {config.environment!r}."
        )
    return f"{found} was made with another client than ZCRM['CLIENT_ID']; connect again."


_OFFERED = {*Client.__annotations__, *(name for name in vars(Client) if not name.startswith("_"))}

_kept: dict[str, tuple[Client, float]] = {}
"""The default client of this process, and until when (monotonic seconds)."""


def forget_default(**kwargs: Any) -> None:
    """Let the next use of `zcrm` read the default connection anew."""
    if kwargs.get("setting", "ZCRM") == "ZCRM":
        _kept.clear()


post_save.connect(forget_default, sender=Connection, dispatch_uid="zcrm.clients.save")
post_delete.connect(forget_default, sender=Connection, dispatch_uid="zcrm.clients.delete")
# A flushed database (TransactionTestCase) tells nobody of the rows that it lost.
post_migrate.connect(forget_default, dispatch_uid="zcrm.clients.flush")
setting_changed.connect(forget_default, dispatch_uid="zcrm.clients.settings")

zcrm = Site()
