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

from .exceptions import ZCRMError
from .forms import keep_input
from .oauth.flow import connect_query, safe_next
from .policy import Action, has_permission
from .problems import UserProblem, as_data

Asked = Literal["page", "fragment", "json"]


def runs_the_site(request: HttpRequest) -> bool:
    """Whether the user is told what is wrong with the site itself: staff, and all with DEBUG.

    A developer who comes back under another host name is not logged in there.
    """
    user = request.user
    return settings.DEBUG or (user.is_active and bool(getattr(user, "is_staff", False)))


def connect_first(
    request: HttpRequest, problem: UserProblem, scopes: Iterable[str] = ()
) -> HttpResponse:
    """Send the user to the connect page, or tell a program where that is.

    `scopes` are missing. What was typed into a form is kept (see `forms`).
    """
    asks = _asks_for(request)
    back = _return_path(request, asks)
    _keep_input(request, back)
    address = _connect_address(back, scopes)
    response: HttpResponse
    if asks == "json":
        response = JsonResponse(connect_data(request, problem, scopes), status=problem.status)
    elif asks == "fragment":
        # A status that htmx counts as success, as django-htmx has it.
        response = HttpResponse(headers={"HX-Redirect": address})
    else:
        response = HttpResponseRedirect(address)
    add_never_cache_headers(response)
    return response


def connect_data(
    request: HttpRequest, problem: UserProblem, scopes: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the JSON for a user who must connect first: missing scopes, and where to do it."""
    address = _connect_address(_return_path(request, "json"), scopes)
    return {**as_data(problem), "scopes": [*scopes], "connect_url": address}


def error_response(request: HttpRequest, problem: UserProblem, error: ZCRMError) -> HttpResponse:
    """Tell the user of an error, in the form that they understand."""
    asks = _asks_for(request)
    if problem.offers_connect and asks != "page":
        response = connect_first(request, problem)
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
    """Return the URL of the connect page, which leads back to where the user was."""
    address = reverse("zcrm:connect")
    query = connect_query(back, scopes)
    return f"{address}?{query}" if query else address


def _return_path(request: HttpRequest, asks: Asked) -> str:
    """Return the page to come back to: this one, or the one with the form or script.

    Empty if that is not known, or not of this site.
    """
    if request.method in {"GET", "HEAD"} and asks == "page":
        return request.get_full_path()
    page = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    return safe_next(request, page)


def _keep_input(request: HttpRequest, back: str) -> None:
    """Keep what was typed, for the page with the form, by its path as `request.path` has it."""
    keep_input(request, unquote(urlsplit(back).path) or request.path)


def _asks_for(request: HttpRequest) -> Asked:
    """Return what the sender of a request can use: a whole page, a part of one, or JSON.

    A script's `fetch` accepts anything if nothing else is said; that it is one, browsers tell by
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
