"""The code flow: sends a person to Zoho's consent page, and takes what comes back.

Knows requests, the session's state and grants; not how pages look.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from ..conf import ZCRMSettings, get_settings
from ..exceptions import ZCRMError
from ..models import Connection
from ..zoho.datacenters import DATA_CENTERS, is_trusted, origin, owner_of
from . import state
from .grants import Holder, Place, connect_with_grant_token


class Refusal(ZCRMError):
    """The flow ended without a grant. The text says what to do; `status` is the page's."""

    def __init__(self, message: str, status: int = 400, code: str = "") -> None:
        super().__init__(message)
        self.args = (message, status, code)
        self.status = status
        self.code = code


class Completed(NamedTuple):
    """A grant that was stored, and where the person wanted to go."""

    connection: Connection
    next: str


def begin(request: HttpRequest, *, site: bool, next_url: str) -> str:
    """Return the address of Zoho's consent page. Raises ConfigurationError.

    The caller has checked that the user is logged in and may do this, and that `next_url`, where
    to go afterwards, is on this site.
    """
    config = get_settings()
    config.require("REDIRECT_URI")
    pending = state.Pending(user=str(request.user.pk), site=site, next=next_url)
    return config.oauth_client().authorize_url(
        config.scopes, state.remember(request.session, pending)
    )


@sensitive_variables()
def complete(request: HttpRequest) -> Completed:
    """Exchange the code of a callback. Raises Refusal, or what the exchange meets.

    Nothing is sent anywhere before the state and the accounts server are found good.
    """
    answer = request.GET
    pending = state.take(request.session, answer.get("state", ""))
    if pending is None:
        raise Refusal(
            _(
                "This page was not opened from the connect page of this session, was opened "
                "twice, or more than ten minutes ago. Nothing has changed; begin again. If this "
                "comes back, open this site under the very address that is in REDIRECT_URI."
            ),
            code="unknown_state",
        )
    user = request.user
    if not user.is_authenticated or str(user.pk) != pending.user:
        raise Refusal(
            _("Somebody else was logged in here when this began. Log in as them, and begin again."),
            status=403,
            code="other_user",
        )
    if pending.site and not user.is_staff:
        raise Refusal(_("Only staff may connect an account for the whole site."), status=403)
    if "error" in answer or not answer.get("code"):
        raise _refused(answer.get("error", ""))
    holder = Holder() if pending.site else Holder(owner=user)
    place = _place(answer, get_settings())
    return Completed(connect_with_grant_token(answer["code"], holder, place), pending.next)


def _place(answer: QueryDict, config: ZCRMSettings) -> Place:
    """Read which data centre the person belongs to: Zoho tells it, and only known ones count.

    The code is only good there, and the client's secret must go nowhere else.
    """
    home = Place.home(config)
    server, location = answer.get("accounts-server", ""), answer.get("location", "")
    if server and not is_trusted(server, config.own_hosts):
        raise _foreign(server)
    if not server and location and location not in DATA_CENTERS:
        raise _foreign(location)
    owner = owner_of(server)
    if owner is not None and owner != config.home:
        return Place(owner.code, origin(server))
    if not server and location and not config.accounts_url:
        return Place(location, DATA_CENTERS[location].accounts)
    if owner is None and location in DATA_CENTERS:
        return Place(location, home.accounts_url)
    return home


def _foreign(named: str) -> Refusal:
    return Refusal(
        _(
            "The answer names %(server)s, which is no data centre of Zoho's that this site knows. "
            "Nothing was sent there. Begin again; if this comes back, tell whoever runs this site."
        )
        % {"server": named[:100]},
        code="unknown_data_center",
    )


def _refused(error: str) -> Refusal:
    """Say what to do about an error that Zoho sent back (docs v8 auth-request, Accounts pages)."""
    code = error if re.fullmatch(r"[A-Za-z_]{1,40}", error) else ""
    advice = {
        "access_denied": _(
            "Zoho gave no access: you refused it, or there were more than ten attempts in ten "
            "minutes. Begin again, in the second case after ten minutes."
        ),
        "invalid_scope": _(
            "Zoho does not know a scope that this site asks for, or your Zoho edition lacks it. "
            "Whoever runs this site has to correct ZCRM['SCOPES']."
        ),
        "invalid_client": _(
            "Zoho does not know this site's client in your data centre. Whoever runs this site has "
            "to check ZCRM['CLIENT_ID'] and ZCRM['DATA_CENTER'], and enable the client for your "
            "data centre (multi-DC) in Zoho's API console."
        ),
        "unauthorized_client": _(
            "This site's client may not do that. Whoever runs this site has to check the client's "
            "type in Zoho's API console."
        ),
        "invalid_redirect_uri": _(
            "Zoho expects another redirect URI. Whoever runs this site has to enter "
            "ZCRM['REDIRECT_URI'], to the last slash, in Zoho's API console."
        ),
        "invalid_response_type": _(
            "Zoho did not accept the kind of answer that was asked for. Begin again; if this comes "
            "back, tell whoever runs this site."
        ),
        "general_error": _("Something went wrong at Zoho. Begin again in a few minutes."),
    }.get(code, _("Zoho sent you back without access. Begin again."))
    return Refusal(advice, status=403 if code == "access_denied" else 400, code=code)
