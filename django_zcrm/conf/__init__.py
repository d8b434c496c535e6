"""The dict `settings.ZCRM` as a typed, frozen object, read on first use.

Defines the keys and their defaults; uses neither database nor network.

values  checks and converts the value of each key
mirror  the key `MIRROR`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from ..exceptions import ConfigurationError
from ..zoho.http.datacenters import (
    DATA_CENTERS,
    ENVIRONMENTS,
    DataCenter,
    Environment,
    data_center,
    data_center_for_url,
)
from ..zoho.http.response_sizes import MAX_RESPONSE_BYTES
from ..zoho.limits.options import LimitOptions
from ..zoho.operations.versions import VERSIONS
from ..zoho.secret import Secret
from . import values
from .mirror import MirrorSettings

if TYPE_CHECKING:
    from ..zoho.auth.accounts import OAuthClient
    from ..zoho.http.messages import Timeout

DEFAULT_DATA_CENTER = "cn"
"""As in the documentation of the SDK that this app replaces; check zcrm.W001 points it out."""

DEFAULT_SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.READ",
    "ZohoCRM.org.READ",
    "ZohoCRM.coql.READ",
    "ZohoCRM.bulk.ALL",
    "ZohoCRM.notifications.ALL",
    "ZohoCRM.functions.execute.READ",
    "ZohoCRM.functions.execute.CREATE",
    "ZohoCRM.files.READ",
    "ZohoCRM.files.CREATE",
    "ZohoFiles.files.ALL",
    "ZohoSearch.securesearch.READ",
    "AaaServer.profile.READ",
)

STORE_VERBS = ("save_oauth_tokens", "update_oauth_tokens", "get_oauth_tokens")
"""The methods of a token store; see `tokens.TokenStore`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ZCRMSettings:
    """The settings in force. Each attribute is a key of `settings.ZCRM` in lower case."""

    client_id: str = ""
    client_secret: Secret | Mapping[str, Secret] = field(default_factory=Secret)
    redirect_uri: str = ""
    data_center: str = DEFAULT_DATA_CENTER
    environment: Environment = "production"
    accounts_url: str = ""
    api_url: str = ""
    upload_url: str = ""
    user_identifier: str = ""
    owner_model: str = ""
    get_owner: str = ""
    token_store: str = ""
    api_version: str = "v8"
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    encryption_keys: tuple[Secret, ...] = ()
    timeout: Timeout = (5.0, 30.0)
    retries: int = 2
    max_response_bytes: int = MAX_RESPONSE_BYTES
    track_usage: bool = True
    max_cached_records: int = 10_000
    bulk_write_threshold: int | None = None
    limits: LimitOptions | None = field(default_factory=LimitOptions)
    email_owners: bool = True
    health_token: Secret = field(default_factory=Secret)
    mirror: MirrorSettings = field(default_factory=MirrorSettings)

    @property
    def home(self) -> DataCenter:
        """The data centre where the OAuth client is registered and users give consent."""
        return data_center(self.data_center)

    @property
    def own_hosts(self) -> tuple[str, ...]:
        """Base URLs that these settings trust in addition to Zoho's own hosts."""
        return tuple(url for url in (self.accounts_url, self.api_url, self.upload_url) if url)

    def accounts_server(self, issuer: str) -> str:
        """Return the accounts server to use for a grant of `issuer`.

        ACCOUNTS_URL replaces it, unless that URL belongs to another data centre than the settings.
        """
        is_abroad = data_center_for_url(issuer) not in {None, self.home}
        return issuer if is_abroad else self.accounts_url or issuer

    def require(self, key: str) -> Any:
        """Return a key's value; raise ConfigurationError, naming the key, when it is not set."""
        value = getattr(self, key.lower())
        if not value:
            raise ConfigurationError(f"ZCRM[{key!r}] is not set; django_zcrm needs it here.", key)
        return value

    def secret_for(self, code: str) -> Secret:
        """Return the client secret for a data centre; raise ConfigurationError if there is none."""
        secret: Secret | Mapping[str, Secret] = self.require("CLIENT_SECRET")
        if isinstance(secret, Secret):
            return secret
        if own_secret := secret.get(code):
            return own_secret
        raise ConfigurationError(
            f"ZCRM['CLIENT_SECRET'] has no secret for the data centre {code!r}.", "CLIENT_SECRET"
        )

    def oauth_client(self, code: str = "", accounts_url: str = "") -> OAuthClient:
        """Return the OAuth client for the accounts server of a data centre.

        The default is the data centre where users give consent. Raises ConfigurationError when a
        setting is missing.
        """
        from ..zoho.auth.accounts import OAuthClient  # imported here, because only calls need it

        return OAuthClient(
            client_id=self.require("CLIENT_ID"),
            client_secret=self.secret_for(code or self.data_center),
            redirect_uri=self.redirect_uri,
            accounts_url=accounts_url or self.accounts_url or self.home.accounts,
        )


class InvalidSetting(NamedTuple):
    """The problem with a key's value; the class of `error` shows whether its type is wrong."""

    key: str
    message: str
    error: type[TypeError] | type[ValueError]


