"""The code flow: sends a person to Zoho's consent page, and takes what comes back.

How pages look is decided in the views.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, QueryDict
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from ..conf import ZCRMSettings, get_settings
from ..exceptions import ZCRMError
from ..models import Connection
from ..models.names import SITE, owner_key
from ..owners import acting, connection_in_use, owner_of
from ..policy import Action, Source, current_actor, require
from ..zoho import datacenters
from ..zoho.datacenters import DATA_CENTERS, Environment, is_trusted, origin
from ..zoho.oauth import split_scopes
from . import state
from .grants import Holder, Place, connect_with_grant_token

if TYPE_CHECKING:
    from django.db.models import Model

CONNECTED = "zcrm_connected"
"""The session key of the connection that was made last."""

LONGEST_QUERY = 8000
"""Bytes. Most web servers accept no longer line either; Zoho's callbacks have some hundred."""


class Refusal(ZCRMError):
    """The flow ended without a grant. The text says what to do; `status` is the HTTP status."""

    def __init__(self, message: str, status: int = 400, code: str = "") -> None:
        super().__init__(message)
        self.args = (message, status, code)
        self.status = status
        self.code = code


class Completed(NamedTuple):
    """A grant that was stored, and where the person wanted to go."""

    connection: Connection
    next: str


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person wants to connect. Without an owner it is for the whole site.

    `scopes` are needed in addition to those in the settings; `next` is where to go afterwards.
    `renews` is a connection that staff reconnect on behalf of its owner.
    """

    owner: Model | None
    renews: Connection | None = None
    next: str = ""
    scopes: tuple[str, ...] = ()
    environment: Environment | None = None

    @property
    def connection(self) -> Connection:
        """A connection, not saved, of the owner for whom one is to be made."""
        return Connection(owner_id=self.owner.pk if self.owner else None)

    def consent_to(self, config: ZCRMSettings) -> tuple[str, ...]:
        """Return the scopes to ask for.

        A new grant has only the scopes that it was asked for, so those granted before are asked for
        again.
        """
        if not (self.scopes or self.renews):
            return config.scopes
        known = self.renews or connection_in_use(self.owner, environment=self.environment or "")
        granted = known.granted_scopes if known else ()
        return split_scopes([*config.scopes, *granted, *self.scopes])


def safe_next(request: HttpRequest, url: str) -> str:
    """Return the URL if it stays on this site, else an empty string."""
    if len(url) > LONGEST_QUERY:  # it would be kept in the session
        return ""
    if not url.startswith(("/", "http:", "https:")):  # relative to a page of this app
        return ""
    allowed = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if allowed else ""


def connect_query(next_url: str, scopes: Iterable[str] = ()) -> str:
    """Return the query of a link to the connect page.

    Scopes are signed: a link made by others must not ask a person for more than the site does.
    """
    query = {"next": next_url, "scopes": signing.dumps([*scopes], salt=_SALT) if scopes else ""}
    return urlencode({name: value for name, value in query.items() if value})


def read_scopes(signed: str) -> tuple[str, ...]:
    """Return the scopes of a connect page's query. Raises Refusal for a bad signature."""
    try:
        return tuple(signing.loads(signed, salt=_SALT)) if signed else ()
    except signing.BadSignature:
        raise Refusal(
            _("This link to the connect page is damaged. Go back, and begin again."),
            code="bad_scopes",
        ) from None


_SALT = "zcrm.scopes"


def begin(request: HttpRequest, wish: Wish) -> str:
    """Return the URL of Zoho's consent page. Raises ConfigurationError, and NotPermitted.

    The caller has checked that the user is logged in, and that `next`, where to go afterwards, is
    on this site.
    """
    config = get_settings()
    config.require("REDIRECT_URI")
    if wish.renews:
        require(Action.CONNECT_AGAIN, wish.renews)
    else:
        require(Action.CONNECT, wish.connection)
    owner = wish.renews.owner if wish.renews else wish.owner
    pending = state.Pending(
        user=str(request.user.pk),
        owner=owner_key(owner and owner.pk),
        next=wish.next,
        environment=wish.renews.environment if wish.renews else wish.environment or "",
        renews=wish.renews.pk if wish.renews else 0,
        source=current_actor().source,
    )
    return config.oauth_client().authorize_url(
        wish.consent_to(config), state.remember(request.session, pending)
    )


@sensitive_variables()
def complete(request: HttpRequest) -> Completed:
    """Exchange the code of a callback. Raises Refusal, NotPermitted, or any error of the exchange.

    Nothing is sent before the state, the accounts server, and what the user may do have been
    checked.
    """
    if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
        raise Refusal(
            _("This is not an answer from Zoho: it is too long. Begin again."), 414, "too_long"
        )
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
    with acting(user, request, source=Source(pending.source)):
        holder = _renewed(pending) if pending.renews else _holder(request, pending)
        if "error" in answer or not answer.get("code"):
            raise _refused(answer.get("error", ""))
        place = replace(_place(answer, get_settings()), environment=pending.environment)
        connection = connect_with_grant_token(answer["code"], holder, place)
    request.session[CONNECTED] = connection.pk
    return Completed(connection, pending.next)


def _holder(request: HttpRequest, pending: state.Pending) -> Holder:
    if pending.owner == SITE:
        require(Action.CONNECT, Connection())
        return Holder()
    owner = owner_of(request.user, request)
    if owner is None or owner_key(owner.pk) != pending.owner:
        raise _other_owner()
    return Holder(owner=owner)


def _renewed(pending: state.Pending) -> Holder:
    """Return the holder of the connection that staff reconnect, as it is now."""
    row = Connection.objects.filter(pk=pending.renews).select_related("owner").first()
    if row is None or owner_key(row.owner_id) != pending.owner:
        raise _other_owner()
    require(Action.CONNECT_AGAIN, row)
    return Holder(owner=row.owner, identifier=row.user_identifier)


def _other_owner() -> Refusal:
    return Refusal(
        _("This was begun on behalf of someone other than the one you act for now. Begin again."),
        status=403,
        code="other_owner",
    )


def _place(answer: QueryDict, config: ZCRMSettings) -> Place:
    """Return the data centre that the person belongs to: Zoho names it, and only known ones count.

    The code is valid only there, and the client's secret must go nowhere else.
    """
    home = Place.home(config)
    server, location = answer.get("accounts-server", ""), answer.get("location", "")
    if server and not is_trusted(server, config.own_hosts):
        raise _foreign(server)
    if not server and location and location not in DATA_CENTERS:
        raise _foreign(location)
    named = datacenters.owner_of(server)
    if named is not None and named != config.home:
        return Place(named.code, origin(server))
    if not server and location and not config.accounts_url:
        return Place(location, DATA_CENTERS[location].accounts)
    if named is None and location in DATA_CENTERS:
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
