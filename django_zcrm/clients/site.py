"""`zcrm`: the object that provides clients, and is itself the default connection's client."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar, overload

from asgiref.sync import sync_to_async
from django.contrib.auth.base_user import AbstractBaseUser

from ..conf import get_settings
from ..exceptions import ConfigurationError
from ..models import Connection
from ..owners import check_is_user, owner_of
from ..zoho.calls.session import Session
from ..zoho.catalogue.resource_table import Resources
from ..zoho.limits.budget import Budget, budget, priority
from ..zoho.operations.results import RecordDict
from ..zoho.secret import Secret
from .client import ConnectionClient, client_for, query_options
from .connections import connection_of_identifier, connection_of_owner, default_connection
from .default import default_client

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model
    from django.http import HttpRequest

    from ..mirror.mirror import Mirror
    from ..mirror.models import MirrorModel
    from ..zoho.aio import AsyncClient
    from ..zoho.query.model import TypedRecord
    from ..zoho.query.recordset import RecordSet
    from ..zoho.sdk_tree import API

R = TypeVar("R", bound="TypedRecord")

_DEFAULT: Any = object()
"""Means the default connection. None does not, as it may come from an empty foreign key."""

_make_mirror: Callable[[type[MirrorModel] | str, Connection], Mirror] | None = None


def register_mirror(make: Callable[[type[MirrorModel] | str, Connection], Mirror]) -> None:
    """Register the function that returns a mirror; the app `django_zcrm.mirror` calls this."""
    global _make_mirror
    _make_mirror = make


class Site(ConnectionClient):
    """The site's clients; itself the default one: `zcrm.records.list("Leads")`.

    The default connection is that of `ZCRM["USER_IDENTIFIER"]` if it is set, otherwise the one that
    is marked as the site's default.
    """

    def __init__(self) -> None:
        """Create it without a session: each use looks up the session of the default client."""

    @property
    def session(self) -> Session:
        """The session of the default client, which makes its calls."""
        return self.default().session

    @property
    def connection(self) -> Connection:
        """The site's default connection, as the default client read it."""
        return self.default().connection

    @property
    def API(self) -> API:
        """The hierarchy of Zoho's Node SDK, name by name, for the default client."""
        return self.default().API

    @property
    def aio(self) -> AsyncClient:
        """The asynchronous default client; look it up with `adefault()` in async code."""
        return self.default().aio

    @overload
    def objects(self, model: str) -> RecordSet[RecordDict]: ...

    @overload
    def objects(self, model: type[R]) -> RecordSet[R]: ...

    def objects(self, model: Any) -> RecordSet[Any]:
        """Return the default client's records of a module or of a class of records.

        The first evaluation looks up the default client, so a module may call this at import.
        """
        # Imported here as in Client.objects: record sets take as long to load as the rest of the
        # client.
        from ..zoho.lazy_records import lazy_records

        return lazy_records(model, query_options(), self.default, self.adefault)

    def for_user(
        self,
        user: AbstractBaseUser | AnonymousUser,
        *,
        organisation: str = "",
        environment: str = "",
    ) -> ConnectionClient:
        """Return the client for a user's connection; the chosen one if there are several.

        `organisation` (Zoho's id) and `environment` narrow the choice. If connections belong to
        tenants, `ZCRM["GET_OWNER"]` selects the user's tenant. Raises NotConnected when there is no
        connection, for an anonymous user and for None; TypeError for other values;
        and ConfigurationError.
        """
        check_is_user(user)
        return self.for_owner(owner_of(user), organisation=organisation, environment=environment)

    def for_owner(
        self, owner: Model | None, *, organisation: str = "", environment: str = ""
    ) -> ConnectionClient:
        """Return the client for an owner's connection (see `ZCRM["OWNER_MODEL"]`), like `for_user`.

        Raises NotConnected when there is none, or no owner, and ConfigurationError.
        """
        return client_for(
            connection_of_owner(owner, organisation=organisation, environment=environment)
        )

    def for_request(self, request: HttpRequest) -> ConnectionClient:
        """Return the client for the user of a request; `request.zcrm` is the lazy form of this.

        Raises NotConnected when the user has no connection, and ConfigurationError.
        """
        return self.for_owner(owner_of(request.user, request))

    def for_identifier(self, user_identifier: str) -> ConnectionClient:
        """Return the client for a `user_identifier`; reads the row immediately.

        Raises NotConnected when there is none, and ConfigurationError.
        """
        return client_for(connection_of_identifier(user_identifier))

    async def afor_user(
        self,
        user: AbstractBaseUser | AnonymousUser,
        *,
        organisation: str = "",
        environment: str = "",
    ) -> ConnectionClient:
        """Async version of `for_user`; make calls through the client's `aio`."""
        return await sync_to_async(self.for_user)(
            user, organisation=organisation, environment=environment
        )

    async def afor_owner(
        self, owner: Model | None, *, organisation: str = "", environment: str = ""
    ) -> ConnectionClient:
        """Async version of `for_owner`; make calls through the client's `aio`."""
        return await sync_to_async(self.for_owner)(
            owner, organisation=organisation, environment=environment
        )

    async def afor_identifier(self, user_identifier: str) -> ConnectionClient:
        """Async version of `for_identifier`; make calls through the client's `aio`."""
        return await sync_to_async(self.for_identifier)(user_identifier)

    async def adefault(self) -> ConnectionClient:
        """Async version of `default`; make calls through the client's `aio`."""
        return await sync_to_async(self.default)()

    def for_connection(self, connection: Connection) -> ConnectionClient:
        """Return the client for a newly read connection."""
        return client_for(connection)

    def default(self) -> ConnectionClient:
        """Return the client for the site's default connection.

        Raises NotConnected when there is none. A process caches it for a short while, so that calls
        make no query, but not inside a transaction, which may still be rolled back.
        """
        return default_client()

    def generate_auth_tokens(self, user_identifier: str, grant_token: str | Secret) -> Connection:
        """Exchange a self client's grant token, and return the resulting connection.

        An identifier has one connection: a second grant replaces the first. Raises Invalid when
        Zoho does not accept the token, and the other errors of `connect_with_grant_token`.
        """
        from ..oauth.grants import (  # which few processes do
            ConnectionTarget,
            connect_with_grant_token,
        )

        grant_token = Secret(grant_token)  # at once: error pages show a frame's variables
        return connect_with_grant_token(
            grant_token, ConnectionTarget(identifier=user_identifier, single=True)
        )

    def generate_auth_token_from_refresh_token(
        self, user_identifier: str, refresh_token: str | Secret
    ) -> Connection:
        """Make a connection from a refresh token that was issued elsewhere, and return it.

        Raises ConsentWithdrawn when Zoho does not accept the token, and the other errors of
        `connect_with_refresh_token`.
        """
        from ..oauth.grants import (  # which few processes do
            ConnectionTarget,
            connect_with_refresh_token,
        )

        refresh_token = Secret(refresh_token)
        return connect_with_refresh_token(
            refresh_token, ConnectionTarget(identifier=user_identifier, single=True)
        )

    def priority(self, name: str) -> AbstractContextManager[None]:
        """Make the calls of a `with` block `interactive`, as they are by default, or `batch`.

        Batch calls leave a share of Zoho's limits to the others: `ZCRM["LIMITS"]["RESERVE"]`. The
        priority applies to coroutines and tasks that the block starts, not to threads.
        """
        return priority(name)

    def budget(self, *, credits: int) -> AbstractContextManager[Budget]:
        """Limit the credits of a `with` block's calls; the block's value counts them (`credits`).

        A call that would use more raises BudgetExceeded, and is not sent. Raises ConfigurationError
        when `ZCRM["LIMITS"]` is None: then nothing counts.
        """
        if get_settings().limits is None:
            raise ConfigurationError(
                "zcrm.budget() needs the limiter, and ZCRM['LIMITS'] is None.", "LIMITS"
            )
        return budget(credits=credits)

    def mirror(
        self,
        model: type[MirrorModel] | str,
        connection: Connection | AbstractBaseUser | AnonymousUser = _DEFAULT,
        *,
        organisation: str = "",
        environment: str = "",
    ) -> Mirror:
        """Return the mirror of a model, or of a module without one, for a connection.

        `connection` is a connection, or a user whose connection is chosen as by `for_user`, with
        the same `organisation` and `environment`. Without it, the site's default connection is
        used. Needs the app `django_zcrm.mirror`. Raises ConfigurationError and the errors of
        `for_user`.
        """
        if _make_mirror is None:
            raise ConfigurationError(
                "zcrm.mirror() needs 'django_zcrm.mirror' in settings.INSTALLED_APPS."
            )
        if connection is _DEFAULT:
            connection = default_connection()
        elif not isinstance(connection, Connection):
            check_is_user(connection, "mirror")
            connection = connection_of_owner(
                owner_of(connection), organisation=organisation, environment=environment
            )
        return _make_mirror(model, connection)

    def disconnect(self, connection: Connection, *, revoke: bool = True) -> None:
        """Revoke a connection at Zoho and delete its tokens; its row stays, to be reconnected.

        If revoking fails, the error is raised and nothing changes. Without `revoke`, no request is
        sent to Zoho.
        """
        from ..oauth.disconnecting import end_connection  # which few processes do

        end_connection(connection, revoke=revoke)

    if not TYPE_CHECKING:  # type checkers should see only the annotations

        def __getattr__(self, name: str) -> Any:
            # So introspection (copy, inspect, mock) does not query the database.
            if name not in Resources.__annotations__:
                raise AttributeError(f"zcrm has no {name!r}; dir(zcrm) lists what it has.")
            return getattr(self.default(), name)

    def __repr__(self) -> str:
        return "<zcrm: the default Zoho CRM client>"


zcrm = Site()
