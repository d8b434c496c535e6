"""Turns a grant into a connection. Independent of requests, sessions and pages."""

from __future__ import annotations

import logging
from copy import copy
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, models, router, transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..access import Action, check_access
from ..conf import ZCRMSettings, get_settings
from ..exceptions import ConfigurationError, ZCRMError
from ..models import Connection, ConnectionHistory
from ..models.history import record_connection_change
from ..models.names import SITE, owner_key
from ..models.writing import writing
from ..owners import owner_class
from ..signals import connected
from ..tokens import OAuthTokens
from ..tokens.store import load_tokens, save_grant
from ..transport import transport
from ..zoho.auth.accounts import OAuthClient, TokenResponse, read_tokens
from ..zoho.auth.tokens import AccessToken
from ..zoho.http.datacenters import is_trusted
from ..zoho.http.messages import ZohoRequest
from ..zoho.secret import Secret
from .accounts import TIMEOUT, accounts_client
from .errors import other_owner
from .identifiers import check_identifier, find_free_identifier, taken_error
from .profile import GrantProfile, read_profile
from .revocation import cancel_revocation, queue_revocation, revoke_later

log = logging.getLogger("django_zcrm")


@dataclass(frozen=True)
class Issuer:
    """The accounts server that issues a grant, its data centre, and the environment.

    If empty, the environment is that of the settings; one that Zoho names takes precedence.
    """

    data_center: str
    accounts_url: str
    environment: str = ""

    @classmethod
    def home(cls, config: ZCRMSettings) -> Issuer:
        """Return the issuer that the settings name."""
        return cls(config.data_center, config.accounts_url or config.home.accounts)


@dataclass(frozen=True)
class ConnectionTarget:
    """The owner and the name of a connection to make.

    Without an identifier, the connection is named after its owner, or after the Zoho user if it
    belongs to the site. With `single`, an identifier has one connection in all organisations.
    """

    owner: models.Model | None = None
    identifier: str = ""
    single: bool = False

    @property
    def owner_id(self) -> Any:
        """The owner's primary key; None for the site."""
        return self.owner and self.owner.pk

    def __post_init__(self) -> None:
        # Checked before the grant is used up: not every database refuses such a name.
        longest = Connection._meta.get_field("user_identifier").max_length or 0
        if len(self.identifier) > longest or "\0" in self.identifier:
            raise ConfigurationError(
                f"A user_identifier has at most {longest} characters, none of them NUL.",
                "user_identifier",
            )


def connect_with_grant_token(
    grant_token: str | Secret, target: ConnectionTarget, issuer: Issuer | None = None
) -> Connection:
    """Exchange a grant token (an authorisation code) and return the resulting connection.

    Raises Invalid for a token that Zoho does not accept, NotPermitted if the current user may not
    do this, Limited, ConfigurationError, and the other errors of `read_tokens` and `read_profile`.
    """
    grant_token = Secret(grant_token)  # at once: error pages show a frame's variables
    issuer = issuer or Issuer.home(get_settings())
    _check(target, issuer)
    client = accounts_client(issuer.data_center, issuer.accounts_url)
    response = _ask(client, client.exchange(grant_token))
    if not response.refresh_token:
        log.warning("Zoho issued no refresh token; an existing one stays in use.")
    return _connect(response, target, issuer, is_new=True)


def connect_with_refresh_token(refresh_token: str | Secret, target: ConnectionTarget) -> Connection:
    """Get an access token for a refresh token issued elsewhere, and return the connection.

    Raises ConsentWithdrawn when Zoho does not accept it, NotPermitted if the current user may not
    do this, Limited, ConfigurationError, and the other errors of `read_tokens` and `read_profile`.
    """
    refresh_token = Secret(refresh_token)
    issuer = Issuer.home(get_settings())
    _check(target, issuer)
    client = accounts_client(issuer.data_center, issuer.accounts_url)
    response = _ask(client, client.refresh(refresh_token))
    complete = replace(response, refresh_token=response.refresh_token or refresh_token)
    return _connect(complete, target, issuer, is_new=False)


