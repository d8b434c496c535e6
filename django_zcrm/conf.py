"""The dict `settings.ZCRM` as a typed, frozen object, read when it is first needed.

Defines the keys and their defaults; uses neither database nor network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from . import setting_values
from .exceptions import ConfigurationError
from .mirror_settings import MirrorSettings
from .zoho.datacenters import (
    DATA_CENTERS,
    ENVIRONMENTS,
    DataCenter,
    Environment,
    data_center,
    data_center_for_url,
)
from .zoho.governor_options import GovernorOptions
from .zoho.reply_sizes import MAX_RESPONSE_BYTES
from .zoho.secret import Secret
from .zoho.versions import VERSIONS

if TYPE_CHECKING:
    from .zoho.http import Timeout
    from .zoho.oauth import OAuthClient

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


@dataclass(frozen=True, kw_only=True)
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
    owner_of_user: str = ""
    token_store: str = ""
    api_version: str = "v8"
    scopes: tuple[str, ...] = DEFAULT_SCOPES
    encryption_keys: tuple[Secret, ...] = ()
    timeout: Timeout = (5.0, 30.0)
    retries: int = 2
    max_response_bytes: int = MAX_RESPONSE_BYTES
    usage: bool = True
    query_rows: int = 10_000
    bulk_write_from: int | None = None
    governor: GovernorOptions | None = field(default_factory=GovernorOptions)
    mail_owners: bool = True
    mirror: MirrorSettings = field(default_factory=MirrorSettings)

    @property
    def home(self) -> DataCenter:
        """The data centre where the OAuth client is registered, and where consent is asked for."""
        return data_center(self.data_center)

    @property
    def own_hosts(self) -> tuple[str, ...]:
        """Base URLs that these settings trust in addition to Zoho's own hosts."""
        return tuple(url for url in (self.accounts_url, self.api_url, self.upload_url) if url)

    def accounts_server(self, issuer: str) -> str:
        """Return the accounts server to ask about a grant of `issuer`.

        ACCOUNTS_URL replaces it, unless it belongs to another data centre than the settings'.
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

        By default, that is the one where consent is asked for. Raises ConfigurationError when a
        setting is missing.
        """
        from .zoho.oauth import OAuthClient  # every start would load what only calls need

        return OAuthClient(
            client_id=self.require("CLIENT_ID"),
            client_secret=self.secret_for(code or self.data_center),
            redirect_uri=self.redirect_uri,
            accounts_url=accounts_url or self.accounts_url or self.home.accounts,
        )


class InvalidSetting(NamedTuple):
    """What is wrong with one key's value; `error` tells a wrong type from a wrong value."""

    key: str
    message: str
    error: type[TypeError] | type[ValueError]


_READERS: dict[str, Callable[[object], Any]] = {
    "CLIENT_ID": setting_values.text,
    "CLIENT_SECRET": setting_values.secret,
    "REDIRECT_URI": setting_values.redirect_uri,
    "DATA_CENTER": setting_values.choice(*DATA_CENTERS),
    "ENVIRONMENT": setting_values.choice(*ENVIRONMENTS),
    "ACCOUNTS_URL": setting_values.base_url,
    "API_URL": setting_values.base_url,
    "UPLOAD_URL": setting_values.base_url,
    "USER_IDENTIFIER": setting_values.text,
    "OWNER_MODEL": setting_values.model,
    "OWNER_OF_USER": setting_values.text,
    "TOKEN_STORE": setting_values.text,
    "API_VERSION": setting_values.choice(*VERSIONS),
    "SCOPES": setting_values.scopes,
    "ENCRYPTION_KEYS": setting_values.encryption_keys,
    "TIMEOUT": setting_values.timeout,
    "RETRIES": setting_values.count,
    "MAX_RESPONSE_BYTES": setting_values.response_bytes,
    "USAGE": setting_values.flag,
    "QUERY_ROWS": setting_values.positive,
    "BULK_WRITE_FROM": setting_values.positive,
    "GOVERNOR": GovernorOptions.of,
    "MAIL_OWNERS": setting_values.flag,
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
    """Tell whether a key's value counts as not set: None, or a blank string."""
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
    if raw.get("GOVERNOR", "") is None:
        values["governor"] = None  # the one key that None switches off
    return ZCRMSettings(**values)


def _first_invalid() -> InvalidSetting | None:
    # Not in get_settings, as error pages show a frame's variables.
    raw = raw_settings()
    if not isinstance(raw, Mapping):
        return InvalidSetting("ZCRM", "settings.ZCRM must be a dict.", TypeError)
    return next(invalid_settings(raw), None)


def owner_model() -> str:
    """Return the model whose rows own connections, as `app_label.ModelName`.

    Read when the models load and by the first migration: the one setting that cannot change later.
    A value that cannot be a model's name counts as not set; the system checks report it.
    """
    raw = raw_settings()
    value = raw.get("OWNER_MODEL") if isinstance(raw, Mapping) else None
    try:
        return setting_values.model(value) if value else django_settings.AUTH_USER_MODEL
    except (TypeError, ValueError):
        return django_settings.AUTH_USER_MODEL


def load_owner_of_user(path: str) -> Callable[..., Any]:
    """Import the function that returns a user's owner; raise ConfigurationError if that fails."""
    function: Callable[..., Any] = _imported("OWNER_OF_USER", path)
    if not callable(function):
        raise ConfigurationError(
            f"ZCRM['OWNER_OF_USER'] is {path!r}, which is not callable.", "OWNER_OF_USER"
        )
    return function


def load_token_store(path: str) -> type[Any]:
    """Import a token store; raise ConfigurationError if that fails or a method is missing."""
    store: type[Any] = _imported("TOKEN_STORE", path)
    if missing := [verb for verb in STORE_VERBS if not callable(getattr(store, verb, None))]:
        raise ConfigurationError(
            f"ZCRM['TOKEN_STORE'] is {path!r}, which has no {missing[0]}().", "TOKEN_STORE"
        )
    return store


def _imported(key: str, path: str) -> Any:
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
