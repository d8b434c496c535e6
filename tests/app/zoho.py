"""The emulator in the app's tests: the shipped one, and connections to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator

Zoho = SiteEmulator


def connect(zoho: SiteEmulator, identifier: str = "sales@example.com", **more: Any) -> Connection:
    """Connect the site to the emulator; `more` are the arguments of its `grant_code`."""
    return zcrm.generate_auth_tokens(identifier, zoho.grant_code(**more))


def expire(connection: Connection) -> None:
    """Make the row say that the access token has expired."""
    Connection.objects.filter(pk=connection.pk).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )


def refreshes(zoho: SiteEmulator) -> int:
    """Return how often a new access token was requested."""
    form = {"grant_type": "refresh_token"}
    return len(zoho.requests_to("POST", "/oauth/v2/token", form=form))
