"""System checks of the keys of `settings.ZCRM`, one by one and together."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning

from ..conf import (
    KEYS,
    InvalidSetting,
    get_settings,
    invalid_settings,
    is_unset,
    load_get_owner,
    load_token_store,
    owner_model,
    raw_settings,
)
from ..exceptions import ConfigurationError
from ..zoho.limits.options import STORES
from .addresses import is_open_http

SDK_KEYS = {
    "crm.clientid": "CLIENT_ID",
    "crm.clientsecret": "CLIENT_SECRET",
    "crm.redirecturl": "REDIRECT_URI",
    "crm.iamurl": "ACCOUNTS_URL",
    "api.url": "API_URL",
    "api.user_identifier": "USER_IDENTIFIER",
    "api.tokenmanagement": "TOKEN_STORE",
}
"""The configuration keys of Zoho's Node SDK, for projects that come from it."""

LEAST_DISTINCT_BYTES = 16
"""Of 32 random bytes about 30 are distinct; typed or repeated ones have far fewer."""

_URL_ID = "zcrm.E009"
_BAD_VALUE = {
    "CLIENT_SECRET": ("zcrm.E006", "Name data centres by their codes, as in DATA_CENTER."),
    "DATA_CENTER": ("zcrm.E006", "Take the code of the data centre in your Zoho address."),
    "REDIRECT_URI": (
        _URL_ID,
        "Write it in full, without a user name or a password, such as "
        "https://example.com/zcrm/oauth/callback/, as in the API console.",
    ),
    "ENVIRONMENT": ("zcrm.E007", "Leave it out for production."),
    "API_VERSION": ("zcrm.E008", "Leave it out for the newest version."),
    "SCOPES": (
        "zcrm.E020",
        "Name each scope by itself, such as ['ZohoCRM.modules.READ', 'ZohoCRM.org.READ'], or leave "
        "it out for the default ones; manage.py zcrm_scopes prints what your code needs.",
    ),
    "ENCRYPTION_KEYS": (
        "zcrm.E010",
        "Make a key with: python -c 'from cryptography.fernet import Fernet; "
        "print(Fernet.generate_key().decode())'",
    ),
    "HEALTH_TOKEN": (
        "zcrm.E021",
        "Make one with: python -c 'import secrets; print(secrets.token_urlsafe())', or leave it "
        "out, so that only staff can open the health endpoint.",
    ),
    "LIMITS": (
        "zcrm.E017",
        "Leave it out for the defaults, or set it to None to send calls without a limiter.",
    ),
    "MIRROR": ("zcrm.E019", "Leave it out for the defaults."),
    "OWNER_MODEL": (
        "zcrm.E014",
        "Name a model of an app in INSTALLED_APPS, such as 'tenants.Tenant', or leave it out for "
        "the user model.",
    ),
}
_BAD_URL = (
    _URL_ID,
    "Write it in full, without a user name, a password or a query, such as "
    "https://www.zohoapis.com.",
)
_BAD_NUMBER = ("zcrm.E012", "Leave it out for the default.")


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Find missing and unknown keys, wrong types and wrong values in settings.ZCRM."""
    raw = raw_settings()
    if not isinstance(raw, Mapping):
        return [Error("settings.ZCRM must be a dict.", hint="ZCRM = {...}", id="zcrm.E001")]
    messages = [*_find_missing_keys(raw), *_find_unknown_keys(raw)]
    rejected = {invalid.key: invalid for invalid in invalid_settings(raw)}
    messages += [_report_invalid(invalid) for invalid in rejected.values()]
    if not is_unset(raw.get("CLIENT_ID")) and is_unset(raw.get("DATA_CENTER")):
        messages.append(
            Warning(
                "ZCRM['DATA_CENTER'] is not set, so China (cn) is used, as in the documentation "
                "of Zoho's Node SDK.",
                hint="Set the data centre where your client is registered: 'us', 'eu', 'cn', ...",
                id="zcrm.W001",
            )
        )
    if not rejected:
        messages += [
            *_token_store(),
            *_limiter(),
            *_owners(),
            *_secret_at_home(),
            *_weak_keys(),
            *find_plain_http(),
            *_mirror(raw),
        ]
    return messages


def _mirror(raw: Mapping[str, object]) -> Iterator[CheckMessage]:
    if not is_unset(raw.get("MIRROR")) and not apps.is_installed("django_zcrm.mirror"):
        yield Warning(
            "ZCRM['MIRROR'] is set, but nothing is mirrored: its app is not installed.",
            hint="Add 'django_zcrm.mirror' to INSTALLED_APPS, or remove MIRROR.",
            id="zcrm.W013",
        )


def _find_missing_keys(raw: Mapping[str, object]) -> Iterator[CheckMessage]:
    for key, check in (("CLIENT_ID", "zcrm.E002"), ("CLIENT_SECRET", "zcrm.E003")):
        if is_unset(raw.get(key)) or raw[key] == {}:
            yield Error(
                f"ZCRM[{key!r}] is not set.",
                hint="Register a client in Zoho's API console of your data centre, such as "
                "https://api-console.zoho.com.",
                id=check,
            )


def _find_unknown_keys(raw: Mapping[str, object]) -> Iterator[CheckMessage]:
    for key in raw:
        if key in KEYS:
            continue
        close = SDK_KEYS.get(str(key)) or next(
            iter(get_close_matches(str(key).upper(), KEYS, 1)), ""
        )
        yield Error(
            f"ZCRM has the unknown key {key!r}.",
            hint=f"Did you mean {close!r}?" if close else f"The keys are {', '.join(KEYS)}.",
            id="zcrm.E004",
        )


def _report_invalid(invalid: InvalidSetting) -> CheckMessage:
    if invalid.error is TypeError:
        return Error(
            invalid.message, hint="docs/reference/settings has every key's type.", id="zcrm.E005"
        )
    fallback = _BAD_URL if invalid.key.endswith("_URL") else _BAD_NUMBER
    check, hint = _BAD_VALUE.get(invalid.key, fallback)
    return Error(invalid.message, hint=hint, id=check)


def _token_store() -> Iterator[CheckMessage]:
    path = get_settings().token_store
    try:
        if path:
            load_token_store(path)
    except ConfigurationError as error:
        yield Error(
            str(error),
            hint="Name a class with save_oauth_tokens, update_oauth_tokens and get_oauth_tokens.",
            id="zcrm.E011",
        )


def _limiter() -> Iterator[CheckMessage]:
    limiter = get_settings().limits
    if limiter and limiter.store not in STORES and find_spec("redis") is None:
        yield Error(
            "ZCRM['LIMITS'] names a Redis server, but its client is not installed.",
            hint="pip install 'django-zcrm[redis]'",
            id="zcrm.E018",
        )


def _owners() -> Iterator[CheckMessage]:
    model = owner_model()
    try:
        apps.get_model(model)
    except LookupError:
        check, hint = _BAD_VALUE["OWNER_MODEL"]
        yield Error(f"ZCRM['OWNER_MODEL'] is {model!r}, which is not installed.", hint, id=check)
        return
    path = get_settings().get_owner
    try:
        if path:
            load_get_owner(path)
    except ConfigurationError as error:
        yield Error(
            str(error),
            hint="Name a function that takes a user and a request (or None), and returns an owner "
            "or None.",
            id="zcrm.E015",
        )
    if not path and model.lower() != django_settings.AUTH_USER_MODEL.lower():
        yield Warning(
            f"Connections belong to {model}, but ZCRM['GET_OWNER'] is not set, so the owner of a "
            "user is unknown.",
            hint="Set ZCRM['GET_OWNER']; without it only zcrm.for_owner() finds connections, and "
            "the connect page works only for the whole site.",
            id="zcrm.W007",
        )


def _secret_at_home() -> Iterator[CheckMessage]:
    config = get_settings()
    secrets = config.client_secret
    if isinstance(secrets, Mapping) and not secrets.get(config.data_center):
        yield Error(
            f"ZCRM['CLIENT_SECRET'] has no secret for {config.data_center!r}, the data centre of "
            "this site.",
            hint="Add the secret from the API console of that data centre.",
            id="zcrm.E013",
        )


def _weak_keys() -> Iterator[CheckMessage]:
    keys = get_settings().encryption_keys
    if any(len(set(urlsafe_b64decode(key.reveal()))) < LEAST_DISTINCT_BYTES for key in keys):
        yield Warning(
            "ZCRM['ENCRYPTION_KEYS'] has a key that is not random.",
            hint=_BAD_VALUE["ENCRYPTION_KEYS"][1],
            id="zcrm.W005",
        )


def find_plain_http() -> Iterator[CheckMessage]:
    config = get_settings()
    for key in ("ACCOUNTS_URL", "API_URL", "UPLOAD_URL"):
        if is_open_http(getattr(config, key.lower())):
            yield Warning(
                f"ZCRM[{key!r}] is plain http to another machine, so secrets can be intercepted.",
                hint="Use https; plain http is for this machine's own emulator.",
                id="zcrm.W003",
            )
