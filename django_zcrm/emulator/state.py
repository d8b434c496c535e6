"""What the emulator holds: organisations with their users, and who was granted what.

Knows neither HTTP nor routes; organisations and books can be pickled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django_zcrm.emulator.accounts.books import CLIENT_ID, CLIENT_SECRET, Books, OAuthClient
from django_zcrm.emulator.callbacks import Callbacks
from django_zcrm.emulator.clock import Clock
from django_zcrm.emulator.faults import Faults
from django_zcrm.emulator.ids import FIRST_PREFIX, Ids, OrganisationIds
from django_zcrm.emulator.limits import Limits
from django_zcrm.emulator.options import Options
from django_zcrm.emulator.received import RequestLog
from django_zcrm.emulator.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_zcrm.emulator.bulk.jobs import Bulk
    from django_zcrm.emulator.metadata.catalogue import Catalogue
    from django_zcrm.emulator.notifications.changes import Change
    from django_zcrm.emulator.notifications.channels import Channel
    from django_zcrm.emulator.records.store import Store


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
        """The user as Created_By and Modified_By show it."""
        return {"name": self.full_name, "id": self.id}

    @property
    def owner(self) -> dict[str, str]:
        """The user as Owner shows it."""
        return {"name": self.full_name, "id": self.id, "email": self.email}


@dataclass
class Organisation:
    """One CRM organisation in one environment.

    ``metadata`` (modules, fields, layouts) and ``records`` (rows, attachments) are filled by
    ``seed.fill``; the clock is the World's, and so are the serial numbers of ids, to which each
    organisation puts its own ``id_prefix``. ``info`` is what else the org API shows.
    """

    id: str
    name: str
    clock: Clock
    ids: OrganisationIds
    environment: str = "production"
    edition: str = "Enterprise"
    data_center: str = "us"
    id_prefix: int = FIRST_PREFIX
    info: dict[str, Any] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    profiles: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata: Catalogue = field(init=False, repr=False)
    records: Store = field(init=False, repr=False)
    bulk: Bulk = field(init=False, repr=False)
    files: dict[str, Any] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    settings: Settings = field(default_factory=Settings, repr=False)

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


class World:
    """Everything there is: organisations, the accounts server's books, faults, the request log.

    ``reset`` restores the initial state; handlers of open routes get the World itself.
    """

    organisations: dict[str, Organisation]
    books: Books
    faults: Faults
    limits: Limits

    def __init__(
        self, options: Options, clock: Clock, ids: Ids, fill: Callable[[World], None]
    ) -> None:
        self.options = options
        self.clock = clock
        self.ids = ids
        self.log = RequestLog()
        self.callbacks = Callbacks(anywhere=options.callbacks_anywhere)
        self._fill = fill
        self.reset()

    def reset(self) -> None:
        """Start over: fresh organisations, no tokens, faults or log, the clock at the real time."""
        options = self.options
        self.clock.reset()
        self.ids.reset()
        self.log.clear()
        self.callbacks.clear()
        self.faults = Faults()
        self.limits = Limits(options, self.clock)
        self.books = Books(
            self.clock,
            self.ids,
            throttle_codes=options.throttle_codes,
            throttle_refreshes=options.throttle_refreshes,
        )
        self.books.clients[CLIENT_ID] = OAuthClient(
            CLIENT_ID,
            CLIENT_SECRET,
            "Emulator client",
            options.redirect_uris,
            {code: f"{CLIENT_SECRET}-{code}" for code in options.codes[1:]}
            if options.secret_by_data_center
            else {},
        )
        self.organisations = {}
        self._fill(self)

    @property
    def organisation(self) -> Organisation:
        """The first organisation, the default everywhere."""
        return next(iter(self.organisations.values()))
