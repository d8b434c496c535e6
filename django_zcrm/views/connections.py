"""Pages that list an owner's connections and choose the one in use."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from ..access import NotPermitted
from ..conf import get_settings
from ..exceptions import ZCRMError
from ..models import Connection, ConnectionHistory
from ..oauth import flow
from ..owners import choice_of, connection_in_use
from ..zoho.http.datacenters import ENVIRONMENTS
from .errors import error_page
from .request_user import acting_on_page, owner_for, parse_pk


@never_cache
@csrf_protect
@login_required
@require_safe
def connections(request: HttpRequest) -> HttpResponse:
    """List the connections that the user may choose, and offer to connect another account."""
    try:
        owner = owner_for(request)
        choice, in_use = choice_of(owner), connection_in_use(owner)
        environment = get_settings().environment
        news = ConnectionHistory.objects.news_for(owner.pk, request.user.pk)
    except ZCRMError as error:
        return error_page(request, error)
    return render(
        request,
        "zcrm/connections.html",
        {
            "connections": choice,
            "in_use": in_use,
            "changes_by_others": news,
            "next": flow.validate_next(request, request.GET.get("next", "")),
            "environment": environment,
            "environments": ENVIRONMENTS if environment == "production" else (),
        },
    )


@csrf_protect
@login_required
@require_POST
def use_connection(request: HttpRequest) -> HttpResponse:
    """Use this connection for all further calls."""
    with acting_on_page(request):
        try:
            choice = choice_of(owner_for(request)).usable()
            connection = choice.filter(pk=parse_pk(request.POST.get("connection", ""))).first()
            if connection is None:
                raise Http404
            connection.make_default()
        except Connection.DoesNotExist:  # another request deleted it in the meantime
            raise Http404 from None
        except (ZCRMError, NotPermitted) as error:
            return error_page(request, error)
    messages.success(
        request, _("In use from now on: %(name)s.") % {"name": connection}, fail_silently=True
    )
    return redirect(flow.validate_next(request, request.POST.get("next", "")) or "zcrm:connections")
