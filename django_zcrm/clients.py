"""Entry points: clients for a user, an identifier, a connection, or the site's default one.

Finds connections and builds clients from them; the API's calls are in `zoho`.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, overload

from asgiref.sync import sync_to_async
from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.signals import setting_changed
from django.db import connections, router
from django.db.models.signals import post_delete, post_migrate, post_save
from django.utils.timezone import get_current_timezone

from .conf import get_settings
from .exceptions import ConfigurationError, DoesNotExist, MultipleObjectsReturned, NotConnected
from .governor.governors import OrganisationGovernor
from .governor.limits import Limits, limits_of
from .governor.registry import governor_for
from .models import Connection, ConnectionQuerySet
from .models.names import SITE, owner_key
from .owners import connection_in_use, owner_of
from .tokens import ConnectionTokens
from .transport import transport
from .zoho import spending
from .zoho.client import Client
from .zoho.metadata import MetadataCache
from .zoho.query.options import Options
from .zoho.resource_table import Resources
from .zoho.results import Record as ZohoRecord
from .zoho.secret import Secret
from .zoho.session import Session

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import Model
    from django.http import HttpRequest

    from .mirror.mirror import Mirror
    from .mirror.models import MirrorModel
    from .zoho.aio import AsyncClient
    from .zoho.query.model import Modelled
    from .zoho.query.recordset import RecordSet
    from .zoho.sdk_tree import API

R = TypeVar("R", bound="Modelled")

DEFAULT_LIFE = 30.0
"""Seconds for which a process reuses its default client.