def _check(target: ConnectionTarget, issuer: Issuer) -> None:
    """Raise the errors that can be found before the grant is used up."""
    config = get_settings()
    granted = Connection(owner_id=target.owner_id)
    check_access(Action.CONNECT, granted)
    own = owner_key(target.owner_id) if target.owner else config.user_identifier
    if identifier := target.identifier or own:
        rows = Connection.objects.for_client(
            config.require("CLIENT_ID"), issuer.environment or config.environment
        )
        check_identifier(identifier, granted.owner_id, rows)


def _ask(client: OAuthClient, request: ZohoRequest) -> TokenResponse:
    response = transport().send(client.accounts_url, request, TIMEOUT)
    home = get_settings().home.code
    return read_tokens(response, accounts_url=client.accounts_url, home=home)


@sensitive_variables()
def _connect(
    response: TokenResponse, target: ConnectionTarget, issuer: Issuer, *, is_new: bool
) -> Connection:
    """Store the tokens of a response; `is_new` says that nobody else has its refresh token."""
    config = get_settings()
    if response.api_domain and not is_trusted(response.api_domain, config.own_hosts):
        raise ConfigurationError(
            f"Zoho named the API domain {response.api_domain}, which is neither a known host nor "
            "ZCRM['API_URL'], so nothing was sent there.",
            "API_URL",
        )
    expires_at = timezone.now() + timedelta(seconds=response.expires_in)
    granted = Connection(
        owner_id=target.owner_id,
        data_center=issuer.data_center,
        accounts_url=issuer.accounts_url,
        client_id=config.require("CLIENT_ID"),
        environment=issuer.environment or config.environment,
        scopes=" ".join(response.scopes),
        expires_at=expires_at,
        expires_in=response.expires_in,
    )
    granted.set_api_domain(response.api_domain)
    hosts = granted.hosts()
    token = AccessToken(response.access_token, hosts.api, hosts.upload, hosts.accounts)
    try:
        profile = read_profile(token)
    except ZCRMError:
        if is_new:  # the user begins again, with another token
            revoke_later(granted, response.refresh_token)
        raise
    granted.organisation_id = profile.organisation_id
    granted.user_identifier = _identifier(granted, target, profile, config)
    tokens = OAuthTokens(response.access_token, response.refresh_token, expires_at)
    try:
        return _store(copy(granted), tokens, profile, target)
    except IntegrityError:  # another request connected the same account at the same moment
        try:
            return _store(copy(granted), tokens, profile, target)
        except IntegrityError:
            raise taken_error(granted.user_identifier) from None


def _identifier(
    granted: Connection, target: ConnectionTarget, profile: GrantProfile, config: ZCRMSettings
) -> str:
    if target.identifier:
        return target.identifier
    if target.owner is not None:
        # Not the user's name or address: people can choose those, and might choose the identifier
        # of somebody else's connection.
        return owner_key(target.owner.pk)
    rows = Connection.objects.for_client(granted.client_id, granted.environment)
    return config.user_identifier or find_free_identifier((profile.user_email, SITE), None, rows)


GRANTED = (
    "data_center",
    "accounts_url",
    "api_domain",
    "environment",
    "client_id",
    "user_identifier",
    "scopes",
    "expires_at",
    "expires_in",
)


