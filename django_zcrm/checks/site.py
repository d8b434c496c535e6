"""System checks of a site: its URLs, its tables, its processes, and how it is deployed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import connections
from django.urls import NoReverseMatch, reverse

from ..conf import ZCRMSettings, get_settings, owner_model
from ..exceptions import ConfigurationError
from ..zoho.http.datacenters import is_loopback
from ..zoho.limits.adaptive_limit import ceiling_of
from .addresses import is_open_http

EMULATOR_CLIENT_ID = "1000.EMULATORCLIENT"
"""The emulator has the same value, but a project need not import it for this."""

SECONDS_A_CALL = 1.0
"""How long a call to Zoho takes, for an estimate."""


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
                "console. Silence this check if the site only uses self clients.",
                id="zcrm.W008",
            )
        ]
    if urlsplit(uri).path == callback:
        return []
    return [
        Warning(
            f"ZCRM['REDIRECT_URI'] is not the URL of django_zcrm's callback, {callback}.",
            hint="Zoho redirects users to REDIRECT_URI: use the callback's path, in Zoho's API "
            "console too.",
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
    if is_open_http(config.redirect_uri):
        messages.append(
            Warning(
                "ZCRM['REDIRECT_URI'] is plain http, so grant codes can be intercepted.",
                hint="Use https.",
                id="zcrm.W002",
            )
        )
    if not config.encryption_keys:
        messages.append(
            Warning(
                "Tokens are encrypted with a key derived from SECRET_KEY: if you change "
                "SECRET_KEY without SECRET_KEY_FALLBACKS, every connection is lost.",
                hint="Set ZCRM['ENCRYPTION_KEYS'] to a list with a Fernet key.",
                id="zcrm.W004",
            )
        )
    if not django_settings.DEBUG:
        messages += _of_this_machine(config)
    return messages


def _of_this_machine(config: ZCRMSettings) -> Iterator[CheckMessage]:
    """Find settings that only work with an emulator, unless DEBUG is on."""
    if config.client_id == EMULATOR_CLIENT_ID:
        yield Warning(
            f"ZCRM['CLIENT_ID'] is {EMULATOR_CLIENT_ID!r}, the client of django_zcrm's emulator, "
            "whose secret is public.",
            hint="Register a client in Zoho's API console, and set CLIENT_ID and CLIENT_SECRET.",
            id="zcrm.W009",
        )
    keys = ("ACCOUNTS_URL", "API_URL", "UPLOAD_URL", "REDIRECT_URI")
    local = [key for key in keys if is_loopback(getattr(config, key.lower()))]
    if local:
        yield Warning(
            f"{', '.join(f'ZCRM[{key!r}]' for key in local)}: the address is on this machine, "
            "as for the emulator.",
            hint="Remove the three URLs to use Zoho's own hosts, and set REDIRECT_URI to this "
            "site's address. Silence this check if the site reaches Zoho through a proxy on "
            "this machine.",
            id="zcrm.W010",
        )


def check_owner_column(*, databases: Iterable[str] | None = None, **kwargs: Any) -> list[Error]:
    """Find an OWNER_MODEL that was changed after the tables were made (`check --database`)."""
    field: Any = apps.get_model("zcrm", "Connection")._meta.get_field("owner")
    if isinstance(field.related_model, str):
        return []  # an unknown model; the check of the settings reports it
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
                    hint="OWNER_MODEL is fixed by the first migration. Restore the former value, "
                    "or migrate zcrm to zero and connect every account again.",
                    id="zcrm.E016",
                )
            )
    return messages


def check_processes(**kwargs: Any) -> list[CheckMessage]:
    """Find more gunicorn processes and threads than Zoho's limits can serve."""
    try:
        limiter = get_settings().limits
    except ConfigurationError:
        return []
    processes, threads = _workers()
    if limiter is None or processes * threads == 1:
        return []
    messages: list[CheckMessage] = []
    if limiter.store == "memory" and processes > 1:
        messages.append(
            Warning(
                f"gunicorn has {processes} processes, but ZCRM['LIMITS'] does not share Zoho's "
                "limits among them: each process uses the limits as if it were alone.",
                hint="Set ZCRM['LIMITS']['STORE'] to 'database', or to the URL of a Redis server.",
                id="zcrm.W011",
            )
        )
    limit = ceiling_of(limiter.edition)
    served = int(limit * limiter.max_wait / SECONDS_A_CALL)
    if processes * threads > max(served, limit):
        messages.append(
            Warning(
                f"gunicorn has {processes} x {threads} = {processes * threads} threads. If all of "
                f"them call Zoho at once, and Zoho accepts {limit} calls at once, some wait "
                f"longer than ZCRM['LIMITS']['MAX_WAIT'] ({limiter.max_wait:g} s) and raise "
                "Limited.",
                hint="Raise MAX_WAIT or run fewer workers or threads; a call takes about a second.",
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
        matches = re.findall(rf"(?:^|\s)(?:{options})[=\s]+(\d+)", arguments)
        count = matches[-1] if matches else otherwise
        counts.append(int(count) if count.isdecimal() and int(count) else 1)
    return counts[0], counts[1]
