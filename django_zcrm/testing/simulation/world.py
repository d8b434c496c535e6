"""The simulated world: a site with its database and processes, Zoho, and the network between."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache, partial
from os import PathLike, fspath
from typing import Any
from unittest.mock import patch

from django.db import DatabaseError, router
from django.db.models import CharField, Model, TextField
from django.test.utils import override_settings

from django_zcrm.clients import client as clients
from django_zcrm.clients import default
from django_zcrm.emulator import Emulator
from django_zcrm.emulator.core.callbacks import Callbacks
from django_zcrm.emulator.core.hooks import Callback, PostedCallback
from django_zcrm.emulator.engine.deleting import restore
from django_zcrm.exceptions import ConfigurationError
from django_zcrm.limits import registry
from django_zcrm.mirror import leases, options
from django_zcrm.mirror.models import MirrorModel, MirrorState
from django_zcrm.models import Connection
from django_zcrm.oauth.grants import ConnectionTarget, connect_with_grant_token
from django_zcrm.owners import owner_class
from django_zcrm.tokens import lease as token_lease
from django_zcrm.tokens import source

from ..site import SiteEmulator
from ..standalone import ALL_SCOPES
from .clock import EmulatorClock, simulated_sources
from .database import SimulatedDatabase
from .network import Network
from .scheduler import Process, Scheduler, Task

START = 1_800_000_000.0
"""When each history begins, in seconds since the epoch: in January 2027."""

URL = "http://zcrm-emulator.localhost"
NOTIFY_URL = "http://testserver/zcrm/notify/"

SETTINGS: dict[str, Any] = {
    "USER_IDENTIFIER": "first",
    "LIMITS": None,
    "TRACK_USAGE": False,
    "TIMEOUT": (5, 30),
    "MIRROR": {"NOTIFY_URL": NOTIFY_URL},
}


class WaitingCallbacks(Callbacks):
    """Keeps what Zoho posts until a step of the history delivers it."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self.waiting: list[PostedCallback] = []
        self._scheduler = scheduler
        self._tasks: list[tuple[float, Callable[[], object]]] = []

    def post(self, callback: Callback, *, after: float = 0.0) -> None:
        """Keep a callback."""
        self.waiting.append(PostedCallback(callback.url, callback.body))

    def run(self, task: Callable[[], object], *, after: float = 0.0) -> None:
        """Run a task when its time has come."""
        self._tasks.append((self._scheduler.now + after, task))

    def run_due(self) -> None:
        """Run the tasks whose time has come."""
        now = self._scheduler.now
        due_tasks = [task for moment, task in self._tasks if moment <= now]
        self._tasks = [pair for pair in self._tasks if pair[0] > now]
        for task in due_tasks:
            task()

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self.waiting, self._tasks = [], []


def _new_metadata_cache() -> Any:
    return lru_cache(maxsize=512)(clients._metadata.__wrapped__)


PROCESS_GLOBALS: tuple[tuple[Any, str, Callable[[], Any]], ...] = (
    (clients, "_metadata", _new_metadata_cache),
    (default, "_cached_client", dict),
    (registry, "_limiters", dict),
    (registry, "_credit_counters", dict),
    (source, "_saves", type(source._saves)),
)
"""The globals that a process changes, by module and name, with what makes their first value."""


