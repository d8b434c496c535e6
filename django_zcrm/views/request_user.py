"""Who makes a request, and on whose behalf."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..oauth.errors import ConnectError
from ..owners import acting, owner_of
from ..policy import Actor, Source


def acting_on_page(request: HttpRequest) -> AbstractContextManager[Actor]:
    """Do what is in the block on behalf of the user of a page; yields what they may do."""
    return acting(request.user, request, source=Source.PAGE)


def owner_for(request: HttpRequest) -> Model:
    """Return the owner whose connections the user manages. Raises ConnectError if there is none."""
    owner = owner_of(request.user, request)
    if owner is None:
        raise ConnectError(
            _("There is nobody here on whose behalf you could connect a Zoho account."),
            status=403,
            code="no_owner",
        )
    return owner


def parse_pk(text: str) -> int:
    """Parse a primary key; 0, which no row has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
