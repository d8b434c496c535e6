"""Connections: one Zoho user's grant each, and the state of its tokens.

Holds state and invariants; no network access, and no token in plain text.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.db import models
from django.db.models import Case, F, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..access import Action, check_access
from ..conf import ZCRMSettings, get_settings, owner_model
from ..exceptions import ConfigurationError
from ..moments import MAX_TOLERANCE, is_reached
from ..reasons import ReasonField
from ..zoho.auth.scope_names import missing_scopes
from ..zoho.http.datacenters import (
    DATA_CENTERS,
    ENVIRONMENTS,
    Environment,
    data_center_for_url,
    is_trusted,
    origin,
)
from ..zoho.text import one_line
from .history import ConnectionHistory, record_connection_change
from .names import ENVIRONMENT_NAMES, SITE, owner_key
from .primary import PrimaryQuerySet
from .saving import SavesOwnChanges
from .writing import writing

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

MINT_WINDOW = 600.0
MINTS_ALLOWED = 10
"""Zoho's limit for one refresh token: how many access tokens in how many seconds (docs v8
token-validity)."""


class Hosts(NamedTuple):
    """The base URLs that a connection's calls go to."""

    api: str
    upload: str
    accounts: str


class ConnectionQuerySet(PrimaryQuerySet["Connection"]):
    """Connections, filtered and ordered by their use."""

    def usable(self) -> ConnectionQuerySet:
        """Return the connections whose grant is still valid."""
        return self.filter(state=Connection.State.CONNECTED)

    def live(self) -> ConnectionQuerySet:
        """Return those not disconnected on purpose; some may have to be connected again."""
        return self.exclude(state=Connection.State.DISCONNECTED)

    def for_owner(self, owner: models.Model | AnonymousUser | None) -> ConnectionQuerySet:
        """Return the connections of an owner; none for None or an anonymous user."""
        return self.none() if owner is None or owner.pk is None else self.filter(owner=owner.pk)

    def for_user(self, user: AbstractBaseUser | AnonymousUser) -> ConnectionQuerySet:
        """Return the connections of a user, if users own connections."""
        return self.for_owner(user)

    def for_identifier(self, identifier: str) -> ConnectionQuerySet:
        """Return the connections with a `user_identifier`."""
        return self.filter(user_identifier=identifier)

    def for_client(self, client_id: str, environment: str) -> ConnectionQuerySet:
        """Return the connections of an OAuth client, in one environment.

        A copy of the live site that is set to the sandbox must not find the live connection.
        """
        return self.filter(client_id=client_id, environment=environment)

    def site_wide(self) -> ConnectionQuerySet:
        """Return the connections that belong to the whole site."""
        return self.filter(owner=None)

    def default(self) -> ConnectionQuerySet:
        """Return the site's default connection, or none."""
        return self.filter(default_for=SITE)

    def best_first(self) -> ConnectionQuerySet:
        """Order by preference: usable before broken, default first, then newest."""
        return self.order_by(
            Case(When(state=Connection.State.CONNECTED, then=0), default=1),
            F("default_for").desc(nulls_last=True),
            "-pk",
        )


