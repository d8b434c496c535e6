"""Advice about errors, as text."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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

_SETTINGS_ADVICE = {
    "CLIENT_ID": gettext_lazy(
        "Compare ZCRM['CLIENT_ID'] and ZCRM['DATA_CENTER'] with Zoho's API console of that data "
        "centre, and check there whether the client is enabled for the account's data centre."
    ),
    "CLIENT_SECRET": gettext_lazy(
        "Copy the secret from Zoho's API console again; each data centre may have its own."
    ),
    "REDIRECT_URI": gettext_lazy(
        "Enter ZCRM['REDIRECT_URI'], to the last slash, in Zoho's API console."
    ),
    "ENCRYPTION_KEYS": gettext_lazy(
        "Restore the key with which the tokens were encrypted, or connect again."
    ),
    "API_URL": gettext_lazy("Set ACCOUNTS_URL and API_URL to the right hosts."),
}


def advice_on(error: ZCRMError) -> str:
    """Return the advice about an error."""
    if isinstance(error, ConsentWithdrawn):
        return _(
            "The access was revoked at Zoho, its user was deactivated or deleted, Zoho issued "
            "more than 20 refresh tokens to the same user, or the access belongs to another data "
            "centre. Connect again."
        )
    if isinstance(error, NotConnected):
        return _("Connect again.")
    if isinstance(error, ConfigurationError):
        return str(_SETTINGS_ADVICE.get(error.setting, _("Correct the settings.")))
    if isinstance(error, Limited):
        return _(
            "Wait: there were too many calls or requests for tokens. Calls will work again "
            "automatically; further attempts only prolong the wait."
        )
    if isinstance(error, Unauthenticated):
        return _(
            "This host does not accept the token: check that the data centre and the environment "
            "are those where the account was connected, and connect again."
        )
    if isinstance(error, Forbidden):
        return _(
            "Give the Zoho user the permission, or connect again with the scope that is missing."
        )
    if isinstance(error, TransportError | ServerFault):
        return _("Try again in a few minutes; if that does not help, check Zoho's status page.")
    return _("Look the code up in Zoho's documentation.")
