"""The unit of work of a worker: a mirror with its lease, its client and its state."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import Any, TypeVar, cast

from django.db import Error as DatabaseError
from django.db import router, transaction
from django.db.models import Case, F, Field, Q, When

from ..clients import client_for
from ..models import Connection
from ..zoho.calls.metadata import MetadataCache
from ..zoho.client import Client
from .leased_rows import has_changes, has_notices, polling_of_others, read_leased
from .leases import KEEP_URGENT, SAME_REQUESTS, LeaseLost, WorkLease
from .locking import fail_on_locked_rows, is_lock_conflict
from .models import MirrorState, OutboxItem, OutboxQuerySet
from .models.outbox import fetch_changes
from .planning.fields import OrganisationFields
from .planning.intervals import Polling
from .statements import Parameter, Select
from .targets import MirrorTarget, target_of
from .tenants import match_organisation

T = TypeVar("T")

REQUESTED = ("due", "deletions_due")
"""The columns that a request for a sync sets."""

METADATA_SECONDS = 86_400.0
"""Seconds after which the metadata of a module is read again."""

SAME_DUE = SAME_REQUESTS & Q(due=Parameter("due"))
"""The condition that nobody has requested a sync."""

SAME_URGENT = Q(urgent_at=None) | Q(urgent_at=Parameter("urgent_at"))
"""The condition that no work has become urgent."""

WAITS = (0.05, 0.1, 0.2, 0.4)
"""Seconds between attempts to write rows that others have locked; the last attempt waits."""


@dataclass
class LeasedMirror:
    """A mirror whose lease is held; `state` is its row as it was read.

    `noted_columns` of the state are written with the next commit, or with the release.
    `ends_at` is when its worker should leave the rest of the work, on the monotonic clock.
    `others` are the polls of the connection's other mirrors, and `credits` those that its own poll
    used. `has_changes` is whether the outbox had changes to send when the lease was taken, and
    `has_notices` whether there were notices: later ones request work themselves. `has_news` is
    whether changes were sent, or found by a poll. `fields` are those of the organisation; see
    `declared_fields`.
    """

    state: MirrorState
    lease: WorkLease
    target: MirrorTarget
    crm: Client
    others: Polling
    noted_columns: dict[str, Any] = field(default_factory=dict)
    ends_at: float = inf
    credits: int = 0
    has_changes: bool = False
    has_notices: bool = False
    has_news: bool = False
    fields: OrganisationFields | None = None

    @property
    def is_out_of_time(self) -> bool:
        """Whether the worker should end at the next safe point: other mirrors may be due."""
        return time.monotonic() > self.ends_at

    @cached_property
    def changes(self) -> OutboxQuerySet:
        """The outbox items of the mirror."""
        return OutboxItem.objects.of(self.connection, self.state.module)

    def fetch_changes(
        self, compiled: Callable[..., Select], *args: Hashable, **values: Any
    ) -> list[Any]:
        """Return outbox items of the mirror, as `models.outbox.fetch_changes` does."""
        return fetch_changes(compiled, self.connection, self.state.module, *args, **values)

    @property
    def connection(self) -> Connection:
        """The mirror's connection."""
        return self.state.connection

    @contextmanager
    def commit(self) -> Iterator[dict[str, Any]]:
        """Write rows and the state in one transaction.

        The block gets a dict for the columns of the state. Raises LeaseLost, and Superseded if a
        person requested other work after the state was read.
        """
        columns: dict[str, Any] = {}
        with transaction.atomic(using=router.db_for_write(MirrorState)):
            self.lease.fence()
            yield columns
            if columns or self.noted_columns:
                self.lease.note(self.state.manual_requests, **{**self.noted_columns, **columns})
        self.noted_columns.clear()
        for name, value in columns.items():
            setattr(self.state, name, value)

    def note(self, **columns: Any) -> None:
        """Set columns of the state that no row depends on, without a query.

        They are stored with the next commit, or with the release of the lease.
        """
        self.noted_columns.update(columns)
        for name, value in columns.items():
            setattr(self.state, name, value)

    def release(self, *, keeps_urgent: bool = False, **columns: Any) -> None:
        """Store columns, and those that were noted, and release the lease.

        Noted columns and `due` are only stored if nobody requested other work in the meantime. With
        `keeps_urgent`, work that became urgent in the meantime keeps its time.
        """
        values = {**self.noted_columns, **columns}
        names = [name for name in (*self.noted_columns, "due") if name in values]
        self.noted_columns.clear()
        state = self.state
        seen = {"manual_requests": state.manual_requests, "due": state.due}
        seen["urgent_at"] = state.urgent_at
        unchanged = SAME_DUE & SAME_URGENT if keeps_urgent else SAME_DUE
        if self.lease.release_if(unchanged, seen, **values):  # nearly always
            return
        conditions = {name: SAME_DUE if name in REQUESTED else SAME_REQUESTS for name in names}
        if keeps_urgent:
            conditions["urgent_at"] = SAME_URGENT
        for name, condition in conditions.items():
            seen[f"then_{name}"], values[name] = values[name], _set_if(condition, name)
        self.lease.release(seen, **values)

    def write(self, write: Callable[[dict[str, Any]], T]) -> T:
        """Call a function in `commit()`, and again if others have locked the rows that it writes.

        So the worker does not hold locks while it waits for others (see `locking`). Raises as
        `commit` does.
        """
        for wait in WAITS:
            try:
                with fail_on_locked_rows(), self.commit() as columns:
                    return write(columns)
            except DatabaseError as error:
                if not is_lock_conflict(error):
                    raise
            time.sleep(wait * random.uniform(0.5, 1))  # noqa: S311 - spreads the load
        with self.commit() as columns:
            return write(columns)


def _set_if(condition: Q, name: str) -> Case:
    """Return the expression that sets a column to a parameter if a condition is met."""
    column = cast("Field[Any, Any]", MirrorState._meta.get_field(name))
    return Case(When(condition, then=Parameter(f"then_{name}", column)), default=F(name))


def lease_mirror(state: MirrorState) -> LeasedMirror | None:
    """Take the lease of a mirror, and return the leased mirror; None if it is not free.

    Raises as `open_mirror` does.
    """
    lease = WorkLease(state)
    with lease.release_on_error():
        if not lease.take(urgent_at=KEEP_URGENT):
            return None
        rows = read_leased([state.pk], lease.owner, lease.using)
        if not rows:  # its connection was deleted
            return None
    return open_mirror(rows[0], lease)


def open_mirror(state: MirrorState, lease: WorkLease, seconds: float = inf) -> LeasedMirror | None:
    """Return the leased mirror of a state from `read_leased`; None if its lease is lost.

    `seconds` is how long its worker should work on it. Raises ConfigurationError for a wrong model,
    and if rows of another organisation cannot be removed; the lease is released.
    """
    with lease.release_on_error():
        target = target_of(state.module)
        try:
            match_organisation(state, lease)
        except LeaseLost:
            lease.release()
            return None
        client = client_for(state.connection, MetadataCache(METADATA_SECONDS))
        ends_at = time.monotonic() + seconds
        can_push = bool(target.options and target.options.push)
        return LeasedMirror(
            state,
            lease,
            target,
            client,
            others=polling_of_others(state),
            ends_at=ends_at,
            has_changes=can_push and has_changes(state),
            has_notices=has_notices(state),
        )
