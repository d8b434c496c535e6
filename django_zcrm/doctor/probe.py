"""A live call to Zoho, and what it says about a connection, in words."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..clients import client_for
from ..exceptions import (
    ConfigurationError,
    ConsentWithdrawn,
    Forbidden,
    Limited,
    NotConnected,
    ServerFault,
    TransportError,
    Unauthenticated,
    ZCRMError,
)
from ..models import Connection
from .findings import Finding, fault, ok, warning

SCOPE_MISSING = "OAUTH_SCOPE_MISMATCH"


def probe(connection: Connection) -> Finding:
    """Ask Zoho for the organisation, renewing an expired access token, and return the finding."""
    step = _("Live call")
    started = time.perf_counter()
    try:
        reply = client_for(connection).request("GET", "/crm/{version}/org")
    except Forbidden as error:
        if error.code == SCOPE_MISSING:
            return warning(
                step,
                _(
                    "Zoho accepts the access, but it does not cover the organisation, which this "
                    "call asks for."
                ),
                _("Add ZohoCRM.org.READ to ZCRM['SCOPES'] and connect again, to see more here."),
            )
        return fault(step, str(error), advice_on(error))
    except ZCRMError as error:
        return fault(step, str(error), advice_on(error))
    milliseconds = round((time.perf_counter() - started) * 1000)
    organisation: Mapping[str, Any] = next(iter(reply.get("org") or ()), {})
    zgid = str(organisation.get("zgid") or "")
    if connection.organisation_id and zgid and zgid != connection.organisation_id:
        return fault(
            step,
            _("Zoho answers for the organisation %(other)s, not for %(own)s.")
            % {"other": zgid, "own": connection.organisation_id},
            _("Connect again, and choose the right organisation on Zoho's page."),
        )
    return ok(
        step,
        _("Zoho answered in %(ms)d ms, for the organisation %(name)s.")
        % {"ms": milliseconds, "name": organisation.get("company_name") or zgid},
    )


_SETTINGS_ADVICE = {
    "CLIENT_ID": gettext_lazy(
        "Compare ZCRM['CLIENT_ID'] and ZCRM['DATA_CENTER'] with Zoho's API console of that data "
        "centre, and check there whether the client is enabled for the account's data centre."
    ),
    "CLIENT_SECRET": gettext_lazy(
        "Copy the secret from Zoho's API console once more; each data centre may have its own."
    ),
    "REDIRECT_URI": gettext_lazy(
        "Enter ZCRM['REDIRECT_URI'], to the last slash, in Zoho's API console."
    ),
    "ENCRYPTION_KEYS": gettext_lazy(
        "Put back the key with which the tokens were encrypted, or connect again."
    ),
    "API_URL": gettext_lazy("Set ACCOUNTS_URL and API_URL to the hosts that are meant."),
}


def advice_on(error: ZCRMError) -> str:
    """Say what to do about an error."""
    if isinstance(error, ConsentWithdrawn):
        return _(
            "The access was revoked at Zoho, its user was deactivated or deleted, Zoho gave the "
            "same user more than 20 refresh tokens, or it belongs to another data centre. "
            "Connect again."
        )
    if isinstance(error, NotConnected):
        return _("Connect again.")
    if isinstance(error, ConfigurationError):
        return str(_SETTINGS_ADVICE.get(error.setting, _("Correct the settings.")))
    if isinstance(error, Limited):
        return _(
            "Wait: too many calls or tokens were asked for. Calls will work again by themselves; "
            "further attempts only prolong it."
        )
    if isinstance(error, Unauthenticated):
        return _(
            "The token is not good at this host: check that the data centre and the environment "
            "are those where the account was connected, and connect again."
        )
    if isinstance(error, Forbidden):
        return _(
            "Give the Zoho user the permission, or connect again with the scope that is missing."
        )
    if isinstance(error, TransportError | ServerFault):
        return _("Try again in a few minutes; if that does not help, look at Zoho's status page.")
    return _("Look the code up in Zoho's documentation.")
