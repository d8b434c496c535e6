"""Responses to visitors who must connect an account first, and to errors.

Browsers get a page or a redirect, htmx `HX-Redirect` or a fragment, other programs JSON.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import select_template
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from ..access import Action, has_permission
from ..exceptions import ZCRMError
from ..oauth.flow import connect_query, validate_next
from .forms import keep_input
from .problems import SCOPE_FORBIDDEN, UserProblem, as_data

Asked = Literal["page", "fragment", "json"]


def runs_the_site(request: HttpRequest) -> bool:
    """Return whether the user sees problems of the site itself: staff do, and all users with DEBUG.

    With DEBUG, because a developer who returns under another host name is not logged in there.
    """
    user = request.user
    return settings.DEBUG or (user.is_active and bool(getattr(user, "is_staff", False)))


def connect_first(
    request: HttpRequest,
    problem: UserProblem,
    scopes: Iterable[str] = (),
    error: ZCRMError | None = None,
) -> HttpResponse:
    """Redirect the user to the connect page, or return its URL to a program.

    `scopes` are the missing ones; `error` is the error of a failed call. Form input is stored (see
    `forms`).
    """
    asks = _asks_for(request)
    back = _return_path(request, asks)
    _keep_input(request, back)
    address = _connect_address(back, scopes)
    response: HttpResponse
    if asks == "json":
        data = connect_data(request, problem, scopes, error)
        response = JsonResponse(data, status=problem.status)
    elif asks == "fragment":
        # A status that htmx treats as success, as in django-htmx.
        response = HttpResponse(headers={"HX-Redirect": address})
    else:
        response = HttpResponseRedirect(address)
    add_never_cache_headers(response)
    return response


def connect_data(
    request: HttpRequest,
    problem: UserProblem,
    scopes: Iterable[str] = (),
    error: ZCRMError | None = None,
) -> dict[str, Any]:
    """Return the JSON for a user who must connect first: missing scopes and the connect page."""
    address = _connect_address(_return_path(request, "json"), scopes)
    return {**as_data(problem, error), "scopes": [*scopes], "connect_url": address}


def error_response(request: HttpRequest, problem: UserProblem, error: ZCRMError) -> HttpResponse:
    """Return the response to an error, in the format that the client expects."""
    asks = _asks_for(request)
    # The connect page would not explain SCOPE_FORBIDDEN, so htmx gets the card for it.
    in_html = asks == "page" or (asks == "fragment" and problem is SCOPE_FORBIDDEN)
    if problem.offers_connect and not in_html:
        response = connect_first(request, problem, error=error)
    elif asks == "json":
        response = JsonResponse(as_data(problem, error), status=problem.status)
    else:
        response = _in_html(request, problem, error, asks)
    if wait := getattr(error, "retry_after", None):
        response.headers["Retry-After"] = str(math.ceil(wait))
    add_never_cache_headers(response)
    return response


def _in_html(
    request: HttpRequest, problem: UserProblem, error: ZCRMError, asks: Asked
) -> HttpResponse:
    back = _return_path(request, asks)
    _keep_input(request, back)
    data = as_data(problem, error)
    wait = data.get("retry_after")
    context = {
        "problem": problem,
        "minutes": math.ceil(wait / 60) if wait else None,
        "code": data.get("code", ""),
        "detail": str(error) if runs_the_site(request) else "",
        "next": back,
        "may_connect_site": has_permission(request.user, Action.CONNECT.permission),
    }
    names = [f"zcrm/problem_{problem.error}.html", "zcrm/problem.html"]
    if asks == "fragment":
        names = ["zcrm/problem_card.html"]
    body = select_template(names).render(context, request)
    return HttpResponse(body, status=problem.status)


def _connect_address(back: str, scopes: Iterable[str]) -> str:
    """Return the URL of the connect page, which redirects back to the current page."""
    address = reverse("zcrm:connect")
    query = connect_query(back, scopes)
    return f"{address}?{query}" if query else address


def _return_path(request: HttpRequest, asks: Asked) -> str:
    """Return the page to return to: this page, or the one with the form or script.

    Empty if the page is unknown or belongs to another site.
    """
    if request.method in {"GET", "HEAD"} and asks == "page":
        return request.get_full_path()
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    return validate_next(request, page)


def _keep_input(request: HttpRequest, back: str) -> None:
    """Store the input for the page with the form, by its path (as in `request.path`)."""
    keep_input(request, unquote(urlsplit(back).path) or request.path)


def _asks_for(request: HttpRequest) -> Asked:
    """Return the format that a client expects: a whole page, a part of one, or JSON.

    A script's `fetch` accepts everything by default. Browsers mark such requests with
    Sec-Fetch-Dest (Fetch Metadata).
    """
    headers = request.headers
    if headers.get("HX-Request") == "true":
        return "fragment"
    prefers_json = request.get_preferred_type(["text/html", "application/json"])
    by_script = headers.get("Sec-Fetch-Dest") == "empty" and "html" not in headers.get("Accept", "")
    is_program = (
        headers.get("X-Requested-With") == "XMLHttpRequest"
        or request.content_type == "application/json"
        or prefers_json == "application/json"
        or by_script
    )
    return "json" if is_program else "page"
