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

from ..conf import ZCRMSettings, get_settings
from ..exceptions import ConfigurationError
from ..models import Connection, ConnectionHistory
from ..models.history import record
from ..models.names import SITE, owner_key
from ..models.writing import writing
from ..policy import Action, require
from ..signals import connected
from ..tokens import OAuthTokens, token_store
from ..transport import transport
from ..zoho.auth import AccessToken
from ..zoho.datacenters import is_trusted
from ..zoho.http import Request
from ..zoho.oauth import OAuthClient, TokenReply, read_tokens
from ..zoho.secret import Secret
from .accounts import TIMEOUT, accounts_client
from .identifiers import check_identifier, first_free, taken
from .profile import GrantProfile, read_profile
from .revocation import queue_revocation

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
        """Return the one that the settings name."""
        return cls(config.data_center, config.accounts_url or config.home.accounts)


@dataclass(frozen=True)
class Grantee:
    """For whom a connection is made.

    Without an identifier it is named after its owner, or after the Zoho user if it belongs to the
    site. With `single`, an identifier has only one connection, whatever the organisation.
    """

    owner: models.Model | None = None
    identifier: str = ""
    single: bool = False

    @property
    def owner_id(self) -> Any:
        """The owner's primary key; None for the site."""
        return self.owner and self.owner.pk

    def __post_init__(self) -> None:
        # Checked before a grant is used up for it: not every database refuses such a name.
        longest = Connection._meta.get_field("user_identifier").max_length or 0
        if len(self.identifier) > longest or "\0" in self.identifier:
            raise ConfigurationError(
                f"A user_identifier has at most {longest} characters, none of them NUL.",
                "user_identifier",
            )


def connect_with_grant_token(
    grant_token: str | Secret, grantee: Grantee, issuer: Issuer | None = None
) -> Connection:
    """Exchange a grant token (an authorisation code) and return the resulting connection.

    Raises Invalid for a token that Zoho does not accept, NotPermitted if whoever acts now may not
    do this, Limited, ConfigurationError, and the other errors of `read_tokens`.
    """
    grant_token = Secret(grant_token)  # at once: error pages show a frame's variables
    issuer = issuer or Issuer.home(get_settings())
    _check(grantee, issuer)
    client = accounts_client(issuer.data_center, issuer.accounts_url)
    reply = _ask(client, client.exchange(grant_token))
    if not reply.refresh_token:
        log.warning("Zoho gave no refresh token; an earlier one is kept, if there is one.")
    return _connect(reply, grantee, issuer)


def connect_with_refresh_token(refresh_token: str | Secret, grantee: Grantee) -> Connection:
    """Get an access token for a refresh token issued elsewhere, and return the connection.

    Raises ConsentWithdrawn when Zoho does not accept it, NotPermitted if whoever acts now may not
    do this, Limited, ConfigurationError, and the other errors of `read_tokens`.
    """
    refresh_token = Secret(refresh_token)
    issuer = Issuer.home(get_settings())
    _check(grantee, issuer)
    client = accounts_client(issuer.data_center, issuer.accounts_url)
    reply = _ask(client, client.refresh(refresh_token))
    kept = replace(reply, refresh_token=reply.refresh_token or refresh_token)
    return _connect(kept, grantee, issuer)


def _check(grantee: Grantee, issuer: Issuer) -> None:
    """Raise what can be known before a grant is used up for it."""
    config = get_settings()
    granted = Connection(owner_id=grantee.owner_id)
    require(Action.CONNECT, granted)
    own = owner_key(grantee.owner_id) if grantee.owner else config.user_identifier
    if identifier := grantee.identifier or own:
        rows = Connection.objects.at(
            config.require("CLIENT_ID"), issuer.environment or config.environment
        )
        check_identifier(identifier, granted.owner_id, rows)


def _ask(client: OAuthClient, request: Request) -> TokenReply:
    response = transport().send(client.accounts_url, request, TIMEOUT)
    return read_tokens(response, accounts_url=client.accounts_url)


