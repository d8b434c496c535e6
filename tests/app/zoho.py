"""The emulator as tests of the app see it: received requests, grants and faults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
from django.utils import timezone

from django_zcrm import zcrm
from django_zcrm.emulator import Emulator
from django_zcrm.models import Connection

SCOPES = (
    "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.users.READ,ZohoCRM.org.READ,"
    "AaaServer.profile.READ"
)


@dataclass(frozen=True)
class Zoho:
    """A served emulator."""

    emulator: Emulator
    url: str

    @property
    def urls(self) -> dict[str, str]:
        """The settings that point at it."""
        return {"ACCOUNTS_URL": self.url, "API_URL": self.url, "UPLOAD_URL": self.url}

    def post(self, path: str, body: Any) -> Any:
        reply = requests.post(self.url + path, json=body, timeout=5)
        reply.raise_for_status()
        return reply.json()

    def grant_code(self, scope: str = SCOPES, **more: Any) -> str:
        """A self client's grant token."""
        code: str = self.post("/emulator/grant-codes", {"scope": scope, **more})["code"]
        return code

    def fault(self, **fault: Any) -> None:
        """Make something go wrong (see Fault)."""
        self.post("/emulator/faults", fault)

    def received(self, path: str = "*", **more: str) -> list[dict[str, Any]]:
        """The requests so far, oldest first; `*` in a path matches anything."""
        reply = requests.get(
            self.url + "/emulator/requests", params={"path": path, **more}, timeout=5
        )
        found: list[dict[str, Any]] = reply.json()["requests"]
        return found

    def refreshes(self) -> int:
        """How often a new access token was requested."""
        calls = self.received("/oauth/v2/token")
        return sum(call["form"]["grant_type"] == "refresh_token" for call in calls)


def connect(zoho: Zoho, identifier: str = "sales@example.com", **more: Any) -> Connection:
    """Connect an account of the emulator."""
    return zcrm.generate_auth_tokens(identifier, zoho.grant_code(**more))


def expire(connection: Connection) -> None:
    """Make the row say that the access token has expired."""
    Connection.objects.filter(pk=connection.pk).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )
