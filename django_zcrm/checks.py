"""System checks of the settings and URLs: no network, and the database only when asked to.

Ids are never reused; docs/reference/checks.md has a row for each.
"""

from __future__ import annotations

import ipaddress
import os
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.urls import NoReverseMatch, reverse

from .conf import (
    KEYS,
    InvalidSetting,
    ZCRMSettings,
    get_settings,
    invalid_settings,
    is_unset,
    load_owner_of_user,
    load_token_store,
    owner_model,
    raw_settings,
)
from .exceptions import ConfigurationError
from .zoho.governor_options import STORES
from .zoho.pace import ceiling_of

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

EMULATOR_CLIENT_ID = "1000.EMULATORCLIENT"
"""As in the emulator, which a project need not load for this."""

SECONDS_A_CALL = 1.0
"""How long a call to Zoho takes, for an estimate."""

LEAST_DISTINCT_BYTES = 16
"""Of 32 random bytes about 30 are distinct; typed or repeated ones have far fewer."""

_BAD_VALUE = {
    "CLIENT_SECRET": ("zcrm.E006", "Name data centres by their codes, as in DATA_CENTER."),
    "DATA_CENTER": ("zcrm.E006", "Take the code of the data centre in your Zoho address."),
    "ENVIRONMENT": ("zcrm.E007", "Leave it out for production."),
    "API_VERSION": ("zcrm.E008", "Leave it out for the newest version."),
    "ENCRYPTION_KEYS": (
        "zcrm.E010",
        "Make a key with: python -c 'from cryptography.fernet import Fernet; "
        "print(Fernet.generate_key().decode())'",
    ),
    "GOVERNOR": (
        "zcrm.E017",
        "Leave it out for the defaults, or set it to None to send calls without a governor.",
    ),
    "MIRROR": ("zcrm.E019", "Leave it out for the defaults."),
    "OWNER_MODEL": (
        "zcrm.E014",
        "Name a model of an app in INSTALLED_APPS, such as 'tenants.Tenant', or leave it out for "
        "the user model.",
    ),
}
_BAD_URL = ("zcrm.E009", "Write it in full, such as https://www.zohoapis.com.")
_BAD_NUMBER = ("zcrm.E012", "Leave it out for the default.")


def register_all() -> None:
    """Register the checks with Django."""
    register(check_settings, "zcrm")
    register(check_redirect_uri, Tags.urls)
    register(check_deployment, Tags.security, deploy=True)
    register(check_owner_column, Tags.database)
    register(check_processes, "zcrm")


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Find missing and unknown keys, wrong types and wrong values in settings.ZCRM."""
    raw = raw_settings()
    if not isinstance(raw, Mapping):
        return [Error("settings.ZCRM must be a dict.", hint="ZCRM = {...}", id="zcrm.E001")]
    messages = [*_missing(raw), *_unknown(raw)]
    rejected = {invalid.key: invalid for invalid in invalid_settings(raw)}
    messages += [_invalid(invalid) for invalid in rejected.values()]
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
            *_governor(),
            *_owners(),
            *_secret_at_home(),
            *_weak_keys(),
            *_plain_http(),
        ]
    return messages


def check_redirect_uri(**kwargs: Any) -> list[CheckMessage]:
    """Find a REDIRECT_URI that is missing or wrong, if the app's URLs are included."""
    if not getattr(django_settings, "ROOT_URLCONF", None):
        return []  # a project without pages: a worker, a script
    try:
        config = get_settings()
        uri, callback = config.redirect_uri, reverse("zcrm:callback")
    except (ConfigurationError, NoReverseMatch):
        return []
    if not uri and not config.client_id:
        return []  # check_settings reports the missing CLIENT_ID
    if not uri:
        return [
            Warning(
                "ZCRM['REDIRECT_URI'] is not set, so the connect page of django_zcrm, whose URLs "
                "are included, cannot send users to Zoho.",
                hint=f"Set it to this site's address followed by {callback}, as in Zoho's API "
                "console. A site that only has self clients can silence this.",
                id="zcrm.W008",
            )
        ]
    if urlsplit(uri).path == callback:
        return []
    return [
        Warning(
            f"ZCRM['REDIRECT_URI'] does not lead to the callback of django_zcrm at {callback}.",
            hint="Zoho sends users back to REDIRECT_URI; make its path the callback's, in Zoho's "
            "API console too.",
            id="zcrm.W006",
        )
    ]


def check_deployment(**kwargs: Any) -> list[CheckMessage]:
    """Find settings that are good enough for development only."""
    try:
        config = get_settings()
    except ConfigurationError:
        return []
    messages: list[CheckMessage] = []
    if _is_open_http(config.redirect_uri):
        messages.append(
            Warning(
                "ZCRM['REDIRECT_URI'] is plain http, so that grant codes can be read on the way.",
                hint="Use https.",
                id="zcrm.W002",
            )
        )
    if not config.encryption_keys:
        messages.append(
            Warning(
                "Tokens are encrypted with a key derived from SECRET_KEY: changing that without "
                "SECRET_KEY_FALLBACKS loses every connection.",
                hint="Set ZCRM['ENCRYPTION_KEYS'] to a list with a Fernet key.",
                id="zcrm.W004",
            )
        )
    if not django_settings.DEBUG:
        messages += _of_this_machine(config)
    return messages


def _of_this_machine(config: ZCRMSettings) -> Iterator[CheckMessage]:
    """Find what only works beside an emulator; with DEBUG it is meant to."""
    if config.client_id == EMULATOR_CLIENT_ID:
        yield Warning(
            f"ZCRM['CLIENT_ID'] is {EMULATOR_CLIENT_ID!r}, the client of django_zcrm's emulator, "
            "whose secret anybody can read in its documentation.",
            hint="Register a client in Zoho's API console, and set CLIENT_ID and CLIENT_SECRET.",
            id="zcrm.W009",
        )
    keys = ("ACCOUNTS_URL", "API_URL", "UPLOAD_URL", "REDIRECT_URI")
    local = [key for key in keys if is_loopback(getattr(config, key.lower()))]
    if local:
        yield Warning(
            f"{', '.join(f'ZCRM[{key!r}]' for key in local)}: an address of this machine itself, "
            "as of an emulator.",
            hint="Leave the three URLs out for Zoho's own hosts, and set REDIRECT_URI to this "
            "site's address. A site that reaches Zoho through a proxy here can silence this.",
            id="zcrm.W010",
        )


def check_owner_column(*, databases: Iterable[str] | None = None, **kwargs: Any) -> list[Error]:
    """Find an OWNER_MODEL that was changed after the tables were made (`check --database`)."""
    field: Any = apps.get_model("zcrm", "Connection")._meta.get_field("owner")
    if isinstance(field.related_model, str):
        return []  # an unknown model; the check of the settings says so
    table, expected_table = field.model._meta.db_table, field.related_model._meta.db_table
    messages = []
    for alias in databases or ():
        introspection = connections[alias].introspection
        with connections[alias].cursor() as cursor:
            if table not in introspection.table_names(cursor):
                continue
            relations = introspection.get_relations(cursor, table)
        actual = relations.get("owner_id", ("", expected_table))[1]
        if actual.lower() != expected_table.lower():
            messages.append(
                Error(
                    f"Connections in the database {alias!r} belong to rows of {actual}, but "
                    f"ZCRM['OWNER_MODEL'] is {owner_model()!r}, kept in {expected_table}.",
                    hint="It is fixed by the first migration. Set it back, or migrate zcrm "
                    "to zero and connect every account again.",
                    id="zcrm.E016",
                )
            )
    return messages


def check_processes(**kwargs: Any) -> list[CheckMessage]:
    """Find more processes and threads than Zoho's limits can serve, as far as gunicorn tells."""
    try:
        governor = get_settings().governor
    except ConfigurationError:
        return []
    processes, threads = _workers()
    if governor is None or processes * threads == 1:
        return []
    messages: list[CheckMessage] = []
    if governor.store == "memory" and processes > 1:
        messages.append(
            Warning(
                f"gunicorn has {processes} processes, and ZCRM['GOVERNOR'] shares Zoho's limits "
                "with none of them: each takes all of them for itself.",
                hint="Set its STORE to 'database', or to the URL of a Redis server.",
                id="zcrm.W011",
            )
        )
    limit = ceiling_of(governor.edition)
    served = int(limit * governor.wait / SECONDS_A_CALL)
    if processes * threads > max(served, limit):
        messages.append(
            Warning(
                f"gunicorn has {processes} x {threads} = {processes * threads} threads. If all of "
                f"them call Zoho at once, which takes {limit} calls, some wait longer than "
                f"ZCRM['GOVERNOR']['WAIT'] ({governor.wait:g} s) and raise Limited.",
                hint="Raise WAIT, or have fewer workers or threads; calls of a second are assumed.",
                id="zcrm.W012",
            )
        )
    return messages


def _workers() -> tuple[int, int]:
    """Return gunicorn's processes and threads, by the variables that it reads."""
    arguments = os.environ.get("GUNICORN_CMD_ARGS", "")
    counts = []
    for options, otherwise in (
        ("-w|--workers", os.environ.get("WEB_CONCURRENCY", "")),
        ("--threads", ""),
    ):
        given = re.findall(rf"(?:^|\s)(?:{options})[=\s]+(\d+)", arguments)
        chosen = given[-1] if given else otherwise
        counts.append(int(chosen) if chosen.isdecimal() and int(chosen) else 1)
    return counts[0], counts[1]


def _missing(raw: Mapping[str, object]) -> Iterator[CheckMessage]:
    for key, check in (("CLIENT_ID", "zcrm.E002"), ("CLIENT_SECRET", "zcrm.E003")):
        if is_unset(raw.get(key)) or raw[key] == {}:
            yield Error(
                f"ZCRM[{key!r}] is not set.",
                hint="Register a client in Zoho's API console of your data centre, such as "
                "https://api-console.zoho.com.",
                id=check,
            )


def _unknown(raw: Mapping[str, object]) -> Iterator[CheckMessage]:
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


def _invalid(invalid: InvalidSetting) -> CheckMessage:
    if invalid.error is TypeError:
        return Error(
            invalid.message, hint="docs/reference/settings has every key's type.", id="zcrm.E005"
        )
    fallback = _BAD_URL if invalid.key.endswith(("_URL", "_URI")) else _BAD_NUMBER
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


def _governor() -> Iterator[CheckMessage]:
    governor = get_settings().governor
    if governor and governor.store not in STORES and find_spec("redis") is None:
        yield Error(
            "ZCRM['GOVERNOR'] names a Redis server, but its client is not installed.",
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
    path = get_settings().owner_of_user
    try:
        if path:
            load_owner_of_user(path)
    except ConfigurationError as error:
        yield Error(
            str(error),
            hint="Name a function that takes a user and a request (or None), and returns an owner "
            "or None.",
            id="zcrm.E015",
        )
    if not path and model.lower() != django_settings.AUTH_USER_MODEL.lower():
        yield Warning(
            f"Connections belong to {model}, but nothing says which one a user acts for.",
            hint="Set ZCRM['OWNER_OF_USER']; without it only zcrm.for_owner() finds them, and the "
            "connect page works only for the whole site.",
            id="zcrm.W007",
        )


def _secret_at_home() -> Iterator[CheckMessage]:
    config = get_settings()
    secrets = config.client_secret
    if isinstance(secrets, Mapping) and not secrets.get(config.data_center):
        yield Error(
            f"ZCRM['CLIENT_SECRET'] has no secret for {config.data_center!r}, the data centre of "
            "this site.",
            hint="Add the secret that the API console shows there.",
            id="zcrm.E013",
        )


def _weak_keys() -> Iterator[CheckMessage]:
    keys = get_settings().encryption_keys
    if any(len(set(urlsafe_b64decode(key.reveal()))) < LEAST_DISTINCT_BYTES for key in keys):
        yield Warning(
            "ZCRM['ENCRYPTION_KEYS'] holds a key that is not random.",
            hint=_BAD_VALUE["ENCRYPTION_KEYS"][1],
            id="zcrm.W005",
        )


def _plain_http() -> Iterator[CheckMessage]:
    config = get_settings()
    for key in ("ACCOUNTS_URL", "API_URL", "UPLOAD_URL"):
        if _is_open_http(getattr(config, key.lower())):
            yield Warning(
                f"ZCRM[{key!r}] is plain http to another machine: secrets can be read on the way.",
                hint="Use https; plain http is for this machine's own emulator.",
                id="zcrm.W003",
            )


def _is_open_http(url: str) -> bool:
    return urlsplit(url).scheme == "http" and not is_loopback(url)


def is_loopback(url: str) -> bool:
    """Whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
