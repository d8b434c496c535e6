"""Turns a grant into a connection, and ends it. Independent of requests, sessions and pages."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from django.db import IntegrityError, models, router, transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..conf import ZCRMSettings, get_settings
from ..exceptions import ConfigurationError
from ..models import Connection, Revocation
from ..models.connection import SITE, owner_key
from ..signals import connected, disconnected
from ..tokens import OAuthTokens, token_store
from ..transport import transport
from ..zoho.auth import AccessToken
from ..zoho.datacenters import is_trusted
from ..zoho.http import Request
from ..zoho.oauth import OAuthClient, TokenReply, read_revocation, read_tokens
from .accounts import TIMEOUT, accounts_client
from .profile import Profile, read_profile
from .revocation import sweep_on_commit, write_down

log = logging.getLogger("django_zcrm")


@dataclass(frozen=True)
class Place:
    """The data centre that a grant comes from, its accounts server, and the environment.

    If empty, the environment is that of the settings; one that Zoho names takes precedence.
    """

    data_center: str
    accounts_url: str
    environment: str = ""

    @classmethod
    def home(cls, config: ZCRMSettings) -> Place:
        """Return the place that the settings name."""
        return cls(config.data_center, config.accounts_url or config.home.accounts)


@dataclass(frozen=True)
class Holder:
    """For whom a connection is made.

    Without an identifier it is named after its owner, or after the Zoho user if it belongs to the
    site. With `single`, an identifier has only one connection, whatever the organisation.
    """

    owner: models.Model | None = None
    identifier: str = ""
    single: bool = False

    def __post_init__(self) -> None:
        # Checked before a grant is used up for it: not every database refuses such a name.
        longest = Connection._meta.get_field("user_identifier").max_length or 0
        if len(self.identifier) > longest or "\0" in self.identifier:
            raise ConfigurationError(
                f"A user_identifier has at most {longest} characters, none of them NUL."
            )


@sensitive_variables()
def connect_with_grant_token(
    grant_token: str, holder: Holder, place: Place | None = None
) -> Connection:
    """Exchange a grant token (an authorisation code) and return the resulting connection.

    Raises Invalid for a token that Zoho does not accept, Limited, ConfigurationError, and the other
    errors of `read_tokens`.
    """
    place = place or Place.home(get_settings())
    client = accounts_client(place.data_center, place.accounts_url)
    reply = _ask(client, client.exchange(grant_token))
    if not reply.refresh_token:
        log.warning("Zoho gave no refresh token; an earlier one is kept, if there is one.")
    return _connect(reply, holder, place)


@sensitive_variables()
def connect_with_refresh_token(refresh_token: str, holder: Holder) -> Connection:
    """Get an access token for a refresh token issued elsewhere, and return the connection.

    Raises ConsentWithdrawn when Zoho does not accept it, Limited, ConfigurationError, and the other
    errors of `read_tokens`.
    """
    place = Place.home(get_settings())
    client = accounts_client(place.data_center, place.accounts_url)
    reply = _ask(client, client.refresh(refresh_token))
    kept = replace(reply, refresh_token=reply.refresh_token or refresh_token)
    return _connect(kept, holder, place)


@sensitive_variables()
def disconnect(connection: Connection, *, revoke: bool = True) -> None:
    """Revoke the grant at Zoho, delete the tokens and mark the connection; the row stays.

    With `revoke`, a failure to revoke is raised and nothing changes here.
    """
    connection.refresh_from_db()  # somebody may have connected again meanwhile
    tokens = token_store().get_oauth_tokens(connection) if revoke else OAuthTokens("", "")
    if token := tokens.refresh_token or tokens.access_token:
        client = accounts_client(connection.data_center, connection.hosts().accounts)
        read_revocation(transport().send(client.accounts_url, client.revoke(token), TIMEOUT))
    using = connection._state.db or router.db_for_write(Connection)
    with transaction.atomic(using=using):
        if not revoke:
            Revocation.objects.using(using).filter(connection=connection).delete()
        forget_tokens(connection)
        _end(connection, using)
        sweep_on_commit(using)


def retire(connection: Connection) -> None:
    """End a connection whose owner is gone, and write its token down for revocation.

    The caller starts the revocation, once all connections of the owner have ended.
    """
    using = connection._state.db or router.db_for_write(Connection)
    with transaction.atomic(using=using):
        write_down(connection, using)
        try:
            forget_tokens(connection)
        except Exception as error:  # a project's own store must not prevent it
            log.error("The tokens of %s are still stored: %s", connection, type(error).__name__)
        _end(connection, using)


def forget_tokens(connection: Connection) -> None:
    """Delete the tokens from the store; the caller saves the row."""
    token_store().update_oauth_tokens(connection, OAuthTokens("", ""))


def _end(connection: Connection, using: str) -> None:
    connection.state = Connection.State.DISCONNECTED
    connection.expires_at = None
    connection.default_for = None
    connection.take_over()
    connection.save(using=using)
    transaction.on_commit(
        partial(disconnected.send_robust, Connection, connection=connection), using=using
    )


def _ask(client: OAuthClient, request: Request) -> TokenReply:
    response = transport().send(client.accounts_url, request, TIMEOUT)
    return read_tokens(response, accounts_url=client.accounts_url)


@sensitive_variables()
def _connect(reply: TokenReply, holder: Holder, place: Place) -> Connection:
    config = get_settings()
    if reply.api_domain and not is_trusted(reply.api_domain, config.own_hosts):
        raise ConfigurationError(
            f"Zoho named the API domain {reply.api_domain}, which is neither a known host nor "
            "ZCRM['API_URL'], so nothing was sent there.",
            "API_URL",
        )
    expires_at = timezone.now() + timedelta(seconds=reply.expires_in)
    granted = Connection(
        data_center=place.data_center,
        accounts_url=place.accounts_url,
        client_id=config.require("CLIENT_ID"),
        environment=place.environment or config.environment,
        scopes=" ".join(reply.scopes),
        expires_at=expires_at,
    )
    granted.settle_in(reply.api_domain)
    hosts = granted.hosts()
    token = AccessToken(reply.access_token, hosts.api, hosts.upload, hosts.accounts)
    profile = read_profile(token)
    granted.organisation_id = profile.organisation_id
    granted.user_identifier = _identifier(holder, profile, config)
    tokens = OAuthTokens(reply.access_token, reply.refresh_token, expires_at)
    try:
        return _store(granted, tokens, profile, holder)
    except IntegrityError:  # somebody connected the same account at the same moment
        return _store(granted, tokens, profile, holder)


def _identifier(holder: Holder, profile: Profile, config: ZCRMSettings) -> str:
    if holder.identifier:
        return holder.identifier
    if holder.owner is not None:
        # Not the user's name or address: people can choose those, and might choose the identifier
        # of somebody else's connection.
        return owner_key(holder.owner.pk)
    return config.user_identifier or profile.user_email or SITE


GRANTED = (
    "data_center",
    "accounts_url",
    "api_domain",
    "environment",
    "client_id",
    "user_identifier",
    "scopes",
    "expires_at",
)


@sensitive_variables()
def _store(
    granted: Connection, tokens: OAuthTokens, profile: Profile, holder: Holder
) -> Connection:
    """Store a grant in its row, an existing one if there is one."""
    using = router.db_for_write(Connection)
    with transaction.atomic(using=using):
        found = _same_grant(granted, holder)
        connection = found or granted
        if found and found.is_usable and tokens.refresh_token:
            write_down(found, using, in_use=tokens.refresh_token)
        for name in GRANTED:
            setattr(connection, name, getattr(granted, name))
        _name(connection, profile)
        if holder.owner is not None:
            connection.owner_id = holder.owner.pk
        connection.state, connection.last_error = Connection.State.CONNECTED, ""
        connection.take_over()
        connection.note_mint(timezone.now())
        connection.save(using=using)  # a store needs the primary key
        if found and not tokens.refresh_token:
            kept = token_store().get_oauth_tokens(found).refresh_token
            tokens = OAuthTokens(tokens.access_token, kept, tokens.expires_at)
        token_store().save_oauth_tokens(connection, tokens)
        connection.save(using=using)
        if connection.owner_id is None and not Connection.objects.using(using).default().exists():
            connection.make_default()
        transaction.on_commit(
            partial(connected.send_robust, Connection, connection=connection, created=not found),
            using=using,
        )
    return connection


def _same_grant(granted: Connection, holder: Holder) -> Connection | None:
    """Find the row that a grant renews: the same organisation's, or one without any yet."""
    rows = list(
        Connection.objects.for_identifier(granted.user_identifier)
        .at(granted.client_id, granted.environment)
        .best_first()
    )
    same = [row for row in rows if row.organisation_id == granted.organisation_id]
    unknown = [row for row in rows if not row.organisation_id]
    if holder.single or not granted.organisation_id:
        unknown += rows
    return next(iter(same + unknown), None)


def _name(connection: Connection, profile: Profile) -> None:
    """Set whose grant it is; what these scopes do not reveal stays as it was."""
    for name, value in (
        ("organisation_id", profile.organisation_id),
        ("organisation_name", profile.organisation_name),
        ("zoho_user_id", profile.user_id),
        ("zoho_user_name", profile.user_name),
        ("zoho_user_email", profile.user_email),
    ):
        if value:
            setattr(connection, name, value)
