"""The user of a request, and the owner that the user acts for."""

from __future__ import annotations

from contextlib import AbstractContextManager

from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ..access import Actor, Source
from ..oauth.errors import ConnectError
from ..owners import acting, owner_class, owner_of


def acting_on_page(request: HttpRequest) -> AbstractContextManager[Actor]:
    """Run the block on behalf of the user of a page; yield the actor."""
    return acting(request.user, request, source=Source.PAGE)


def owner_for(request: HttpRequest) -> Model:
    """Return the owner whose connections the user manages. Raises ConnectError if there is none."""
    owner = owner_of(request.user, request)
    if owner is None:
        raise ConnectError(
            _(
                "You are logged in as %(user)s, who belongs to no %(owner)s. Zoho accounts are "
                "connected for one: ask an administrator of this site to add you."
            )
            % {"user": request.user, "owner": owner_class()._meta.verbose_name},
            status=403,
            code="no_owner",
        )
    return owner


def parse_pk(text: str) -> int:
    """Parse a primary key; 0, which no row has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
