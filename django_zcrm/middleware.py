"""Sets the client of the request's user on the request, to be looked up when it is used."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from .clients import zcrm
from .zoho.client import Client


class ZCRMMiddleware:
    """Sets `request.zcrm` and the async `request.azcrm()`, as Django does with users.

    Nothing is read before the first use, which raises NotConnected for a user without a connection.
    Goes after AuthenticationMiddleware.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on; return a coroutine if the next handler is async."""
        offer(request)
        response: HttpResponseBase = self.get_response(request)
        return response


def offer(request: Any) -> None:
    """Set the lazy client on a request."""
    request.zcrm = SimpleLazyObject(partial(_client, request))
    request.azcrm = sync_to_async(partial(_client, request))


def _client(request: Any) -> Client:
    if not hasattr(request, "_cached_zcrm"):
        request._cached_zcrm = zcrm.for_request(request)
    found: Client = request._cached_zcrm
    return found
