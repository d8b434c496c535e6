"""The code flow: sends a person to Zoho's consent page, and completes the grant afterwards.

The views render the pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_variables

from ..access import Action, Source, check_access, current_actor
from ..conf import ZCRMSettings, get_settings
from ..models import Connection, ConnectionQuerySet, ConsumedState
from ..models.names import SITE, owner_key
from ..owners import acting, owner_of
from ..zoho.auth.scope_names import split_scopes
from ..zoho.http import datacenters
from ..zoho.http.datacenters import DATA_CENTERS, Environment, is_trusted, origin
from ..zoho.secret import MASK, Secret
from . import errors, pending_flows
from .grants import ConnectionTarget, Issuer, connect_with_grant_token

if TYPE_CHECKING:
    from django.db.models import Model

CONNECTED = "zcrm_connected"
"""The session key of the most recent connection."""

MAX_QUERY_BYTES = 8000
"""Bytes. Most web servers have the same limit; Zoho's callbacks have a few hundred bytes."""


class Completed(NamedTuple):
    """A stored grant, and the page where the person continues."""

    connection: Connection
    next: str


@dataclass(frozen=True)
class AuthorizationResponse:
    """The query that Zoho added to the callback's URL; without an error, `error` is None."""

    state: str
    code: Secret
    error: str | None
    location: str
    accounts_server: str


@dataclass(frozen=True, kw_only=True)
class ConnectRequest:
    """A person's request to connect an account. Without an owner, it is for the whole site.

    `scopes` are needed in addition to those in the settings; `next` is the page to go to
    afterwards. `renews` is a connection that staff reconnect on behalf of its owner.
    """

    owner: Model | None
    renews: Connection | None = None
    next: str = ""
    scopes: tuple[str, ...] = ()
    environment: Environment | None = None

    @property
    def connection(self) -> Connection:
        """An unsaved connection of the owner."""
        return Connection(owner_id=self.owner.pk if self.owner else None)

    def collect_scopes(self, config: ZCRMSettings) -> tuple[str, ...]:
        """Return the scopes to request.

        A new grant has only the requested scopes, and the person chooses on Zoho's page which
        connection it renews. So the request includes the granted scopes of all connections of the
        owner.
        """
        rows = [self.renews] if self.renews else self._renewable_connections(config).order_by("pk")
        granted = [scope for row in rows for scope in row.granted_scopes]
        return split_scopes([*config.scopes, *granted, *self.scopes])

    def _renewable_connections(self, config: ZCRMSettings) -> ConnectionQuerySet:
        """Return the connections that the grant may renew."""
        connections = Connection.objects.live()
        connections = (
            connections.site_wide() if self.owner is None else connections.for_owner(self.owner)
        )
        return connections.for_client(config.client_id, self.environment or config.environment)


def validate_next(request: HttpRequest, url: str) -> str:
    """Return the URL if it stays on this site, else an empty string."""
    if len(url) > MAX_QUERY_BYTES:  # a long URL would fill the session
        return ""
    if not url.startswith(("/", "http:", "https:")):  # relative to a page of this app
        return ""
    is_allowed = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if is_allowed else ""


def connect_query(next_url: str, scopes: Iterable[str] = ()) -> str:
    """Return the query of a link to the connect page.

    Scopes are signed, so that links of other sites cannot request more than this site does.
    """
    query = {"next": next_url, "scopes": signing.dumps([*scopes], salt=_SALT) if scopes else ""}
    return urlencode({name: value for name, value in query.items() if value})


def read_scopes(signed: str) -> tuple[str, ...]:
    """Return the scopes of a connect page's query. Raises ConnectError for a bad signature."""
    try:
        return tuple(signing.loads(signed, salt=_SALT)) if signed else ()
    except signing.BadSignature:
        raise errors.bad_scopes() from None


_SALT = "zcrm.scopes"


def begin(request: HttpRequest, connect_request: ConnectRequest) -> str:
    """Return the URL of Zoho's consent page. Raises ConfigurationError, and NotPermitted.

    The caller has checked that the user is logged in, and that `next`, the page to go to
    afterwards, is on this site.
    """
    config = get_settings()
    config.require("REDIRECT_URI")
    if connect_request.renews:
        check_access(Action.CONNECT_AGAIN, connect_request.renews)
    else:
        check_access(Action.CONNECT, connect_request.connection)
    owner = connect_request.renews.owner if connect_request.renews else connect_request.owner
    pending = pending_flows.PendingFlow(
        user=str(request.user.pk),
        owner=owner_key(owner and owner.pk),
        next=connect_request.next,
        environment=connect_request.renews.environment
        if connect_request.renews
        else connect_request.environment or "",
        renews=connect_request.renews.pk if connect_request.renews else 0,
        source=current_actor().source,
    )
    return config.oauth_client().authorize_url(
        connect_request.collect_scopes(config), pending_flows.remember(request.session, pending)
    )


