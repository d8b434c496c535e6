"""Middleware: the client of the request's user on the request, and errors as pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from ..clients import zcrm
from ..exceptions import NotConnected, ZCRMError
from ..zoho.client import Client
from ..zoho.text import one_line
from .problems import UserProblem, problem_of
from .responses import error_response

log = logging.getLogger("django_zcrm")


class _Passing:
    """Passes requests on; the next handler may be async."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; return a coroutine if the next handler is async."""
        response: HttpResponseBase = self.get_response(request)
        return response


class ZCRMMiddleware(_Passing):
    """Sets `request.zcrm` and the async `request.azcrm()`, as Django does with users.

    The client is created on first use, which raises NotConnected for a user without a connection.
    Put this middleware after AuthenticationMiddleware.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; return a coroutine if the next handler is async."""
        offer(request)
        return super().__call__(request)


class ZCRMErrorMiddleware(_Passing):
    """Converts unhandled errors of this app to a page, or JSON, with advice for the user.

    Put this middleware last, so that other middleware sees a response. The pages are
    `zcrm/problem.html`, or `zcrm/problem_limited.html` and the like where the project has them (see
    `problems`).
    """

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the response for an error of this app; leave all others to Django."""
        if not isinstance(error, ZCRMError):
            return None
        problem = problem_of(error, request)
        log_problem(request, problem, error)
        return error_response(request, problem, error)


def log_problem(request: HttpRequest, problem: UserProblem, error: ZCRMError) -> None:
    """Log the text of an error, which only staff see."""
    level = logging.ERROR if problem.status == 500 else logging.WARNING
    if isinstance(error, NotConnected) and problem.offers_connect:
        level = logging.INFO
    log.log(level, "%s: %s: %s", one_line(request.path), type(error).__name__, error)


def offer(request: Any) -> None:
    """Set the lazy client on a request."""
    request.zcrm = SimpleLazyObject(partial(_client, request))
    request.azcrm = sync_to_async(partial(_client, request))


def _client(request: Any) -> Client:
    if not hasattr(request, "_cached_zcrm"):
        request._cached_zcrm = zcrm.for_request(request)
    client: Client = request._cached_zcrm
    return client
