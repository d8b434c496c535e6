"""What tests of the history do and read."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from django_zcrm.models import Connection, ConnectionHistory
from django_zcrm.oauth import connect_with_grant_token
from django_zcrm.oauth.grants import ConnectionTarget
from tests.app.zoho import Zoho

OPERATION = "/admin/zcrm/connection/operation/"
LIST = "/admin/zcrm/connectionhistory/"


def own(zoho: Zoho, user: User, **more: Any) -> Connection:
    return connect_with_grant_token(zoho.grant_code(**more), ConnectionTarget(owner=user))


def list_entries() -> list[tuple[str, str, str, str]]:
    """What happened, to which owner's connection, by whom and where, the oldest first."""
    return [
        (event.change, event.owner_key, event.user_name, event.source)
        for event in ConnectionHistory.objects.order_by("pk")
    ]