def pending_next(request: HttpRequest) -> str:
    """Return the `next` of a callback's flow, or an empty string; the flow stays pending."""
    pending = pending_flows.find(request.session, request.GET.get("state", ""))
    return pending.next if pending else ""


@sensitive_variables()
def complete(request: HttpRequest) -> Completed:
    """Exchange the code of a callback.

    Raises ConnectError, NotPermitted, or any error of the exchange.

    Nothing is sent before the state, the accounts server and the user's permission have been
    checked.
    """
    if len(request.META.get("QUERY_STRING", "")) > MAX_QUERY_BYTES:
        raise errors.too_long()
    response = _read_response(request)
    pending = pending_flows.take(request.session, response.state)
    if pending is None or not ConsumedState.objects.consume(response.state, pending_flows.LIFE):
        raise errors.unknown_state()
    user = request.user
    if not user.is_authenticated or str(user.pk) != pending.user:
        raise errors.other_user()
    with acting(user, request, source=Source(pending.source)):
        target = _find_renewed_target(pending) if pending.renews else _target(request, pending)
        if response.error is not None or not response.code:
            raise errors.error_from_zoho(response.error or "")
        issuer = replace(_issuer(response, get_settings()), environment=pending.environment)
        connection = connect_with_grant_token(response.code, target, issuer)
    request.session[CONNECTED] = connection.pk
    return Completed(connection, pending.next)


def _read_response(request: HttpRequest) -> AuthorizationResponse:
    """Read Zoho's response, and remove the code from the request.

    The repr of a request contains its URL, and error pages and logs show it.
    """
    query = request.GET.copy()
    response = AuthorizationResponse(
        state=query.get("state", ""),
        code=Secret(query.get("code", "")),
        error=query.get("error"),
        location=query.get("location", ""),
        accounts_server=query.get("accounts-server", ""),
    )
    if response.code:
        query["code"] = MASK
        request.GET = query  # type: ignore[assignment]
        request.META["QUERY_STRING"] = query.urlencode()
        for name in {"REQUEST_URI", "RAW_URI"} & request.META.keys():  # of uWSGI and gunicorn
            request.META[name] = request.get_full_path()
    return response


def _target(request: HttpRequest, pending: pending_flows.PendingFlow) -> ConnectionTarget:
    if pending.owner == SITE:
        check_access(Action.CONNECT, Connection())
        return ConnectionTarget()
    owner = owner_of(request.user, request)
    if owner is None or owner_key(owner.pk) != pending.owner:
        raise errors.other_owner()
    return ConnectionTarget(owner=owner)


def _find_renewed_target(pending: pending_flows.PendingFlow) -> ConnectionTarget:
    """Return the current target of the connection that staff reconnect."""
    row = Connection.objects.filter(pk=pending.renews).select_related("owner").first()
    if row is None or owner_key(row.owner_id) != pending.owner:
        raise errors.other_owner()
    check_access(Action.CONNECT_AGAIN, row)
    return ConnectionTarget(owner=row.owner, identifier=row.user_identifier)


def _issuer(response: AuthorizationResponse, config: ZCRMSettings) -> Issuer:
    """Return the person's data centre, which Zoho's response names; only known ones are valid.

    The code is valid only there, and the client's secret must go nowhere else.
    """
    home = Issuer.home(config)
    server, location = response.accounts_server, response.location
    if server and not is_trusted(server, config.own_hosts):
        raise errors.unknown_data_center(server)
    if not server and location and location not in DATA_CENTERS:
        raise errors.unknown_data_center(location)
    data_center = datacenters.data_center_for_url(server)
    if data_center is not None and data_center != config.home:
        return Issuer(data_center.code, origin(server))
    if not server and location and not config.accounts_url:
        return Issuer(location, DATA_CENTERS[location].accounts)
    if data_center is None and location in DATA_CENTERS:
        return Issuer(location, home.accounts_url)
    return home