class Connection(SavesOwnChanges):
    """One Zoho user's grant to one organisation and environment, through one data centre.

    Only the token store reads and writes the `encrypted_...` columns; `grant_digest` identifies the
    refresh token in another store. The refresh uses `lease_...`, `token_version`, `throttle...`,
    `recent_mints`, `expires_in` (an access token's life, in seconds) and `issued_by` (the accounts
    server of the last refresh). `grants` distinguishes grants that reveal no organisation.
    """

    class State(models.TextChoices):
        """Whether calls can be made."""

        CONNECTED = "connected", _("connected")
        CONSENT_WITHDRAWN = "consent_withdrawn", _("must be connected again")
        DISCONNECTED = "disconnected", _("disconnected")

    owner: models.ForeignKey[Any, Any] = models.ForeignKey(
        owner_model(),
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="zcrm_connections",
        help_text=_("Empty: the connection belongs to the whole site."),
    )
    user_identifier = models.CharField(
        _("user identifier"),
        max_length=254,
        help_text=_(
            "The name that code uses for the connection; the useridentifier of Zoho's own SDKs."
        ),
    )
    organisation_id = models.CharField(_("organisation id"), max_length=40, blank=True)
    organisation_name = models.CharField(_("organisation"), max_length=255, blank=True)
    edition = models.CharField(
        _("edition"),
        max_length=20,
        blank=True,
        default="",
        editable=False,
        help_text=_("It determines how many calls Zoho allows at once."),
    )
    zoho_user_id = models.CharField(_("Zoho user id"), max_length=40, blank=True)
    zoho_user_name = models.CharField(_("Zoho user"), max_length=255, blank=True)
    zoho_user_email = models.CharField(_("Zoho user's e-mail"), max_length=254, blank=True)

    data_center = models.CharField(
        _("data centre"),
        max_length=8,
        choices=[(dc.code, _(dc.name)) for dc in DATA_CENTERS.values()],
    )
    environment = models.CharField(
        _("environment"),
        max_length=12,
        choices=[(name, ENVIRONMENT_NAMES[name]) for name in ENVIRONMENTS],
        default="production",
    )
    client_id = models.CharField(_("OAuth client id"), max_length=128)
    accounts_url = models.CharField(_("accounts server"), max_length=200, blank=True)
    api_domain = models.CharField(_("API domain"), max_length=200, blank=True)
    scopes = models.TextField(_("granted scopes"), blank=True)

    encrypted_access_token = models.TextField(editable=False, blank=True)
    encrypted_refresh_token = models.TextField(editable=False, blank=True)
    grant_digest = models.CharField(max_length=16, blank=True, default="", editable=False)
    expires_at = models.DateTimeField(_("access token expires"), null=True, blank=True)
    expires_in = models.PositiveIntegerField(default=3600, editable=False)
    issued_by = models.CharField(max_length=200, blank=True, default="", editable=False)
    grants = models.PositiveIntegerField(default=0, editable=False)
    token_version = models.PositiveBigIntegerField(default=0, editable=False)
    lease_owner = models.CharField(max_length=64, blank=True, default="", editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    throttles = models.PositiveSmallIntegerField(default=0, editable=False)
    throttled_until = models.DateTimeField(null=True, blank=True, editable=False)
    recent_mints = models.JSONField(default=list, blank=True, editable=False)

    state = models.CharField(
        _("state"), max_length=20, choices=State.choices, default=State.CONNECTED
    )
    last_error = ReasonField(_("last error"), blank=True)
    # NULL: not a default; other values are unique. MariaDB has no conditional constraints.
    default_for = models.CharField(  # noqa: DJ001
        max_length=64,
        null=True,
        unique=True,
        default=None,
        editable=False,
    )
    created_at = models.DateTimeField(_("connected"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    last_used_at = models.DateTimeField(
        _("last used"), null=True, blank=True, help_text=_("To within the life of an access token.")
    )

    objects = ConnectionQuerySet.as_manager()

    shared_columns = frozenset(
        {
            "encrypted_access_token",
            "encrypted_refresh_token",
            "grant_digest",
            "expires_at",
            "expires_in",
            "issued_by",
            "token_version",
            "lease_owner",
            "lease_until",
            "throttles",
            "throttled_until",
            "recent_mints",
            "state",
            "last_error",
            "last_used_at",
        }
    )
    """The columns that a refresh writes."""

    class Meta:
        base_manager_name = "objects"  # by which Django reads `row.connection`, and rows again
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        # Permissions in the admin besides `view`; connecting an account is `add`.
        permissions = (
            ("test_connection", "Can test a connection with a call to Zoho"),
            ("refresh_connection", "Can renew the access token of a connection"),
            ("make_default_connection", "Can choose the default connection"),
            ("hand_over_connection", "Can hand a connection over to another owner"),
            ("disconnect_connection", "Can revoke and disconnect a connection"),
            ("view_health", "Can see the health of the Zoho connections"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["user_identifier", "organisation_id", "environment", "client_id"],
                name="zcrm_connection_unique",
            ),
        )

    def __str__(self) -> str:
        return self._describe(self.display_name)

    def _describe(self, name: str) -> str:
        place = self.organisation_name or self.organisation_id
        text = f"{name} @ {place}" if place else name
        return one_line(
            text if self.environment == "production" else f"{text} ({self.environment})"
        )

    @property
    def display_name(self) -> str:
        """The name of the owner if the identifier is made of the owner's key; else the identifier.

        It makes no query, so that asynchronous code can use it: an owner that has not been loaded
        (`select_related("owner")`) is named by its key, such as `user:7`.
        """
        owner = self._state.fields_cache.get("owner")
        is_derived = owner is not None and self.user_identifier == owner_key(self.owner_id)
        return str(owner) if is_derived else self.user_identifier

    def __repr__(self) -> str:
        return f"<Connection {self.pk}: {self._describe(self.user_identifier)}, {self.state}>"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a default connection that gets another owner is no longer a default."""
        if self.default_for != owner_key(self.owner_id):
            self.default_for = None
        super().save(*args, **kwargs)

    @property
    def is_default(self) -> bool:
        """Whether this is the default connection of its owner (of the site without an owner)."""
        return self.default_for is not None

    @property
    def is_usable(self) -> bool:
        """Whether calls are possible: the connection is neither disconnected nor withdrawn."""
        return self.state == self.State.CONNECTED

    @property
    def granted_scopes(self) -> tuple[str, ...]:
        """The scopes that Zoho named when it issued the tokens; empty if it named none."""
        return tuple(self.scopes.split())

    def missing_scopes(self, needed: Iterable[str]) -> tuple[str, ...]:
        """Return the needed scopes that were not granted.

        If Zoho named no granted scopes, the result is empty, and Zoho refuses a call that lacks a
        scope with OAUTH_SCOPE_MISMATCH.
        """
        return missing_scopes(needed, self.granted_scopes) if self.scopes else ()

    @property
    def throttled_for(self) -> float:
        """Seconds for which Zoho issues no access tokens; 0 without a throttle."""
        until = self.throttled_until
        if until is None or is_reached(until, MINT_WINDOW):
            return 0.0
        return (until - timezone.now()).total_seconds()

    def mints_within_window(self, now: datetime) -> list[int]:
        """Return when Zoho issued access tokens in the ten minutes before `now`, as timestamps."""
        since, until = now.timestamp() - MINT_WINDOW, now.timestamp() + MAX_TOLERANCE
        return [minted for minted in self.recent_mints if since < minted <= until]

    def note_mint(self, now: datetime) -> None:
        """Record, unsaved, that Zoho issued an access token; drop entries before the window."""
        self.recent_mints = [*self.mints_within_window(now), int(now.timestamp())]

    def reset_for_new_tokens(self) -> None:
        """Mark, unsaved, that the tokens change: a refresh of the old ones is then dropped."""
        self.token_version += 1
        self.lease_owner, self.lease_until = "", None
        self.throttles, self.throttled_until = 0, None
        self.issued_by = ""

    def set_api_domain(self, api_domain: str) -> None:
        """Set, unsaved, the `api_domain` that Zoho sent with the tokens, and the environment.

        A token is valid for one environment (Zoho's "Org-specific OAuth2.0 Tokens"); if the domain
        identifies it, it overrides the settings. Zoho's Accounts pages spell the domain differently
        from the API, so a known one is written the API's way.
        """
        home = data_center_for_url(api_domain)
        if home is None:
            self.api_domain = api_domain
            return
        for environment in ENVIRONMENTS[1:]:
            if origin(api_domain) == home.api(environment):
                self.environment = environment
        self.api_domain = home.api(cast(Environment, self.environment))

    def make_default(self) -> None:
        """Make this the default connection of its owner, in place of another one.

        Raises NotPermitted if the acting user lacks the permission.
        """
        with writing(self._state.db):
            every = type(self).objects.using(self._state.db)
            # All of the owner's rows, in one order: simultaneous choices wait for each other.
            of_owner = every.filter(owner=self.owner_id).order_by("pk")
            list(of_owner.select_for_update().values_list("pk"))
            self._lock()
            check_access(Action.MAKE_DEFAULT, self)
            if self.is_default:
                return
            key = owner_key(self.owner_id)
            rows = every.filter(default_for=key)
            for former in rows:
                rows.filter(pk=former.pk).update(default_for=None)
                record_connection_change(ConnectionHistory.Change.DEFAULT_REPLACED, former)
            self.default_for = key
            self.save(update_fields=["default_for", "updated_at"])
            record_connection_change(ConnectionHistory.Change.MADE_DEFAULT, self)

    def hand_over(self, owner: models.Model | None) -> None:
        """Give this to another owner (None: the whole site) and save; it stops being a default.

        A `user_identifier` that is the owner's key changes too; any other one stays. Raises
        NotPermitted if the acting user lacks the permission, and IntegrityError if the owner has a
        connection to the same account.
        """
        with writing(self._state.db):
            self._lock()
            check_access(Action.HAND_OVER, self)
            former = copy(self)
            if self.user_identifier == owner_key(self.owner_id):
                own_name = self.zoho_user_email or SITE if owner is None else owner_key(owner.pk)
                self.user_identifier = own_name
            self.owner = owner
            self.save(update_fields=["owner", "user_identifier", "default_for", "updated_at"])
            record_connection_change(ConnectionHistory.Change.HANDED_OVER, self, former=former)

    def _lock(self) -> None:
        """Lock the row until the transaction ends, and read its owner again."""
        rows = type(self).objects.using(self._state.db).select_for_update()
        self.refresh_from_db(fields=["owner", "user_identifier", "default_for"], from_queryset=rows)

    @property
    def issuer(self) -> str:
        """The accounts server that is known to have issued tokens for this grant."""
        return self.issued_by or self.accounts_url or DATA_CENTERS[self.data_center].accounts

    def hosts(self) -> Hosts:
        """Return the base URLs for calls. Raises ConfigurationError for an untrusted host.

        URLs in the settings (the emulator, a proxy) replace those of the settings' data centre; a
        connection in another data centre uses that one's.
        """
        config = get_settings()
        home = DATA_CENTERS[self.data_center]
        abroad = data_center_for_url(self.accounts_url) not in {None, config.home}
        own = ZCRMSettings() if abroad else config
        api_home = data_center_for_url(self.api_domain) or home
        hosts = Hosts(
            api=own.api_url or self.api_domain or home.api(cast(Environment, self.environment)),
            upload=own.upload_url or own.api_url or api_home.upload,
            accounts=config.accounts_server(self.accounts_url) or home.accounts,
        )
        for host in hosts:
            if not is_trusted(host, config.own_hosts):
                raise ConfigurationError(
                    f"{host} is neither Zoho's nor named in settings.ZCRM, so no secret is sent "
                    "there. Set ACCOUNTS_URL and API_URL, or connect again.",
                    "API_URL",
                )
        return hosts
