"""Error responses for visitors: a status, a text, and whether connecting an account helps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from ..exceptions import (
    ConfigurationError,
    ConsentWithdrawn,
    Forbidden,
    Invalid,
    Limited,
    NotConnected,
    NotFound,
    PartialFailure,
    ServerFault,
    TransportError,
    Unauthenticated,
    UnreadableResponse,
    ZCRMError,
)
from ..models.names import SITE, owner_key
from ..owners import connection_in_use, owner_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class UserProblem(NamedTuple):
    """An error response for a user. Programs and the template use the name in `error`."""

    error: str
    status: int
    title: _StrPromise
    text: _StrPromise
    offers_connect: bool = False
    """Whether the user can help themselves by connecting an account."""


NOT_CONNECTED = UserProblem(
    "not_connected",
    403,
    _("Connect your Zoho account"),
    _("This page works with Zoho CRM, and no Zoho CRM account is connected yet."),
    offers_connect=True,
)
CONSENT_WITHDRAWN = UserProblem(
    "consent_withdrawn",
    403,
    _("Please connect again"),
    _(
        "Zoho CRM has to be connected again: access was revoked in Zoho, or newer access "
        "replaced it. Nothing is lost."
    ),
    offers_connect=True,
)
SCOPE_MISSING = UserProblem(
    "scope_missing",
    403,
    _("More access is needed"),
    _("This needs more access to Zoho CRM than you granted."),
    offers_connect=True,
)
SITE_NOT_CONNECTED = UserProblem(
    "site_not_connected",
    503,
    _("Zoho CRM is not connected"),
    _("This site has no access to Zoho CRM at the moment. An administrator has to connect it."),
)
LIMITED = UserProblem(
    "limited",
    503,
    _("Zoho asks this site to slow down"),
    _("There were too many requests to Zoho in a short time."),
)
UNREACHABLE = UserProblem(
    "unreachable",
    502,
    _("Zoho does not respond"),
    _(
        "The connection between this site and Zoho failed, usually only for a short time. If you "
        "were saving something, check first whether it arrived."
    ),
)
NOT_FOUND = UserProblem(
    "not_found",
    404,
    _("Not found"),
    _(
        "Zoho does not have this, or you may not see it. It may have been deleted, merged or "
        "converted."
    ),
)
FORBIDDEN = UserProblem(
    "forbidden",
    403,
    _("Not allowed"),
    _("Your Zoho user may not do this. A Zoho administrator can change that."),
)
SCOPE_FORBIDDEN = SCOPE_MISSING._replace(error=FORBIDDEN.error)
"""Zoho refused a call for its scope: the missing scopes are unknown, unlike for SCOPE_MISSING."""
SITE_FORBIDDEN = UserProblem(
    "forbidden",
    403,
    _("Not allowed"),
    _("This site's access to Zoho CRM does not cover this. Contact an administrator of this site."),
)
MISCONFIGURED = UserProblem(
    "misconfigured",
    500,
    _("This site is not set up for Zoho"),
    _("A setting is missing or wrong. An administrator of this site finds the details in the log."),
)
REFUSED_ACCESS = UserProblem(
    "unauthenticated",
    502,
    _("Zoho does not accept this site"),
    _("Zoho no longer accepts this site's credentials. Contact an administrator of this site."),
)
INVALID = UserProblem("invalid", 400, _("Zoho refused"), _("Zoho does not accept this request."))
PARTIAL = UserProblem(
    "partial",
    400,
    _("Zoho refused some of it"),
    _("Zoho stored some of it and refused the rest. Check what arrived before you repeat it."),
)

# The first matching class wins; errors of no listed class are INVALID.
_PROBLEMS: tuple[tuple[type[ZCRMError] | tuple[type[ZCRMError], ...], UserProblem], ...] = (
    (NotConnected, NOT_CONNECTED),
    (ConsentWithdrawn, CONSENT_WITHDRAWN),
    (Limited, LIMITED),
    (NotFound, NOT_FOUND),
    (Forbidden, FORBIDDEN),
    (Unauthenticated, REFUSED_ACCESS),
    ((TransportError, UnreadableResponse, ServerFault), UNREACHABLE),
    (ConfigurationError, MISCONFIGURED),
    (PartialFailure, PARTIAL),
)


def problem_of(error: ZCRMError, request: HttpRequest) -> UserProblem:
    """Return the error response for the user of a request.

    Only owners can connect their accounts; a visitor cannot connect the site's account.
    """
    problem = next(
        (problem for error_class, problem in _PROBLEMS if isinstance(error, error_class)), INVALID
    )
    try:
        if isinstance(error, Forbidden):
            if not _is_visitors(request, error):
                return SITE_FORBIDDEN
            return SCOPE_FORBIDDEN if error.code == "OAUTH_SCOPE_MISMATCH" else problem
        if problem.offers_connect and not _is_visitors(request, error):
            return SITE_NOT_CONNECTED
    except ConfigurationError:  # its owner is unknown
        return MISCONFIGURED
    return problem


def _is_visitors(request: HttpRequest, error: ZCRMError) -> bool:
    """Return whether an error is about the user's own connection, or one that they could make."""
    try:
        reverse("zcrm:connect")
    except NoReverseMatch:  # a site of self clients, without the app's pages
        return False
    owner = owner_of(request.user, request)
    whose = getattr(error, "owner", "")
    if whose:
        return whose != SITE and owner is not None and whose == owner_key(owner.pk)
    if owner is None:
        return isinstance(error, NotConnected) and not request.user.is_authenticated
    in_use = connection_in_use(owner)
    if isinstance(error, Forbidden):
        return in_use is not None
    return in_use is None or not in_use.is_usable


def as_data(problem: UserProblem, error: ZCRMError | None = None) -> dict[str, Any]:
    """Return a problem for a program: its name, its text, and Zoho's error.

    `code` is Zoho's error code, `fields` has Zoho's message for each invalid field, and
    `retry_after` is in seconds.
    """
    data: dict[str, Any] = {"error": problem.error, "detail": str(problem.text)}
    if code := getattr(error, "code", ""):
        data["code"] = code
    if isinstance(error, Invalid):
        data["fields"] = error.field_errors
    if isinstance(error, Limited) and error.retry_after:
        data["retry_after"] = math.ceil(error.retry_after)
    return data
