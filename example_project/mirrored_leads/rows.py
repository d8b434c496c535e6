"""Whose rows a request is about: those of the connection that the user's calls go through."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from django_zcrm import zcrm
from django_zcrm.mirror import Mirror
from django_zcrm.mirror.models import MirroredRowQuerySet

from .models import Lead

Leads = MirroredRowQuerySet[Any]


def leads_of(request: HttpRequest) -> Leads:
    """Return the leads that are in Zoho, or on their way there, without a request to Zoho."""
    return Lead.objects.for_user(request.user).live()


def mirror_of(request: HttpRequest) -> Mirror:
    """Return the mirror that fills them.

    Raises NotConnected, which ZCRMErrorMiddleware answers with the page that connects.
    """
    return zcrm.mirror(Lead, zcrm.for_request(request).connection)


def values_in_use(leads: Leads, column: str) -> list[str]:
    """Return the values of a column, each once: pick lists without asking Zoho."""
    values = leads.exclude(**{column: ""}).order_by(column).values_list(column, flat=True)
    return list(values.distinct())
