"""A worker's unit of work: one mirror with its lease, its client and its state."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import Error as DatabaseError
from django.db import router, transaction

from ..clients import client_for
from ..models import Connection
from ..zoho.client import Client
from .leases import LeaseLost, WorkLease
from .locking import giving_way, is_held_up
from .models import MirrorState
from .targets import MirrorTarget, target_of
from .tenants import match_organisation

T = TypeVar("T")

WAITS = (0.05, 0.1, 0.2, 0.4)
"""Seconds until a worker tries again to write where others have locked rows; then it waits."""


@dataclass
class Work:
    """A mirror whose lease is held; `state` is its row as it was read."""

    state: MirrorState
    lease: WorkLease
    target: MirrorTarget
    crm: Client

    @property
    def connection(self) -> Connection:
        """The mirror's connection."""
        return self.state.connection

    @contextmanager
    def commit(self) -> Iterator[dict[str, Any]]:
        """Write rows and the state in one transaction.

        The block gets a dict for the columns of the state. Raises LeaseLost; and Superseded if
        something was asked for since the state was read.
        """
        columns: dict[str, Any] = {}
        with transaction.atomic(using=router.db_for_write(MirrorState)):
            self.lease.fence()
            yield columns
            if columns:
                self.lease.note(self.state.asked, **columns)
        for name, value in columns.items():
            setattr(self.state, name, value)

    def write(self, write: Callable[[dict[str, Any]], T]) -> T:
        """Call a function in `commit()`, and again when others have locked what it writes.

        Neither locks rows that a page waits for while it waits itself: see `locking`. Raises as
        `commit` does.
        """
        for wait in WAITS:
            try:
                with giving_way(), self.commit() as columns:
                    return write(columns)
            except DatabaseError as error:
                if not is_held_up(error):
                    raise
            time.sleep(wait * random.uniform(0.5, 1))  # noqa: S311 - spreads the load
        with self.commit() as columns:
            return write(columns)


def start_work(state: MirrorState) -> Work | None:
    """Take the lease of a mirror, and return the work; None if another worker has the lease.

    Raises ConfigurationError for a wrong model, and if rows of another organisation cannot be
    removed.
    """
    target = target_of(state.module)
    lease = WorkLease(state)
    with lease.released_on_error():
        if not lease.take():
            return None
        row = MirrorState.objects.select_related("connection").filter(pk=state.pk).first()
        if row is None:  # its connection was deleted
            return None
        try:
            match_organisation(row, lease)
        except LeaseLost:
            return None
        return Work(row, lease, target, client_for(row.connection))