@sensitive_variables()
def _store(
    granted: Connection, tokens: OAuthTokens, profile: GrantProfile, target: ConnectionTarget
) -> Connection:
    """Store a grant in its row, an existing one if there is one."""
    using = router.db_for_write(Connection)
    with writing(using):
        existing = _find_same_grant(granted, target, using)
        former = copy(existing)
        connection = existing or granted
        former_organisation = existing.organisation_id if existing else ""
        # True also if only one of them is known: the other may be any organisation.
        is_elsewhere = former_organisation != profile.organisation_id
        is_same_token = False  # the Node SDK requires it at every start
        if existing and existing.is_usable and (tokens.refresh_token or is_elsewhere):
            is_same_token = not queue_revocation(existing, using, in_use=tokens.refresh_token)
        for name in GRANTED:
            setattr(connection, name, getattr(granted, name))
        is_same = is_same_token or former_organisation == profile.organisation_id != ""
        _name(connection, profile, keep_unknown=is_same)
        connection.grants += not is_same_token
        connection.state, connection.last_error = Connection.State.CONNECTED, ""
        connection.reset_for_new_tokens()
        connection.note_mint(timezone.now())
        site_wide = connection.owner_id is None
        is_first = site_wide and not Connection.objects.using(using).default().exists()
        if is_first:
            connection.default_for = SITE
        connection.save(using=using)  # a token store needs the primary key
        if existing and not tokens.refresh_token and not is_elsewhere:
            refresh_token = load_tokens(existing).refresh_token
            tokens = OAuthTokens(tokens.access_token, refresh_token, tokens.expires_at)
        save_grant(connection, tokens)
        if tokens.refresh_token:
            cancel_revocation(tokens.refresh_token, using)
        connection.save(using=using)
        if not is_same_token:
            record_connection_change(_change(connection, former), connection, former=former)
        if is_first:
            record_connection_change(ConnectionHistory.Change.MADE_DEFAULT, connection)
        transaction.on_commit(
            partial(connected.send_robust, Connection, connection=connection, created=not existing),
            using=using,
        )
    return connection


def _find_same_grant(
    granted: Connection, target: ConnectionTarget, using: str
) -> Connection | None:
    """Find and lock the row that a grant renews: the same organisation's, or one without any yet.

    It belongs to the target: no grant takes the connection of another owner. Raises
    ConfigurationError if the name is another owner's, ConnectError if the owner is gone, and
    NotPermitted.
    """
    owners = owner_class()._base_manager.using(using)
    if granted.owner_id is not None and not owners.filter(pk=granted.owner_id).exists():
        raise other_owner()  # the owner was deleted during the exchange
    here = Connection.objects.using(using).for_client(granted.client_id, granted.environment)
    rows = list(
        here.for_identifier(granted.user_identifier).filter(owner=granted.owner_id).best_first()
    )
    same = [row for row in rows if row.organisation_id == granted.organisation_id]
    unknown = [row for row in rows if not row.organisation_id]
    if target.single or not granted.organisation_id:
        unknown += rows
    existing = next(iter(same + unknown), None)
    check_access(_action(granted, existing, rows), granted)
    if existing is None:
        check_identifier(granted.user_identifier, granted.owner_id, here)
        return None
    locked_row = here.select_for_update().filter(pk=existing.pk, owner=granted.owner_id).first()
    if locked_row is None:  # handed over or deleted at this moment
        raise taken_error(granted.user_identifier)
    return locked_row


def _action(granted: Connection, existing: Connection | None, rows: list[Connection]) -> Action:
    """Return the action that the grant means for the target's connections of this name."""
    if existing is None:
        is_used = any(row.state != Connection.State.DISCONNECTED for row in rows)
        return Action.REPLACE if is_used else Action.CONNECT
    if existing.organisation_id and existing.organisation_id == granted.organisation_id:
        return Action.CONNECT_AGAIN
    return Action.REPLACE


def _change(connection: Connection, former: Connection | None) -> ConnectionHistory.Change:
    if former is None:
        return ConnectionHistory.Change.CONNECTED
    if former.organisation_id in {"", connection.organisation_id}:
        return ConnectionHistory.Change.RECONNECTED
    return ConnectionHistory.Change.REPLACED


def _name(connection: Connection, profile: GrantProfile, *, keep_unknown: bool) -> None:
    """Set the organisation and user of a grant.

    Values that the scopes do not reveal become empty, so that no grant shows the names of another
    organisation. With `keep_unknown`, they stay unchanged.
    """
    for name, value in (
        ("organisation_id", profile.organisation_id),
        ("organisation_name", profile.organisation_name),
        ("edition", profile.edition),
        ("zoho_user_id", profile.user_id),
        ("zoho_user_name", profile.user_name),
        ("zoho_user_email", profile.user_email),
    ):
        if value or not keep_unknown:
            setattr(connection, name, value)
