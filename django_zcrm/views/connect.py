"""Connect a Zoho account, come back from Zoho, disconnect. Thin: the flow is in `oauth`."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ..conf import get_settings
from ..exceptions import ZCRMError
from ..models import Connection, ConnectionQuerySet
from ..oauth import disconnect as end_grant
from ..oauth import flow
from ..owners import choice_of, connection_in_use, owner_of
from ..zoho.datacenters import ENVIRONMENTS, Environment
from .errors import error_page, runs_the_site
from .visitor import is_staff, owner_for, row_number


@never_cache
@csrf_protect
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest) -> HttpResponse:
    """Show what is connected (GET); go to Zoho's consent page (POST).

    `next` is where to go afterwards; `site` connects for the whole site, which only staff may do;
    `scopes` (signed) are needed in addition to those in the settings; `environment` is one of
    Zoho's.
    """
    asked = request.POST if request.method == "POST" else request.GET
    site = bool(asked.get("site"))
    if site and not is_staff(request):
        raise PermissionDenied
    try:
        wish = flow.Wish(
            owner=None if site else owner_for(request),
            next=flow.safe_next(request, asked.get("next", "")),
            scopes=flow.read_scopes(asked.get("scopes", "")),
            environment=_environment(asked.get("environment", "")),
        )
        if request.method == "POST":
            return redirect(flow.begin(request, wish))
        return _connect_page(request, wish, asked.get("scopes", ""))
    except ZCRMError as error:
        return error_page(request, error)


def _environment(name: str) -> Environment | None:
    """Read the environment to connect; a site that is set to the sandbox connects nothing else."""
    if name not in ENVIRONMENTS or get_settings().environment != "production":
        return None
    return name


def _connect_page(request: HttpRequest, wish: flow.Wish, scopes: str) -> HttpResponse:
    config = get_settings()
    rows: ConnectionQuerySet
    current: Connection | None
    if wish.owner is None:
        rows = Connection.objects.site_wide().live().at(config.client_id, config.environment)
        current = rows.best_first().first()
    else:
        rows = choice_of(wish.owner)
        current = connection_in_use(wish.owner, environment=wish.environment or "")
    return render(
        request,
        "zcrm/connect.html",
        {
            "connections": rows.best_first(),
            "current": current,
            "site": wish.owner is None,
            "tenant": None if wish.owner == request.user else wish.owner,
            "next": wish.next,
            "scopes": scopes,
            "missing_scopes": current.missing_scopes(wish.scopes) if current else (),
            "data_center": config.home,
            "environment": wish.environment or config.environment,
            "may_connect_site": is_staff(request),
            "runs_the_site": runs_the_site(request),
        },
    )


@never_cache
@require_GET
@sensitive_variables()
def callback(request: HttpRequest) -> HttpResponse:
    """Handle Zoho's callback: store the grant and go on, or say what went wrong."""
    next_url = flow.wanted_next(request)  # before the flow is used up
    try:
        done = flow.complete(request)
    except ZCRMError as error:
        return error_page(request, error, next_url=next_url)
    connection = done.connection
    messages.success(
        request,
        _("Zoho CRM is connected: %(name)s.")
        % {"name": connection.organisation_name or connection.zoho_user_email or connection},
        fail_silently=True,
    )
    return redirect(done.next or _connect_url(connection))


@csrf_protect
@login_required
@require_POST
def disconnect(request: HttpRequest) -> HttpResponse:
    """Revoke one of the visitor's own connections or, for staff, one of the site's."""
    rows = Connection.objects.live()
    try:
        own = rows.for_owner(owner_of(request.user, request))
        may = own | rows.site_wide() if is_staff(request) else own
        connection = may.filter(pk=row_number(request.POST.get("connection", ""))).first()
        if connection is None:
            raise Http404
        end_grant(connection)
    except ZCRMError as error:
        return error_page(request, error)
    messages.success(request, _("Zoho CRM is disconnected."), fail_silently=True)
    next_url = flow.safe_next(request, request.POST.get("next", ""))
    return redirect(next_url or _connect_url(connection))


def _connect_url(connection: Connection) -> str:
    return reverse("zcrm:connect") + ("?site=1" if connection.owner_id is None else "")
