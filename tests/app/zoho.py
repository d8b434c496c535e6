"""The emulator in the app's tests: the shipped one, and connections to it."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection as database
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.models import Connection
from django_zcrm.testing import SiteEmulator

Zoho = SiteEmulator


def connect(zoho: SiteEmulator, identifier: str = "sales@example.com", **more: Any) -> Connection:
    """Connect the site to the emulator; `more` are the arguments of its `grant_code`."""
    return zcrm.generate_auth_tokens(identifier, zoho.grant_code(**more))


def expire(connection: Connection) -> None:
    """Mark the access token in the row as expired."""
    Connection.objects.filter(pk=connection.pk).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )


def refreshes(zoho: SiteEmulator) -> int:
    """Return how often a new access token was requested."""
    form = {"grant_type": "refresh_token"}
    return len(zoho.requests_to("POST", "/oauth/v2/token", form=form))


def org(crm: Any) -> Any:
    """Return the organisation of a client's connection, as Zoho shows it."""
    return crm.request("GET", "/crm/{version}/org")["org"][0]


def owned_by(user: User, row: Connection) -> Connection:
    """Make a user the owner of a connection."""
    row.owner = user
    row.save()
    return row


def process_environment(zoho: SiteEmulator) -> dict[str, str]:
    """Return the environment of another process of this site; its emulator is on a port."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.app.process_settings",
        "ZCRM_TEST_DATABASE": str(database.settings_dict["NAME"]),
        "ZCRM_TEST_URL": zoho.url,
    }
