"""Pages to connect a Zoho account, to return from Zoho, and to disconnect; `oauth` has the flow."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods

from ..access import Action, Actor, NotPermitted
from ..conf import get_settings
from ..exceptions import ZCRMError
from ..models import Connection, ConnectionHistory, ConnectionQuerySet
from ..oauth import end_connection, flow
from ..owners import choice_of, connection_in_use, owner_of
from ..web.responses import runs_the_site
from ..zoho.http.datacenters import ENVIRONMENTS, Environment
from .errors import error_page
from .request_user import acting_on_page, owner_for, parse_pk


@never_cache
@csrf_protect
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest) -> HttpResponse:
    """Show the connections (GET); redirect to Zoho's consent page (POST).

    `next` is the page to go to afterwards. `site` connects for the whole site, which requires a
    permission. `scopes` (signed) are needed in addition to those in the settings. `environment` is
    one of Zoho's environments.
    """
    parameters = request.POST if request.method == "POST" else request.GET
    site = bool(parameters.get("site"))
    with acting_on_page(request) as actor:
        try:
            if site:
                actor.check_access(Action.CONNECT, Connection())
            connect_request = flow.ConnectRequest(
                owner=None if site else owner_for(request),
                next=flow.validate_next(request, parameters.get("next", "")),
                scopes=flow.read_scopes(parameters.get("scopes", "")),
                environment=_environment(parameters.get("environment", "")),
            )
            if request.method == "POST":
                return redirect(flow.begin(request, connect_request))
            return _connect_page(request, actor, connect_request, parameters.get("scopes", ""))
        except (ZCRMError, NotPermitted) as error:
            return error_page(request, error)


def _environment(name: str) -> Environment | None:
    """Read the environment to connect; a site configured for the sandbox connects only that."""
    if name not in ENVIRONMENTS or get_settings().environment != "production":
        return None
    return name


def _connect_page(
    request: HttpRequest, actor: Actor, connect_request: flow.ConnectRequest, scopes: str
) -> HttpResponse:
    config = get_settings()
    rows: ConnectionQuerySet
    current: Connection | None
    if connect_request.owner is None:
        rows = (
            Connection.objects.site_wide().live().for_client(config.client_id, config.environment)
        )
        current = rows.best_first().first()
    else:
        rows = choice_of(connect_request.owner)
        current = connection_in_use(
            connect_request.owner, environment=connect_request.environment or ""
        )
    if not actor.may(Action.VIEW, connect_request.connection):
        rows, current = rows.none(), None
    news = ConnectionHistory.objects.none()
    if connect_request.owner is not None:
        news = ConnectionHistory.objects.news_for(connect_request.owner.pk, request.user.pk)
    return render(
        request,
        "zcrm/connect.html",
        {
            "connections": rows.best_first(),
            "current": current,
            "site": connect_request.owner is None,
            "tenant": None if connect_request.owner == request.user else connect_request.owner,
            "next": connect_request.next,
            "scopes": scopes,
            "missing_scopes": current.missing_scopes(connect_request.scopes) if current else (),
            "data_center": config.home,
            "environment": connect_request.environment or config.environment,
            "changes_by_others": news,
            "may_connect_site": actor.may(Action.CONNECT, Connection()),
            "may_disconnect": actor.may(Action.DISCONNECT, connect_request.connection),
            "runs_the_site": runs_the_site(request),
        },
    )


@transaction.non_atomic_requests  # commits the consumed state at once
@never_cache
@require_GET
@sensitive_variables()
def callback(request: HttpRequest) -> HttpResponse:
    """Handle Zoho's callback: store the grant and continue, or show the error."""
    next_url = flow.pending_next(request)  # before `complete` consumes the flow
    try:
        result = flow.complete(request)
    except (ZCRMError, NotPermitted) as error:
        return error_page(request, error, next_url=next_url)
    connection = result.connection
    messages.success(
        request,
        _("Zoho CRM is connected: %(name)s.")
        % {"name": connection.organisation_name or connection.zoho_user_email or connection},
        fail_silently=True,
    )
    return redirect(result.next or _connect_url(request, connection))


@never_cache
@csrf_protect
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: HttpRequest) -> HttpResponse:
    """Ask whether to disconnect (GET); revoke the grant and disconnect (POST).

    `connection` is one of the user's connections or, with the permission, one of the site's. `next`
    is the page to go to afterwards.
    """
    parameters = request.POST if request.method == "POST" else request.GET
    next_url = flow.validate_next(request, parameters.get("next", ""))
    with acting_on_page(request) as actor:
        try:
            connection = _to_disconnect(request, actor, parameters.get("connection", ""))
            way_back = next_url or _connect_url(request, connection)
            if request.method != "POST":
                return render(
                    request,
                    "zcrm/disconnect.html",
                    {"connection": connection, "next": next_url, "way_back": way_back},
                )
            end_connection(connection)
        except Connection.DoesNotExist:  # another request deleted it in the meantime
            raise Http404 from None
        except (ZCRMError, NotPermitted) as error:
            return error_page(request, error)
    messages.success(request, _("Zoho CRM is disconnected."), fail_silently=True)
    return redirect(way_back)


def _to_disconnect(request: HttpRequest, actor: Actor, number: str) -> Connection:
    """Return the connection with a primary key, if the user may disconnect it."""
    rows = Connection.objects.live()
    own_or_site = rows.for_owner(owner_of(request.user, request)) | rows.site_wide()
    connection = own_or_site.filter(pk=parse_pk(number)).first()
    if connection is None or not actor.may(Action.DISCONNECT, connection):
        raise Http404
    return connection


def _connect_url(request: HttpRequest, connection: Connection) -> str:
    """Return the connect page that shows a connection, if the user may see it."""
    with acting_on_page(request) as actor:
        site = connection.owner_id is None and actor.may(Action.CONNECT, Connection())
    return reverse("zcrm:connect") + ("?site=1" if site else "")
