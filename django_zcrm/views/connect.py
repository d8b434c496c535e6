"""Connect a Zoho account, come back from Zoho, disconnect. Thin: the flow is in `oauth`."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
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
from .errors import error_page


@never_cache
@csrf_protect
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: HttpRequest) -> HttpResponse:
    """Show what is connected (GET); go to Zoho's consent page (POST).

    `next` is where to go afterwards; `site` connects for the whole site, which is for staff.
    """
    asked = request.POST if request.method == "POST" else request.GET
    site = bool(asked.get("site"))
    if site and not _is_staff(request):
        raise PermissionDenied
    next_url = _safe(request, asked.get("next", ""))
    try:
        if request.method == "POST":
            return redirect(flow.begin(request, site=site, next_url=next_url))
        return _connect_page(request, site=site, next_url=next_url)
    except ZCRMError as error:
        return error_page(request, error)


def _connect_page(request: HttpRequest, *, site: bool, next_url: str) -> HttpResponse:
    config = get_settings()
    rows = Connection.objects.site_wide() if site else Connection.objects.for_user(request.user)
    return render(
        request,
        "zcrm/connect.html",
        {
            "connections": rows.live().at(config.client_id, config.environment).best_first(),
            "site": site,
            "next": next_url,
            "data_center": config.home,
            "environment": config.environment,
            "may_connect_site": _is_staff(request),
        },
    )


@never_cache
@require_GET
@sensitive_variables()
def callback(request: HttpRequest) -> HttpResponse:
    """Take Zoho's answer: store the grant and go on, or say what went wrong."""
    try:
        done = flow.complete(request)
    except ZCRMError as error:
        return error_page(request, error)
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
    """Revoke a connection of one's own, or as staff one of the site's."""
    connection = (
        _may_disconnect(request).filter(pk=_number(request.POST.get("connection", ""))).first()
    )
    if connection is None:
        raise Http404
    try:
        end_grant(connection)
    except ZCRMError as error:
        return error_page(request, error)
    messages.success(request, _("Zoho CRM is disconnected."), fail_silently=True)
    return redirect(_safe(request, request.POST.get("next", "")) or _connect_url(connection))


def _may_disconnect(request: HttpRequest) -> ConnectionQuerySet:
    owned = Q(owner=request.user.pk)
    return Connection.objects.live().filter(owned | Q(owner=None) if _is_staff(request) else owned)


def _number(text: str) -> int:
    """Read a primary key; 0, which no row has, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _connect_url(connection: Connection) -> str:
    return reverse("zcrm:connect") + ("?site=1" if connection.owner_id is None else "")


def _is_staff(request: HttpRequest) -> bool:
    return request.user.is_active and bool(getattr(request.user, "is_staff", False))


def _safe(request: HttpRequest, url: str) -> str:
    """Return a URL to go on to when it stays on this site; an empty text otherwise."""
    allowed = url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if allowed else ""