class World:
    """Everything that a history happens in. `reset` starts over.

    `models` are the mirrored models of the simulated site; `org` numbers are the positions of
    `organisations`: the connection with the same number belongs to it. With `has_site`, the first
    connection is the site's; all others have owners. `metadata` is a path for the emulator.
    """

    def __init__(
        self,
        models: Sequence[type[MirrorModel]],
        connections: int = 1,
        *,
        metadata: str | PathLike[str] | None = None,
        has_site: bool = True,
    ) -> None:
        self.models = list(models)
        self.scheduler = Scheduler(START)
        self.emulator = Emulator(
            data="empty",
            seed=1,
            clock=EmulatorClock(self.scheduler),
            location="us",
            metadata=None if metadata is None else fspath(metadata),
        )
        self.callbacks = WaitingCallbacks(self.scheduler)
        self.emulator.zoho.callbacks = self.callbacks
        self.zoho = SiteEmulator(self.emulator, URL)
        self.database = SimulatedDatabase(
            self.scheduler, router.db_for_write(MirrorState), self.models
        )
        self.network = Network(self.emulator, self.scheduler)
        self.count, self.has_site = connections, has_site
        self.seed: Callable[[object], None] = lambda value: None
        self.connections: list[Connection] = []
        self.processes: list[Process] = []
        self._admin_tokens: dict[int, str] = {}
        self._beginnings: dict[Hashable, tuple[float, list[Any]]] = {}
        self.scheduler.switches = self._switch
        self.scheduler.on_time = self.callbacks.run_due

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Replace the clock, the database, the network and the threads of this process."""
        zcrm = {**self.zoho.settings(), **SETTINGS}
        logger = logging.getLogger("django_zcrm")
        disabled = logging.root.manager.disable
        with ExitStack() as stack:
            self.seed = stack.enter_context(simulated_sources(self.scheduler))
            stack.enter_context(override_settings(ZCRM=zcrm, USE_TZ=True))
            stack.enter_context(self.database.installed())
            stack.enter_context(self.network.installed())
            for owner, name, value in (
                (leases.WorkLease, "keep_renewed", self._keep_renewed()),
                (token_lease.TokenLease, "hold_during", lambda lease, work: work()),
                (options, "mirror_models", lambda: iter(self.models)),
                *((owner, name, make()) for owner, name, make in PROCESS_GLOBALS),
            ):
                stack.enter_context(patch.object(owner, name, value))
            stack.callback(logging.disable, disabled)
            stack.callback(setattr, logger, "disabled", logger.disabled)
            logging.disable(logging.CRITICAL)
            self._prepare()
            yield

    def _prepare(self) -> None:
        """Connect, and store the beginnings of all histories, by their number of connections."""
        models, self.models[:] = list(self.models), []  # histories differ in their mirrors
        self._reset_zoho()
        for number, code in enumerate(self._codes()):
            # An owner has one mirrored connection.
            name = NAMES[number]
            owner = None if self.has_site and not number else create_owner(owner_class(), name)
            connect_with_grant_token(code, ConnectionTarget(owner=owner, identifier=name))
        Connection.objects.order_by("pk").first().make_default()  # type: ignore[union-attr]
        for count in range(self.count, 0, -1):
            Connection.objects.filter(pk__gt=count).delete()
            self.database.save_template(count)
        self.models[:] = models

    def _reset_zoho(self) -> None:
        self.scheduler.now = START
        self.seed("world")
        self.scheduler.random.seed("world")
        self.emulator.reset()
        for number in range(1, self.count):
            self.zoho.add_organisation(NAMES[number])

    def _codes(self) -> list[str]:
        grants = self.emulator.zoho.grants
        codes = []
        for org in self.organisations:
            zoho = SiteEmulator(self.emulator, URL, org_id=org.id)
            consent = zoho._consent(ALL_SCOPES, None)
            codes.append(grants.grant_code(consent, redirect_uri=None, offline=True).code)
        return codes

    @property
    def organisations(self) -> list[Any]:
        """Zoho's organisations; at first a connection belongs to that of the same position."""
        return list(self.emulator.zoho.organisations.values())

    def seen_from(self, org: int) -> SiteEmulator:
        """Return the emulator as seen from an organisation."""
        return SiteEmulator(self.emulator, URL, org_id=self.organisations[org].id)

    def export_in_parts(self, rows: int) -> None:
        """Let each file of an export have so many rows."""
        for organisation in self.organisations:
            organisation.bulk.rows = rows

    def hide(self, org: int, *records: str) -> None:
        """Hide these records from the connection's user, and no others any more."""
        self.seen_from(org).hide(*records)

    def revoke(self, position: int) -> None:
        """Withdraw the consent of a connection's user."""
        organisation = Connection.objects.get(pk=self.connections[position].pk).organisation_id
        grants = self.emulator.zoho.grants
        for token, refresh in list(grants.refresh_tokens.items()):
            if refresh.consent.org_id == organisation:
                grants.revoke(token)

    def connect(self, connection: Connection, org: int) -> None:
        """Connect again, perhaps to another organisation."""
        zoho = self.seen_from(org)
        row = Connection.objects.get(pk=connection.pk)
        target = ConnectionTarget(owner=row.owner, identifier=row.user_identifier, single=True)
        connect_with_grant_token(zoho.grant_code(ALL_SCOPES), target)

    def admin_token(self, org: int) -> str:
        """Return an access token of another client, for changes in Zoho."""
        grants, now = self.emulator.zoho.grants, self.scheduler.now
        token = self._admin_tokens.get(org, "")
        access = grants.access_tokens.get(token)
        if access is None or access.expires_at < now + 60:
            token = self._admin_tokens[org] = self.seen_from(org).access_token()
        return token

    def restore_record(self, org: int, module: str, record_id: str) -> None:
        """Restore a record from the recycle bin."""
        organisation = self.organisations[org]
        entry = organisation.records.table(module).deleted.get(record_id)
        if entry is not None:
            restore(organisation, [entry])

    def reset(self, seed: object, connections: int = 1) -> None:
        """Start a history: the site is connected, and has fetched nothing.

        `connections` is the number of organisations; the site has no connection to others.
        """
        self._reset_zoho()
        grants = self.emulator.zoho.grants
        for code in self._codes()[:connections]:  # the same tokens as those in the database
            grants.exchange(grants.client(self.zoho.client_id), code, "")
        self.database.restore(connections)
        for owner, name, make in PROCESS_GLOBALS:
            setattr(owner, name, make())
        self.scheduler.home = Process("site")
        self.seed(seed)
        self.network.refused.clear()
        self.network.performed.clear()
        self.connections = list(Connection.objects.order_by("pk"))
        self.processes.clear()
        self._admin_tokens = {}

    def begin(self, key: Hashable, work: Callable[[], object]) -> None:
        """Let the site do its first work, which is the same in all histories with a key.

        After the first of these histories, Zoho gets the requests of the site again, and the
        database the content that it had then.
        """
        network = self.network
        if key in self._beginnings:
            end, performed = self._beginnings[key]
            process = self.new_process("runner")
            self.scheduler.run([Task(process, partial(network.repeat, performed))])
            self.database.restore(key)
            self.scheduler.move_to(end)
        else:
            work()
            self._beginnings[key] = self.scheduler.now, list(network.performed)
            self.database.save_template(key)

    def new_process(self, name: str, skew: float = 0.0) -> Process:
        """Return a process that has just started."""
        first = {(owner.__name__, name): make() for owner, name, make in PROCESS_GLOBALS}
        process = Process(name, skew, first)
        self.processes.append(process)
        return process

    def _switch(self, old: Process, new: Process) -> None:
        if old is new:
            return
        for owner, name, _ in PROCESS_GLOBALS:
            old.globals[owner.__name__, name] = getattr(owner, name)
            setattr(owner, name, new.globals[owner.__name__, name])

    def _keep_renewed(self) -> Any:
        scheduler = self.scheduler

        @contextmanager
        def keep_renewed(lease: Any) -> Iterator[None]:
            """Renew the lease while its worker waits, as the thread of the real method does."""
            task = scheduler.current
            if task is None:
                yield
                return

            def beat() -> bool:
                try:
                    with scheduler.uninterrupted():
                        lease.fence()
                except leases.LeaseLost:
                    return False
                except DatabaseError:
                    return True
                return True

            task.beat, task.beat_seconds = beat, leases.BEAT_SECONDS
            try:
                yield
            finally:
                task.beat = None

        return keep_renewed


NAMES = ("first", "second")
"""The identifiers of the connections."""


def create_owner(model: type[Model], name: str) -> Model:
    """Create the owner of a connection, with the name in all texts that must not be empty.

    Raises ConfigurationError.
    """
    values = {
        field.name: name[: field.max_length]
        for field in model._meta.concrete_fields
        if isinstance(field, CharField | TextField)
        if not (field.blank or field.null or field.has_default() or field.choices)
    }
    try:
        owner: Model = model._base_manager.create(**values)
    except Exception as error:
        raise ConfigurationError(
            f"The simulation cannot create a {model._meta.label}, which owns connections: "
            f"{type(error).__name__}: {error}. Give its fields default values, except for texts."
        ) from error
    return owner
