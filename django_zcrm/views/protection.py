"""Protects the app's pages, independently of the site's settings and middleware."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponseBase
from django.views.debug import SafeExceptionReporterFilter

FRAMING = ("DENY", "SAMEORIGIN")
REFERRER = ("same-origin", "no-referrer")

View = Callable[..., HttpResponseBase]


def guard(view: View) -> View:
    """Keep other sites from framing a page and from learning its address.

    The page's buttons connect and disconnect accounts, and the URL of the callback contains a grant
    code. X_FRAME_OPTIONS and SECURE_REFERRER_POLICY apply where they are as strict. No
    Content-Security-Policy is set: middleware does not replace an existing one, so the site's own
    policy would be lost. Error pages hide sensitive values, such as a pasted grant token, also with
    DEBUG.
    """

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.exception_reporter_filter = _SafeInDebugToo()
        response = view(request, *args, **kwargs)
        response.headers["X-Frame-Options"] = _strict("X_FRAME_OPTIONS", FRAMING)
        response.headers["Referrer-Policy"] = _strict("SECURE_REFERRER_POLICY", REFERRER)
        return response

    return respond


class _SafeInDebugToo(SafeExceptionReporterFilter):
    def is_active(self, request: HttpRequest | None) -> bool:
        return True


def _strict(setting: str, choices: tuple[str, ...]) -> str:
    value = getattr(django_settings, setting, None)
    return value if value in choices else choices[0]
