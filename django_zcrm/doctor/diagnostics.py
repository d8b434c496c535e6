"""Diagnoses a connection step by step. Requests at most one token from Zoho."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from django.core.checks import ERROR
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from .. import checks
from ..conf import get_settings
from ..exceptions import ConfigurationError, ConsentWithdrawn, ZCRMError
from ..models import Connection
from ..models.connection import MINTS_ALLOWED
from ..owners import connection_in_use
from ..tokens import renew_now
from ..tokens.store import load_tokens
from ..zoho.http.datacenters import data_center_for_url
from . import network
from .advice import advice_on
from .findings import Finding, Level, fault, ok, skipped, warning
from .live_call import check_live_call

if TYPE_CHECKING:
    from django.db.models import Model

MAX_RECENT_MINTS = 8
"""From this many on, the doctor asks for no further one: the site may need those that are left."""


def diagnose(identifier: str = "", owner: Model | None = None) -> Iterator[Finding]:
    """Yield the findings about the connection of an identifier or owner, else the default one."""
    settings = list(_settings())
    yield from settings
    if _has_fault(settings):
        return
    connection, finding = _find(identifier, owner)
    yield finding
    if connection is None:
        return
    for step in STEPS:
        findings = list(step(connection))
        yield from findings
        if _has_fault(findings):
            return


def _has_fault(findings: list[Finding]) -> bool:
    return any(finding.level is Level.FAULT for finding in findings)


def _settings() -> Iterator[Finding]:
    step = _("Settings")
    messages = [*checks.check_settings(), *checks.check_redirect_uri()]
    messages = [message for message in messages if not message.is_silenced()]
    for message in messages:
        say = fault if message.level >= ERROR else warning
        yield say(step, f"{message.msg} ({message.id})", str(message.hint or ""))
    if not messages:
        yield ok(step, _("The checks find nothing wrong."))


def _find(identifier: str, owner: Model | None) -> tuple[Connection | None, Finding]:
    step = _("Connection")
    config = get_settings()
    identifier = identifier or config.user_identifier
    if owner is not None:
        if in_use := connection_in_use(owner):
            return in_use, ok(step, str(in_use))
        rows = Connection.objects.for_owner(owner)
        nobody = _("%(owner)s has not connected a Zoho account.") % {"owner": owner}
    elif identifier:
        rows = Connection.objects.for_identifier(identifier)
        nobody = _("No account is connected as %(identifier)s.") % {"identifier": identifier}
    else:
        rows = Connection.objects.default()
        nobody = _("The site has no default connection.")
    here = rows.for_client(config.client_id, config.environment).best_first().first()
    if here is not None:
        return here, ok(step, str(here))
    if elsewhere := rows.first():
        return None, fault(
            step,
            _(
                "%(connection)s was made for a client or environment other than the one in the "
                "settings."
            )
            % {"connection": elsewhere},
            _("Correct ZCRM['CLIENT_ID'] or ZCRM['ENVIRONMENT'], or connect again."),
        )
    identifiers = Connection.objects.live().values_list("user_identifier", flat=True)
    names = ", ".join(sorted(set(identifiers[:20])))
    return None, fault(
        step,
        nobody,
        _("Name one of these with --identifier: %(names)s.") % {"names": names}
        if names
        else _("Connect an account, in the admin or with manage.py zcrm_connect."),
    )


def _state(connection: Connection) -> Iterator[Finding]:
    step = _("State")
    if connection.state == Connection.State.DISCONNECTED:
        yield fault(step, _("It was disconnected here."), _("Connect again."))
    elif connection.state == Connection.State.CONSENT_WITHDRAWN:
        yield fault(
            step,
            connection.last_error or _("Zoho no longer accepts its refresh token."),
            advice_on(ConsentWithdrawn("")),
        )
    else:
        yield ok(step, _("It counts as connected."))


@sensitive_variables()
def _secrets(connection: Connection) -> Iterator[Finding]:
    step = _("Stored tokens")
    try:
        tokens = load_tokens(connection)
    except ConfigurationError as error:
        yield fault(step, str(error), advice_on(error))
        return
    if not tokens.refresh_token:
        yield fault(step, _("There is no refresh token."), _("Connect again."))
    else:
        yield ok(step, _("They can be read."))


def _data_center(connection: Connection) -> Iterator[Finding]:
    step = _("Data centre")
    try:
        hosts = connection.hosts()
    except ConfigurationError as error:
        yield fault(step, str(error), advice_on(error))
        return
    accounts, api = data_center_for_url(hosts.accounts), data_center_for_url(hosts.api)
    if accounts and api and accounts != api:
        yield fault(
            step,
            _("Tokens come from %(accounts)s, and calls go to %(api)s.")
            % {"accounts": hosts.accounts, "api": hosts.api},
            _("Correct ACCOUNTS_URL and API_URL, or connect again."),
        )
        return
    data_center = accounts or api
    yield ok(
        step,
        _("%(name)s: %(accounts)s and %(api)s.")
        % {
            "name": _(data_center.name) if data_center else connection.get_data_center_display(),
            "accounts": hosts.accounts,
            "api": hosts.api,
        },
    )


def _network(connection: Connection) -> Iterator[Finding]:
    yield from network.hosts(connection)


def _clock(connection: Connection) -> Iterator[Finding]:
    yield network.clock(connection)


def _token(connection: Connection) -> Iterator[Finding]:
    step = _("Access token")
    now = timezone.now()
    if connection.throttled_for:
        minutes = math.ceil(connection.throttled_for / 60)
        yield fault(
            step,
            _("Zoho issues no more tokens for now: too many were requested."),
            ngettext(
                "Wait %(minutes)d minute; further attempts only prolong it.",
                "Wait %(minutes)d minutes; further attempts only prolong it.",
                minutes,
            )
            % {"minutes": minutes},
        )
        return
    minted = len(connection.mints_within_window(now))
    count = _("%(count)d of %(allowed)d in the last ten minutes") % {
        "count": minted,
        "allowed": MINTS_ALLOWED,
    }
    if minted >= MAX_RECENT_MINTS:
        yield skipped(step, _("No new one was requested: there were %(count)s.") % {"count": count})
        return
    try:
        renew_now(connection)
    except ZCRMError as error:
        yield fault(step, str(error), advice_on(error))
    else:
        yield ok(step, _("Zoho issued a new one (before: %(count)s).") % {"count": count})


def _call(connection: Connection) -> Iterator[Finding]:
    connection.refresh_from_db()
    yield check_live_call(connection)


def _scopes(connection: Connection) -> Iterator[Finding]:
    step = _("Scopes")
    if not connection.scopes:
        yield skipped(step, _("Zoho did not name the scopes that it granted."))
    elif missing := connection.missing_scopes(get_settings().scopes):
        yield warning(
            step,
            _("Not granted: %(scopes)s.") % {"scopes": ", ".join(missing)},
            _("Connect again to grant them."),
        )
    else:
        yield ok(step, _("All scopes in the settings were granted."))


DiagnosticStep = Callable[[Connection], Iterator[Finding]]
STEPS: tuple[DiagnosticStep, ...] = (
    _state,
    _secrets,
    _data_center,
    _network,
    _clock,
    _token,
    _call,
    _scopes,
)
