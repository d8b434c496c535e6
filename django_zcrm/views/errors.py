"""Errors as pages that say what to do."""

from __future__ import annotations

import logging
import math

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from ..exceptions import (
    ApiError,
    ConfigurationError,
    ConsentWithdrawn,
    Limited,
    ZCRMError,
)
from ..oauth.flow import Refusal
from ..policy import NotPermitted

log = logging.getLogger("django_zcrm")


def error_page(request: HttpRequest, error: ZCRMError | NotPermitted) -> HttpResponse:
    """Render an error as a page; only staff see what is wrong with the site itself."""
    code = getattr(error, "code", "")
    status, advice = _advice(error)
    if status >= 500:
        log.error("%s: %s", request.path, error)
    staff = bool(getattr(request.user, "is_staff", False))
    response = render(
        request,
        "zcrm/oauth_error.html",
        {
            "advice": advice,
            "code": code,
            "detail": str(error) if staff and advice != str(error) else "",
        },
        status=status,
    )
    if isinstance(error, Limited) and error.retry_after:
        response["Retry-After"] = str(math.ceil(error.retry_after))
    return response


def in_words(error: ZCRMError) -> str:
    """Tell staff what to do about an account that could not be connected, and what went wrong."""
    _status, advice = _advice(error)
    return advice if advice == str(error) else f"{advice} ({error})"


def _advice(error: ZCRMError | NotPermitted) -> tuple[int, str]:
    if isinstance(error, NotPermitted):
        return 403, str(error)
    if isinstance(error, Refusal):
        return error.status, str(error)
    if isinstance(error, Limited):
        minutes = math.ceil((error.retry_after or 600) / 60)
        return 503, _(
            "Zoho gives no more access for now, since there were too many attempts. Nothing is "
            "lost: try again in %(minutes)d minutes."
        ) % {"minutes": minutes}
    if isinstance(error, ConfigurationError):
        return 500, _(
            "This site is not set up for Zoho as it should be. Whoever runs it has to look at it."
        )
    if isinstance(error, ConsentWithdrawn):
        return 400, _("Zoho no longer accepts this access. Connect again.")
    if isinstance(error, ApiError) and error.status < 500:
        return 400, _(
            "Zoho did not accept the code: it works once, within a minute or two. Begin again."
        )
    return 502, _("Zoho could not be reached or did not answer as it should. Try again later.")
