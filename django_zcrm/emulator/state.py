"""What the emulator holds: organisations with their people, and who was granted what.

Knows neither HTTP nor routes; everything here can be pickled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django_zcrm.emulator.clock import Clock
from django_zcrm.emulator.ids import Ids


@dataclass
class User:
    """A user of one organisation; ``zuid`` is the Zoho account behind it."""

    id: str
    zuid: str
    first_name: str
    last_name: str
    email: str
    role_id: str
    profile_id: str
    time_zone: str = "Europe/Berlin"
    status: str = "active"
    confirmed: bool = True
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def reference(self) -> dict[str, str]:
        """As Created_By and Modified_By show it."""
        return {"name": self.full_name, "id": self.id}

    @property
    def owner(self) -> dict[str, str]:
        """As Owner shows it."""
        return {"name": self.full_name, "id": self.id, "email": self.email}


@dataclass
class AccessToken:
    """A live access token: whose it is, for which organisation, and until when (epoch)."""

    token: str
    scopes: tuple[str, ...]
    email: str
    org_id: str
    expires_at: float


@dataclass
class Organisation:
    """One CRM organisation in one environment.

    ``metadata`` (modules, fields, layouts) and ``records`` (rows, attachments) are made by
    ``seed.fill``; clock and ids are the World's.
    """

    id: str
    name: str
    clock: Clock
    ids: Ids
    environment: str = "production"
    edition: str = "Enterprise"
    info: dict[str, Any] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata: Any = None
    records: Any = None
    files: dict[str, Any] = field(default_factory=dict)

    def user_by_email(self, email: str) -> User | None:
        return next((user for user in self.users.values() if user.email == email), None)


@dataclass
class World:
    """Everything: the organisations, the accounts server's books, faults, the request log."""

    clock: Clock
    ids: Ids
    organisations: dict[str, Organisation] = field(default_factory=dict)
