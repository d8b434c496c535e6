"""Turns the errors of django_zcrm into pages that say what to do. Knows no view."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from django_zcrm import (
    ConfigurationError,
    ConsentWithdrawn,
    Forbidden,
    Limited,
    NotConnected,
    NotFound,
    ServerFault,
    TransportError,
    UnreadableReply,
    ZCRMError,
)

log = logging.getLogger(__name__)


class Answer(NamedTuple):
    """A page for an error: `connect` offers the button that connects a Zoho account."""

    status: int
    title: Promise
    text: Promise
    connect: bool = False


NO_ACCOUNT = Answer(
    200,
    _("Connect your Zoho account"),
    _("The desk shows your leads once you have allowed it to. You can take that back at any time."),
    connect=True,
)
RECONNECT = Answer(
    403,
    _("Please connect again"),
    _(
        "Zoho no longer lets the desk in: access was taken back in Zoho, or it was replaced by "
        "newer ones. Nothing is lost; connect once more."
    ),
    connect=True,
)
LIMITED = Answer(
    503, _("Zoho asks us to slow down"), _("Too much was asked of Zoho in a short time.")
)
AWAY = Answer(
    502,
    _("Zoho does not answer"),
    _(
        "This is between our server and Zoho, and mostly passes by itself. If you were saving "
        "something, look first whether it arrived."
    ),
)
MISSING = Answer(
    404,
    _("Not there"),
    _("Zoho does not have this, or not for you. It may have been deleted, merged or converted."),
)
FORBIDDEN = Answer(
    403,
    _("Not allowed"),
    _(
        "Your Zoho user may not do this, or the desk was not given the scope for it. A Zoho "
        "administrator can change the first; connecting again asks for the second."
    ),
    connect=True,
)
MISCONFIGURED = Answer(
    500, _("The desk is not set up"), _("A setting is missing or wrong. The log names it.")
)
REFUSED = Answer(400, _("Zoho refused"), _("Zoho does not accept this request."))

# The first class that fits; what stands in no line is REFUSED.
ANSWERS: tuple[tuple[type[ZCRMError] | tuple[type[ZCRMError], ...], Answer], ...] = (
    (NotConnected, NO_ACCOUNT),
    (ConsentWithdrawn, RECONNECT),
    (Limited, LIMITED),
    (NotFound, MISSING),
    (Forbidden, FORBIDDEN),
    ((TransportError, UnreadableReply, ServerFault), AWAY),
    (ConfigurationError, MISCONFIGURED),
)


class ZohoErrorPages:
    """The middleware. Stands last, so that the others see a page and no exception."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the page for an error of django_zcrm; leave all others to Django."""
        if not isinstance(error, ZCRMError):
            return None
        answer = next((page for kind, page in ANSWERS if isinstance(error, kind)), REFUSED)
        level = logging.INFO if answer is NO_ACCOUNT else logging.WARNING
        # The text is one line that holds neither secrets nor bodies.
        log.log(level, "%s: %s", type(error).__name__, error)
        wait = getattr(error, "retry_after", None)
        response = render(
            request,
            "desk/problem.html",
            {"answer": answer, "minutes": wait and math.ceil(wait / 60), "code": _code(error)},
            status=answer.status,
        )
        if wait:
            response.headers["Retry-After"] = str(math.ceil(wait))
        return response


def _code(error: ZCRMError) -> str:
    """Zoho's code, for those who ask their administrator about it."""
    return getattr(error, "code", "")
