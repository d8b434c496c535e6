"""The health endpoint for monitors and load balancers."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import Error as DatabaseError
from django.db import connections, transaction
from django.http import HttpRequest, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ..conf import load_health_token
from .summary import summarize_health

SCHEME = "Bearer "

View = Callable[[HttpRequest], JsonResponse]


def without_transactions(view: View) -> View:
    """Let ATOMIC_REQUESTS of no database begin a transaction for a view."""
    for alias in connections:
        view = transaction.non_atomic_requests(using=alias)(view)
    return view


@without_transactions  # without a database, none can begin
@never_cache
@login_not_required  # monitors have a token
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Return the site's health as JSON: status 200, or 503 if it failed.

    Staff may open it, and anyone who sends `ZCRM["HEALTH_TOKEN"]` as `Authorization: Bearer`.
    Others get 403. The body has counts only. Without a database, the only part is `database`.
    """
    if not (_has_token(request) or _is_staff(request)):
        return JsonResponse({"detail": "Only staff, or with a token."}, status=403)
    try:
        summary = summarize_health()
    except DatabaseError:
        return JsonResponse(
            {"status": "failed", "parts": {"database": {"status": "failed"}}}, status=503
        )
    body = {"status": summary.status, "parts": summary.parts}
    return JsonResponse(body, status=503 if summary.status == "failed" else 200)


def _has_token(request: HttpRequest) -> bool:
    token = load_health_token()
    header = request.headers.get("Authorization", "")
    if not token or not header.startswith(SCHEME):
        return False
    return constant_time_compare(header.removeprefix(SCHEME).strip(), token.reveal())


def _is_staff(request: HttpRequest) -> bool:
    user = cast("AbstractUser | AnonymousUser | None", getattr(request, "user", None))
    return user is not None and user.is_active and user.is_staff
