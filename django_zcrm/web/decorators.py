"""Views that need a Zoho account: visitors without one are redirected to connect it, and back.

The flow behind the connect page is in `oauth`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, overload

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.db import connections
from django.http import HttpRequest, HttpResponse

from ..exceptions import ConsentWithdrawn, NotConnected
from ..zoho.auth.scope_names import split_scopes
from .requirements import attach_client
from .responses import connect_first

if TYPE_CHECKING:
    from django.views.generic.base import View

    _View = View
else:
    _View = object

V = TypeVar("V", bound=Callable[..., Any])


@overload
def zcrm_required(view: V) -> V: ...
@overload
def zcrm_required(*, scopes: str | Iterable[str] = ()) -> Callable[[V], V]: ...
def zcrm_required(view: V | None = None, *, scopes: str | Iterable[str] = ()) -> Any:
    """Admit only users with a usable connection that has the scopes; set `request.zcrm`.

    Other users are redirected to the connect page, and from there back; their form input is stored
    for `restore_input`. A program gets a 403 response with JSON: `error` (`not_connected`,
    `consent_withdrawn` or `scope_missing`), the missing `scopes`, `detail` as text, and
    `connect_url`; htmx gets `HX-Redirect`. The same happens if a call of the view finds that the
    connection no longer works. The view may be async. Use the decorator without arguments, or with
    scopes that are needed in addition to those in the settings.
    """
    needed_scopes = split_scopes(scopes)

    def decorate(view: V) -> Any:
        if not iscoroutinefunction(view):

            @wraps(view)
            def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
                if refusal := _admit(request, needed_scopes):
                    return refusal
                try:
                    return view(request, *args, **kwargs)
                except (NotConnected, ConsentWithdrawn):
                    if refusal := _give_up(request, needed_scopes):
                        return refusal
                    raise

            return guarded

        @wraps(view)
        async def async_view(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if refusal := await sync_to_async(_admit)(request, needed_scopes):
                return refusal
            try:
                return await view(request, *args, **kwargs)
            except (NotConnected, ConsentWithdrawn):
                if refusal := await sync_to_async(_give_up)(request, needed_scopes):
                    return refusal
                raise

        return async_view

    return decorate if view is None else decorate(view)


class ZCRMRequiredMixin(_View):
    """`zcrm_required` for class-based views; put it first among the bases."""

    zcrm_scopes: str | Iterable[str] = ()

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        """Return the guarded view."""
        scopes = initkwargs.get("zcrm_scopes", cls.zcrm_scopes)
        return zcrm_required(scopes=scopes)(super().as_view(**initkwargs))


def _admit(request: HttpRequest, scopes: tuple[str, ...]) -> HttpResponse | None:
    """Set the client on the request, or return the response for a user who must connect first."""
    missing_access = attach_client(request, scopes)
    return connect_first(request, *missing_access) if missing_access else None


def _give_up(request: HttpRequest, scopes: tuple[str, ...]) -> HttpResponse | None:
    """Return the response to a connection that failed in a view; None if it is not the user's."""
    refusal = _admit(request, scopes)
    if refusal is not None:
        # Django rolls back a request's transaction for an exception, but this one ends here.
        for database in connections.all(initialized_only=True):
            if database.settings_dict["ATOMIC_REQUESTS"] and database.in_atomic_block:
                database.set_rollback(True)
    return refusal
