"""An organisation with its users, roles, profiles, modules and records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .bulk import Bulk
from .catalogue import Catalogue
from .channels import Channel, RecordChange
from .clock import Clock
from .ids import FIRST_PREFIX, OrganisationIds
from .settings import Settings
from .store import RecordStore


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
        """The user in the form of Created_By and Modified_By."""
        return {"name": self.full_name, "id": self.id}

    @property
    def owner(self) -> dict[str, str]:
        """The user in the form of Owner."""
        return {"name": self.full_name, "id": self.id, "email": self.email}


@dataclass
class Organisation:
    """One CRM organisation in one environment.

    ``metadata`` (modules, fields, layouts) and ``records`` (rows, attachments) are filled by
    ``seed.fill``. All organisations share the clock and the serial numbers of ids, to which each
    puts its own ``id_prefix``. ``info`` are the other values of the org API. ``coql_quotes`` is the
    escape of quotes in COQL texts, and ``coql_refused`` are documented features that COQL refuses.
    With ``strict_picklists``, values outside a picklist are refused. ``search_lag`` and ``row_lag``
    are the seconds after which searches find a change and lists show a new record.
    """

    id: str
    name: str
    clock: Clock
    ids: OrganisationIds
    environment: str = "production"
    edition: str = "Enterprise"
    data_center: str = "us"
    id_prefix: int = FIRST_PREFIX
    coql_quotes: str = "both"
    coql_refused: tuple[str, ...] = ()
    strict_picklists: bool = False
    search_lag: float = 0.0
    row_lag: float = 0.0
    info: dict[str, Any] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata: Catalogue = field(init=False, repr=False)
    records: RecordStore = field(init=False, repr=False)
    bulk: Bulk[Any] = field(init=False, repr=False)
    files: dict[str, Any] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    changes: list[RecordChange] = field(default_factory=list)
    webhook_calls: list[dict[str, Any]] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings, repr=False)

    @property
    def time_zone(self) -> str:
        """The name of the organisation's time zone, UTC if it has none."""
        return self.info.get("time_zone") or "UTC"

    def user_by_email(self, email: str) -> User | None:
        """The user with this address, ignoring case; never a deleted one."""
        email = email.lower()
        return next(
            (
                user
                for user in self.users.values()
                if user.email.lower() == email and user.status != "deleted"
            ),
            None,
        )


def add_user(
    org: Organisation,
    email: str,
    first_name: str = "",
    last_name: str = "",
    *,
    role: str = "CEO",
    profile: str = "Administrator",
) -> User:
    """A new user; without a name it is derived from the address."""
    if not last_name:
        first_name, _, last_name = email.partition("@")[0].title().rpartition(".")
    user = User(
        org.ids.next(),
        str(700_000_000 + len(org.users) + 1),
        first_name,
        last_name,
        email,
        _id_of(org.roles, role),
        _id_of(org.profiles, profile),
        details={"created_time": org.clock.now(), "reporting_to": _superior(org, role)},
    )
    org.users[user.id] = user
    return user


def _id_of(things: dict[str, dict[str, Any]], name: str) -> str:
    """The id of the role or profile with this name; of the first one if it was renamed."""
    ids = (key for key, thing in things.items() if thing["name"] == name)
    return next(ids, next(iter(things)))


def _superior(org: Organisation, role: str) -> str | None:
    """The id of the first user with the next higher role, if there is one."""
    above = org.roles[_id_of(org.roles, role)]["reporting_to"]
    if above is None:
        return None
    return next((user.id for user in org.users.values() if user.role_id == above["id"]), None)
