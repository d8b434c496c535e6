"""Template tags: the user's connection, its state in words, and a button to connect.

{% load zcrm %}
{% zcrm_connection as connection %}
{% zcrm_state %}
{% zcrm_connect_button %}
"""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.template import Context
from django.utils.translation import gettext as _

from ..models import Connection
from ..owners import connection_in_use, owner_of

register = template.Library()


@register.simple_tag(takes_context=True)
def zcrm_connection(context: Context) -> Connection | None:
    """Return the connection that the user's calls go through, usable or not; or None."""
    return _connection(context)


@register.simple_tag(takes_context=True)
def zcrm_state(context: Context) -> str:
    """Say in words whether the user's Zoho account is connected."""
    connection = _connection(context)
    return str(connection.get_state_display()) if connection else _("not connected")


@register.inclusion_tag("zcrm/connect_button.html", takes_context=True)
def zcrm_connect_button(context: Context, text: str = "", next: str = "") -> dict[str, Any]:
    """Show a button to Zoho's consent page, which returns here or to `next`."""
    request = _request(context)
    is_connected = _connection(context) is not None
    return {
        "csrf_token": context.get("csrf_token"),
        "text": text or (_("Connect Zoho CRM again") if is_connected else _("Connect Zoho CRM")),
        "next": next or _return_path(request),
    }


def _return_path(request: HttpRequest) -> str:
    """Return the page to return to; not one of our own, as the callback's URL has a grant code."""
    match = request.resolver_match
    return "" if match and match.app_name == "zcrm" else request.get_full_path()


def _request(context: Context) -> HttpRequest:
    request: HttpRequest = context["request"]
    return request


def _connection(context: Context) -> Connection | None:
    """Look up the connection once per page, for any number of tags."""
    cache = context.render_context
    if "zcrm_connection" not in cache:
        request = _request(context)
        cache["zcrm_connection"] = connection_in_use(owner_of(request.user, request))
    connection: Connection | None = cache["zcrm_connection"]
    return connection