@sensitive_variables()
def _connect(reply: TokenReply, grantee: Grantee, issuer: Issuer) -> Connection:
    config = get_settings()
    if reply.api_domain and not is_trusted(reply.api_domain, config.own_hosts):
        raise ConfigurationError(
            f"Zoho named the API domain {reply.api_domain}, which is neither a known host nor "
            "ZCRM['API_URL'], so nothing was sent there.",
            "API_URL",
        )
    expires_at = timezone.now() + timedelta(seconds=reply.expires_in)
    granted = Connection(
        owner_id=grantee.owner_id,
        data_center=issuer.data_center,
        accounts_url=issuer.accounts_url,
        client_id=config.require("CLIENT_ID"),
        environment=issuer.environment or config.environment,
        scopes=" ".join(reply.scopes),
        expires_at=expires_at,
        expires_in=reply.expires_in,
    )
    granted.set_api_domain(reply.api_domain)
    hosts = granted.hosts()
    token = AccessToken(reply.access_token, hosts.api, hosts.upload, hosts.accounts)
    profile = read_profile(token)
    granted.organisation_id = profile.organisation_id
    granted.user_identifier = _identifier(granted, grantee, profile, config)
    tokens = OAuthTokens(reply.access_token, reply.refresh_token, expires_at)
    try:
        return _store(copy(granted), tokens, profile, grantee)
    except IntegrityError:  # somebody connected the same account at the same moment
        try:
            return _store(copy(granted), tokens, profile, grantee)
        except IntegrityError:
            raise taken(granted.user_identifier) from None


def _identifier(
    granted: Connection, grantee: Grantee, profile: GrantProfile, config: ZCRMSettings
) -> str:
    if grantee.identifier:
        return grantee.identifier
    if grantee.owner is not None:
        # Not the user's name or address: people can choose those, and might choose the identifier
        # of somebody else's connection.
        return owner_key(grantee.owner.pk)
    rows = Connection.objects.at(granted.client_id, granted.environment)
    return config.user_identifier or first_free((profile.user_email, SITE), None, rows)


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
    granted: Connection, tokens: OAuthTokens, profile: GrantProfile, grantee: Grantee
) -> Connection:
    """Store a grant in its row, an existing one if there is one."""
    using = router.db_for_write(Connection)
    with writing(using):
        existing = _same_grant(granted, grantee, using)
        former = copy(existing)
        connection = existing or granted
        known = existing.organisation_id if existing else ""
        is_elsewhere = known not in {"", profile.organisation_id}
        is_same_token = False  # the Node SDK requires that it is handed in at every start
        if existing and existing.is_usable and (tokens.refresh_token or is_elsewhere):
            is_same_token = not queue_revocation(existing, using, in_use=tokens.refresh_token)
        for name in GRANTED:
            setattr(connection, name, getattr(granted, name))
        is_same = is_same_token or known == profile.organisation_id != ""
        _name(connection, profile, keep_unknown=is_same)
        connection.state, connection.last_error = Connection.State.CONNECTED, ""
        connection.reset_for_new_tokens()
        connection.note_mint(timezone.now())
        site_wide = connection.owner_id is None
        is_first = site_wide and not Connection.objects.using(using).default().exists()
        if is_first:
            connection.default_for = SITE
        connection.save(using=using)  # a store needs the primary key
        if existing and not tokens.refresh_token and not is_elsewhere:
            kept = token_store().get_oauth_tokens(existing).refresh_token
            tokens = OAuthTokens(tokens.access_token, kept, tokens.expires_at)
        token_store().save_oauth_tokens(connection, tokens)
        connection.save(using=using)
        if not is_same_token:
            record(_change(connection, former), connection, former=former)
        if is_first:
            record(ConnectionHistory.Change.MADE_DEFAULT, connection)
        transaction.on_commit(
            partial(connected.send_robust, Connection, connection=connection, created=not existing),
            using=using,
        )
    return connection


def _same_grant(granted: Connection, grantee: Grantee, using: str) -> Connection | None:
    """Find and lock the row that a grant renews: the same organisation's, or one without any yet.

    It belongs to the grantee: no grant takes the connection of another owner. Raises
    ConfigurationError if the name is another owner's, and NotPermitted.
    """
    here = Connection.objects.using(using).at(granted.client_id, granted.environment)
    rows = list(
        here.for_identifier(granted.user_identifier).filter(owner=granted.owner_id).best_first()
    )
    same = [row for row in rows if row.organisation_id == granted.organisation_id]
    unknown = [row for row in rows if not row.organisation_id]
    if grantee.single or not granted.organisation_id:
        unknown += rows
    existing = next(iter(same + unknown), None)
    require(_action(granted, existing, rows), granted)
    if existing is None:
        check_identifier(granted.user_identifier, granted.owner_id, here)
        return None
    locked = here.select_for_update().filter(pk=existing.pk, owner=granted.owner_id).first()
    if locked is None:  # handed over or deleted at this moment
        raise taken(granted.user_identifier)
    return locked


def _action(granted: Connection, existing: Connection | None, rows: list[Connection]) -> Action:
    """Return what is done to the grantee's connections of this name."""
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
    """Set whose grant it is.

    What these scopes do not reveal is empty afterwards, or stays as it was with `keep_unknown`: the
    names of one organisation must not stand on the grant of another.
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
