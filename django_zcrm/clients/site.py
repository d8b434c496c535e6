"""`zcrm`: what a project calls to get clients; itself the client of the default connection."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar, overload

from asgiref.sync import sync_to_async
from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser

from ..conf import get_settings
from ..exceptions import ConfigurationError, NotConnected
from ..governor.governors import OrganisationGovernor
from ..governor.limits import Limits, limits_of
from ..models import Connection
from ..owners import owner_of
from ..zoho import spending
from ..zoho.client import Client
from ..zoho.resource_table import Resources
from ..zoho.results import Record as ZohoRecord
from ..zoho.secret import Secret
from ..zoho.session import Session
from .client import client_for, query_options
from .connections import connection_of_identifier, connection_of_owner, default_connection
from .default import default_client

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model
    from django.http import HttpRequest

    from ..mirror.mirror import Mirror
    from ..mirror.models import MirrorModel
    from ..zoho.aio import AsyncClient
    from ..zoho.query.model import Modelled
    from ..zoho.query.recordset import RecordSet
    from ..zoho.sdk_tree import API

R = TypeVar("R", bound="Modelled")


class Site(Client):
    """The site's clients; itself the default one: `zcrm.records.list("Leads")`.

    The default connection is that of `ZCRM["USER_IDENTIFIER"]` if it is set, otherwise the one that
    is marked as the site's default.
    """

    def __init__(self) -> None:
        """Make one without a session: that of the default client is looked up at each use."""

    @property
    def session(self) -> Session:
        """What makes the calls of the default client."""
        return self.default().session

    @property
    def API(self) -> API:
        """The hierarchy of Zoho's Node SDK, name by name, for the default client."""
        return self.default().API

    @property
    def aio(self) -> AsyncClient:
        """The asynchronous default client; look it up with `adefault()` in async code."""
        return self.default().aio

    @overload
    def objects(self, model: str) -> RecordSet[ZohoRecord]: ...

    @overload
    def objects(self, model: type[R]) -> RecordSet[R]: ...

    def objects(self, model: Any) -> RecordSet[Any]:
        """Return the records of a module, or of a class of records, of the default client.

        That is looked up when they are first asked for something, so this may be called anywhere.
        """
        # As in Client.objects: record sets take as long to load as all the rest of the client.
        from ..zoho.lazy_records import lazy_records

        return lazy_records(model, query_options(), self.default, self.adefault)

    def for_user(
        self,
        user: AbstractBaseUser | AnonymousUser,
        *,
        organisation: str = "",
        environment: str = "",
    ) -> Client:
        """Return the client for a user's connection; the chosen one if there are several.

        `organisation` (Zoho's id) and `environment` narrow the choice. Where connections belong to
        tenants or the like, that of the tenant whom the user acts for is taken
        (`ZCRM["OWNER_OF_USER"]`). Raises NotConnected when there is none, or nobody is logged in,
        and ConfigurationError.
        """
        _check_is_user(user)
        return self.for_owner(owner_of(user), organisation=organisation, environment=environment)

    def for_owner(
        self, owner: Model | None, *, organisation: str = "", environment: str = ""
    ) -> Client:
        """Return the client for an owner's connection (see `ZCRM["OWNER_MODEL"]`), like `for_user`.

        Raises NotConnected when there is none, or no owner, and ConfigurationError.
        """
        return client_for(
            connection_of_owner(owner, organisation=organisation, environment=environment)
        )

    def for_request(self, request: HttpRequest) -> Client:
        """Return the client for the user of a request; `request.zcrm` is the lazy form of this.

        Raises NotConnected when the user has no connection, and ConfigurationError.
        """
        return self.for_owner(owner_of(request.user, request))

    def for_identifier(self, user_identifier: str) -> Client:
        """Return the client for a `user_identifier`, whose row is read now.

        Raises NotConnected when there is none, and ConfigurationError.
        """
        return client_for(connection_of_identifier(user_identifier))

    async def afor_user(
        self,
        user: AbstractBaseUser | AnonymousUser,
        *,
        organisation: str = "",
        environment: str = "",
    ) -> Client:
        """Async version of `for_user`; make calls through the client's `aio`."""
        return await sync_to_async(self.for_user)(
            user, organisation=organisation, environment=environment
        )

    async def afor_owner(
        self, owner: Model | None, *, organisation: str = "", environment: str = ""
    ) -> Client:
        """Async version of `for_owner`; make calls through the client's `aio`."""
        return await sync_to_async(self.for_owner)(
            owner, organisation=organisation, environment=environment
        )

    async def afor_identifier(self, user_identifier: str) -> Client:
        """Async version of `for_identifier`; make calls through the client's `aio`."""
        return await sync_to_async(self.for_identifier)(user_identifier)

    async def adefault(self) -> Client:
        """Async version of `default`; make calls through the client's `aio`."""
        return await sync_to_async(self.default)()

    def for_connection(self, connection: Connection) -> Client:
        """Return the client for a connection that was just read."""
        return client_for(connection)

    def default(self) -> Client:
        """Return the client for the site's default connection.

        Raises NotConnected when there is none. A process caches it for a short while, so that calls
        make no query, but not inside a transaction, which may still be rolled back.
        """
        return default_client()

    def generate_auth_tokens(self, user_identifier: str, grant_token: str | Secret) -> Connection:
        """Exchange a self client's grant token, and return the resulting connection.

        An identifier has one connection: a second grant replaces the first. Raises Invalid when
        Zoho does not accept the token, and what else `connect_with_grant_token` raises.
        """
        from ..oauth.grants import Grantee, connect_with_grant_token  # which few processes do

        grant_token = Secret(grant_token)  # at once: error pages show a frame's variables
        return connect_with_grant_token(
            grant_token, Grantee(identifier=user_identifier, single=True)
        )

    def generate_auth_token_from_refresh_token(
        self, user_identifier: str, refresh_token: str | Secret
    ) -> Connection:
        """Make a connection from a refresh token that was issued elsewhere, and return it.

        Raises ConsentWithdrawn when Zoho does not accept the token, and what else
        `connect_with_refresh_token` raises.
        """
        from ..oauth.grants import Grantee, connect_with_refresh_token  # which few processes do

        refresh_token = Secret(refresh_token)
        return connect_with_refresh_token(
            refresh_token, Grantee(identifier=user_identifier, single=True)
        )

    def priority(self, name: str) -> AbstractContextManager[None]:
        """Make the calls of a `with` block `interactive`, as they are by default, or `batch`.

        Batch calls leave a share of Zoho's limits to the others: `ZCRM["GOVERNOR"]["RESERVE"]`. It
        holds in coroutines and tasks that the block starts, not in threads.
        """
        return spending.priority(name)

    def budget(self, *, credits: int) -> AbstractContextManager[spending.Budget]:
        """Let the calls of a `with` block use so many credits; its value counts them (`credits`).

        A call that would use more raises BudgetSpent, and is not sent. Raises ConfigurationError
        when `ZCRM["GOVERNOR"]` is None: then nothing counts.
        """
        if get_settings().governor is None:
            raise ConfigurationError(
                "zcrm.budget() needs the governor, and ZCRM['GOVERNOR'] is None.", "GOVERNOR"
            )
        return spending.budget(credits=credits)

    def limits(self, crm: Client | None = None) -> Limits:
        """Return what is known of the limits of a client's organisation; asks Zoho nothing.

        Without a client it is the default one. Raises ConfigurationError when `ZCRM["GOVERNOR"]` is
        None.
        """
        governor = (crm or self).session.governor
        if not isinstance(governor, OrganisationGovernor):
            raise ConfigurationError(
                "There is no governor to ask: ZCRM['GOVERNOR'] is None.", "GOVERNOR"
            )
        return limits_of(governor)

    def mirror(
        self, model: type[MirrorModel] | str, connection: Connection | None = None
    ) -> Mirror:
        """Return the mirror of a model, or of a module without one, for a connection.

        Without a connection it is the default client's. Needs the app `django_zcrm.mirror`; raises
        NotConnected and ConfigurationError.
        """
        if not apps.is_installed("django_zcrm.mirror"):
            raise ConfigurationError(
                "zcrm.mirror() needs 'django_zcrm.mirror' in settings.INSTALLED_APPS."
            )
        from ..mirror.mirror import Mirror  # an app of its own, which imports this module

        return Mirror(model, connection or default_connection())

    def disconnect(self, connection: Connection, *, revoke: bool = True) -> None:
        """Revoke a connection at Zoho and delete its tokens; its row stays, to be reconnected.

        If revoking fails, the error is raised and nothing changes; without `revoke`, Zoho is not
        asked.
        """
        from ..oauth.disconnecting import disconnect

        disconnect(connection, revoke=revoke)

    if not TYPE_CHECKING:  # type checkers should see only the annotations

        def __getattr__(self, name: str) -> Any:
            # Also keeps introspection (copy, inspect, mock) away from the database.
            if name not in Resources.__annotations__:
                raise AttributeError(f"zcrm has no {name!r}; dir(zcrm) lists what it has.")
            return getattr(self.default(), name)

    def __repr__(self) -> str:
        return "<zcrm: the default Zoho CRM client>"


def _check_is_user(user: Any) -> None:
    """Raise for what is no user: None may come from an empty foreign key, the rest is a mistake."""
    if not hasattr(user, "is_authenticated"):
        raise (NotConnected if user is None else TypeError)(
            f"for_user() takes a user, not {type(user).__name__}; zcrm itself is the client of "
            "the site's default connection."
        )


zcrm = Site()
