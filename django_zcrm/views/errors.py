"""Error pages with advice for the user."""

from __future__ import annotations

import logging
import math

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..access import NotPermitted
from ..exceptions import (
    ApiError,
    ConfigurationError,
    ConsentWithdrawn,
    Limited,
    ZCRMError,
)
from ..oauth.errors import ConnectError
from ..web.responses import runs_the_site
from ..zoho.text import one_line

log = logging.getLogger("django_zcrm")


def error_page(
    request: HttpRequest, error: ZCRMError | NotPermitted, *, next_url: str = ""
) -> HttpResponse:
    """Render an error as a page; only staff see problems of the site itself."""
    staff, refused = runs_the_site(request), isinstance(error, ConnectError)
    status, advice = _advice(error, staff=staff)
    if status >= 500:
        log.error("%s: %s", one_line(request.path), error)
    elif isinstance(error, ConnectError) and error.for_staff:
        log.warning("%s: %s", one_line(request.path), one_line(error.for_staff))
    response = render(
        request,
        "zcrm/oauth_error.html",
        {
            "advice": advice,
            "code": getattr(error, "code", ""),
            "detail": str(error) if staff and advice != str(error) and not refused else "",
            "next": next_url,
        },
        status=status,
    )
    if isinstance(error, Limited) and error.retry_after:
        response["Retry-After"] = str(math.ceil(error.retry_after))
    return response


def in_words(error: ZCRMError) -> str:
    """Return the cause and the advice for staff about an account that could not be connected."""
    _status, advice = _advice(error, staff=True)
    return advice if isinstance(error, ConnectError) else f"{advice} ({error})"


def _advice(error: ZCRMError | NotPermitted, *, staff: bool) -> tuple[int, str]:
    """Return the HTTP status and the advice, as text for staff or for an end user."""
    if isinstance(error, NotPermitted):
        return 403, str(error)
    if isinstance(error, ConnectError):
        return error.status, (staff and error.for_staff) or str(error)
    if isinstance(error, Limited):
        minutes = math.ceil((error.retry_after or 600) / 60)
        return 503, ngettext(
            "Zoho gives no more access for now, since there were too many attempts. Nothing is "
            "lost: try again in %(minutes)d minute.",
            "Zoho gives no more access for now, since there were too many attempts. Nothing is "
            "lost: try again in %(minutes)d minutes.",
            minutes,
        ) % {"minutes": minutes}
    if isinstance(error, ConfigurationError):
        return 500, _(
            "This site is not set up correctly for Zoho. An administrator has to check its "
            "settings."
        )
    if isinstance(error, ConsentWithdrawn):
        return 400, _("Zoho no longer accepts this access. Connect again.")
    if isinstance(error, ApiError) and error.status < 500:
        return 400, _(
            "Zoho did not accept the code: it works once, within a minute or two. Start again."
        )
    return 502, _("Zoho could not be reached, or did not respond correctly. Try again later.")
