"""What protects the app's pages, whatever settings and middleware the site has."""

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


def guarded(view: View) -> View:
    """Keep other sites from framing a page and from learning its address.

    Its buttons connect and disconnect accounts, and when a person comes back from Zoho, the address
    holds a grant code. The values are those of X_FRAME_OPTIONS and SECURE_REFERRER_POLICY where
    these are as strict. There is no Content-Security-Policy: middleware leaves one alone, so the
    site's own would be lost. An error page hides what is marked as sensitive, such as a grant token
    that was pasted, with DEBUG as well.
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


def _strict(setting: str, allowed: tuple[str, ...]) -> str:
    value = getattr(django_settings, setting, None)
    return value if value in allowed else allowed[0]