A new default that was chosen in another process is noticed after this time at most.
"""


def client_for(connection: Connection) -> Client:
    """Return a client for a connection that was just read; makes no query and no request."""
    # Imported with the first client, as it brings OpenTelemetry, which no project needs to start.
    from .monitoring.observer import ConnectionObserver

    config = get_settings()
    return Client(
        Session(
            ConnectionTokens(connection),
            transport(),
            version=config.api_version,
            timeout=config.timeout,
            retries=config.retries,
            max_response_bytes=config.max_response_bytes,
            metadata=_metadata_of(connection),
            observer=ConnectionObserver(connection),
            governor=governor_for(connection),
        ),
        _options(),
    )


def _options() -> Options:
    config = get_settings()
    return Options(
        rows=config.query_rows,
        bulk_write_from=config.bulk_write_from,
        zone=get_current_timezone,
        does_not_exist=DoesNotExist,
        multiple_objects_returned=MultipleObjectsReturned,
    )


def _metadata_of(connection: Connection) -> MetadataCache:
    """Return the cache that all clients of a connection to one organisation share.

    Where the scopes do not reveal the organisation, it is not kept longer than an access token.
    """
    organisation = connection.organisation_id or f"unknown, {connection.token_version}"
    return _metadata(connection.pk, connection.created_at, organisation, connection.environment)


@lru_cache(maxsize=512)
def _metadata(pk: int, created_at: datetime, organisation: str, environment: str) -> MetadataCache:
    """`created_at` is in the key, since tests reuse primary keys."""
    return MetadataCache()


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
        from .zoho.later_records import later_records

        return later_records(model, _options(), self.default, self.adefault)

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
        get_settings().require("CLIENT_SECRET")
        if owner is None:
            raise NotConnected(
                "There is nobody to look for a Zoho account of: the user is not logged in, or acts "
                "for no owner. zcrm itself is the client of the site's default connection."
            )
        connection = connection_in_use(owner, organisation=organisation, environment=environment)
        if connection is None:
            raise _not_connected(
                "This user has not connected a Zoho account yet; the page zcrm:connect does that.",
                owner_key(owner.pk),
            )
        return client_for(connection)

    def for_request(self, request: HttpRequest) -> Client:
        """Return the client for the user of a request; `request.zcrm` is the lazy form of this.

        Raises NotConnected when the user has no connection, and ConfigurationError.
        """
        return self.for_owner(owner_of(request.user, request))

    def for_identifier(self, user_identifier: str) -> Client:
        """Return the client for a `user_identifier`, whose row is read now.

        Raises NotConnected when there is none, and ConfigurationError.
        """
        return client_for(self._of_identifier(user_identifier))

    def _of_identifier(self, user_identifier: str) -> Connection:
        return self._connection(
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
        if connections[router.db_for_read(Connection)].in_atomic_block:
            return self._find_default()
        kept = _kept.get("default")
        if kept is None or kept[1] < time.monotonic():
            kept = self._find_default(), time.monotonic() + DEFAULT_LIFE
            _kept["default"] = kept
        return kept[0]

    def generate_auth_tokens(self, user_identifier: str, grant_token: str | Secret) -> Connection:
        """Exchange a self client's grant token, and return the resulting connection.

        An identifier has one connection: a second grant replaces the first. Raises Invalid when
        Zoho does not accept the token, and what else `connect_with_grant_token` raises.
        """
        from .oauth.grants import Grantee, connect_with_grant_token  # which few processes do

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
        from .oauth.grants import Grantee, connect_with_refresh_token  # which few processes do

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
        from .mirror.mirror import Mirror  # an app of its own, which imports this module

        return Mirror(model, connection or self._default_connection())

    def disconnect(self, connection: Connection, *, revoke: bool = True) -> None:
        """Revoke a connection at Zoho and delete its tokens; its row stays, to be reconnected.

        If revoking fails, the error is raised and nothing changes; without `revoke`, Zoho is not
        asked.
        """
        from .oauth.ending import disconnect

        disconnect(connection, revoke=revoke)

    def _find_default(self) -> Client:
        return client_for(self._default_connection())

    def _default_connection(self) -> Connection:
        if identifier := get_settings().user_identifier:
            return self._of_identifier(identifier)
        return self._connection(
            Connection.objects.default(),
            "The site has no default Zoho connection: set ZCRM['USER_IDENTIFIER'], or connect one "
            "for the site with manage.py zcrm_connect or at zcrm:connect.",
        )

    @staticmethod
    def _connection(rows: ConnectionQuerySet, otherwise: str) -> Connection:
        config = get_settings()
        config.require("CLIENT_SECRET")
        here = rows.at(config.require("CLIENT_ID"), config.environment).live()
        if (connection := here.best_first().first()) is None:
            raise _not_connected(_elsewhere(rows) or otherwise, SITE)
        return connection

    if not TYPE_CHECKING:  # type checkers should see only the annotations

        def __getattr__(self, name: str) -> Any:
            # Also keeps introspection (copy, inspect, mock) away from the database.
            if name not in Resources.__annotations__:
                raise AttributeError(f"zcrm has no {name!r}; dir(zcrm) lists what it has.")
            return getattr(self.default(), name)

    def __repr__(self) -> str:
        return "<zcrm: the default Zoho CRM client>"


def _check_is_user(given: Any) -> None:
    """Raise for what is no user: None may come from an empty foreign key, the rest is a mistake."""
    if not hasattr(given, "is_authenticated"):
        raise (NotConnected if given is None else TypeError)(
            f"for_user() takes a user, not {type(given).__name__}; zcrm itself is the client of "
            "the site's default connection."
        )


def _not_connected(message: str, owner: str) -> NotConnected:
    error = NotConnected(message)
    error.owner = owner
    return error


def _elsewhere(rows: ConnectionQuerySet) -> str:
    """Explain which environment or client a connection has that these settings do not match."""
    config = get_settings()
    connection = rows.live().best_first().first()
    if connection is None:
        return ""
    if connection.environment != config.environment:
        return (
            f"{connection} is a connection to the {connection.environment} environment, and "
            f"ZCRM['ENVIRONMENT'] is {config.environment!r}."
        )
    return f"{connection} was made with another client than ZCRM['CLIENT_ID']; connect again."


_kept: dict[str, tuple[Client, float]] = {}
"""The default client of this process, and when it expires (monotonic seconds)."""


def forget_default(**kwargs: Any) -> None:
    """Make the next use of `zcrm` read the default connection again."""
    if kwargs.get("setting", "ZCRM") == "ZCRM":
        _kept.clear()


post_save.connect(forget_default, sender=Connection, dispatch_uid="zcrm.clients.save")
post_delete.connect(forget_default, sender=Connection, dispatch_uid="zcrm.clients.delete")
# Flushing a database (TransactionTestCase) sends no signal for the rows that are lost.
post_migrate.connect(forget_default, dispatch_uid="zcrm.clients.flush")
setting_changed.connect(forget_default, dispatch_uid="zcrm.clients.settings")

zcrm = Site()


def default_connection() -> Connection:
    """Return the site's default connection. Raises NotConnected when there is none."""
    return zcrm._default_connection()