_READERS: dict[str, Callable[[object], Any]] = {
    "CLIENT_ID": values.text,
    "CLIENT_SECRET": values.secret,
    "REDIRECT_URI": values.redirect_uri,
    "DATA_CENTER": values.choice(*DATA_CENTERS),
    "ENVIRONMENT": values.choice(*ENVIRONMENTS),
    "ACCOUNTS_URL": values.base_url,
    "API_URL": values.base_url,
    "UPLOAD_URL": values.base_url,
    "USER_IDENTIFIER": values.text,
    "OWNER_MODEL": values.model,
    "GET_OWNER": values.text,
    "TOKEN_STORE": values.text,
    "API_VERSION": values.choice(*VERSIONS),
    "SCOPES": values.scopes,
    "ENCRYPTION_KEYS": values.encryption_keys,
    "TIMEOUT": values.timeout,
    "RETRIES": values.count,
    "MAX_RESPONSE_BYTES": values.response_bytes,
    "TRACK_USAGE": values.flag,
    "MAX_CACHED_RECORDS": values.positive,
    "BULK_WRITE_THRESHOLD": values.positive,
    "LIMITS": LimitOptions.of,
    "EMAIL_OWNERS": values.flag,
    "HEALTH_TOKEN": values.token,
    "MIRROR": MirrorSettings.of,
}
KEYS = tuple(_READERS)
"""Every key of `settings.ZCRM`."""


def raw_settings() -> object:
    """Return `settings.ZCRM` as the project wrote it."""
    return getattr(django_settings, "ZCRM", {})


def invalid_settings(raw: Mapping[str, object]) -> Iterator[InvalidSetting]:
    """Yield the keys whose values cannot be used. An empty string or None counts as not set."""
    for key, read in _READERS.items():
        if not is_unset(raw.get(key)):
            try:
                read(raw[key])
            except (TypeError, ValueError) as error:
                yield InvalidSetting(key, f"ZCRM[{key!r}] {error}.", type(error))


def is_unset(value: object) -> bool:
    """Return whether a key's value counts as not set: None, or a blank string."""
    # Projects fill the dict from the environment, where a missing variable is an empty string.
    return value is None or (isinstance(value, str) and not value.strip())


@lru_cache(maxsize=1)
def get_settings() -> ZCRMSettings:
    """Return the settings in force; raise ConfigurationError, naming the first bad key."""
    if invalid := _first_invalid():
        raise ConfigurationError(invalid.message, invalid.key)
    raw = cast(Mapping[str, Any], raw_settings())
    values = {
        key.lower(): read(raw[key]) for key, read in _READERS.items() if not is_unset(raw.get(key))
    }
    if raw.get("LIMITS", "") is None:
        values["limits"] = None  # None switches off this key, and no other
    return ZCRMSettings(**values)


def _first_invalid() -> InvalidSetting | None:
    # A separate function, because error pages show the variables of `get_settings`.
    raw = raw_settings()
    if not isinstance(raw, Mapping):
        return InvalidSetting("ZCRM", "settings.ZCRM must be a dict.", TypeError)
    return next(invalid_settings(raw), None)


def owner_model() -> str:
    """Return the model whose rows own connections, as `app_label.ModelName`.

    The models and the first migration read it when they are loaded, so it cannot change later.
    A value that cannot be a model's name counts as not set; the system checks report it.
    """
    raw = raw_settings()
    value = raw.get("OWNER_MODEL") if isinstance(raw, Mapping) else None
    try:
        return values.model(value) if value else django_settings.AUTH_USER_MODEL
    except (TypeError, ValueError):
        return django_settings.AUTH_USER_MODEL


def load_health_token() -> Secret:
    """Return the token of monitors, empty if there is none.

    Other settings may be wrong: a monitor has to get that report, too. A value that cannot be a
    token counts as not set; the system checks report it.
    """
    raw = raw_settings()
    value = raw.get("HEALTH_TOKEN") if isinstance(raw, Mapping) else None
    try:
        return values.token(value)
    except (TypeError, ValueError):
        return Secret()


def load_get_owner(path: str) -> Callable[..., Any]:
    """Import the function that returns a user's owner; raise ConfigurationError if that fails."""
    function: Callable[..., Any] = _import_path("GET_OWNER", path)
    if not callable(function):
        raise ConfigurationError(
            f"ZCRM['GET_OWNER'] is {path!r}, which is not callable.", "GET_OWNER"
        )
    return function


def load_token_store(path: str) -> type[Any]:
    """Import a token store; raise ConfigurationError if that fails or a method is missing."""
    store: type[Any] = _import_path("TOKEN_STORE", path)
    if missing := [verb for verb in STORE_VERBS if not callable(getattr(store, verb, None))]:
        raise ConfigurationError(
            f"ZCRM['TOKEN_STORE'] is {path!r}, which has no {missing[0]}().", "TOKEN_STORE"
        )
    return store


def _import_path(key: str, path: str) -> Any:
    try:
        return import_string(path)
    except ImportError as error:
        raise ConfigurationError(
            f"ZCRM[{key!r}] is {path!r}, which cannot be imported: {error}.", key
        ) from None


def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting == "ZCRM":
        get_settings.cache_clear()


setting_changed.connect(_forget, dispatch_uid="zcrm.conf")
