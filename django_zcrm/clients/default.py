"""The client of the site's default connection, which a process caches for a short while."""

from __future__ import annotations

import time
from typing import Any

from django.core.signals import setting_changed
from django.db import connections, router, transaction
from django.db.models.signals import post_delete, post_migrate, post_save

from ..models import Connection
from .client import ConnectionClient, client_for
from .connections import default_connection

DEFAULT_LIFE = 30.0
"""Seconds for which a process reuses its default client.

Another process's change of the default takes effect after this time at most.
"""

_cached_client: dict[str, tuple[ConnectionClient, float]] = {}
"""The default client of this process, and when it expires (monotonic seconds)."""


def default_client() -> ConnectionClient:
    """Return the cached client; a new one if it has expired or a transaction is active."""
    if connections[router.db_for_write(Connection)].in_atomic_block:
        return client_for(default_connection())
    cached_client = _cached_client  # another one if a connection changes during the lookup
    entry = cached_client.get("default")
    if entry is None or entry[1] < time.monotonic():
        entry = client_for(default_connection()), time.monotonic() + DEFAULT_LIFE
        cached_client["default"] = entry
    return entry[0]


def forget_default(**kwargs: Any) -> None:
    """Make the next use of `zcrm` read the default connection again, also after a commit."""
    global _cached_client
    if kwargs.get("setting", "ZCRM") == "ZCRM":
        _cached_client = {}
    using = kwargs.get("using")
    if using is not None and connections[using].in_atomic_block:
        # Until then, other threads read and cache the former row.
        transaction.on_commit(forget_default, using=using)


post_save.connect(forget_default, sender=Connection, dispatch_uid="zcrm.clients.save")
post_delete.connect(forget_default, sender=Connection, dispatch_uid="zcrm.clients.delete")
# Flushing a database (TransactionTestCase) sends no signals for the deleted rows.
post_migrate.connect(forget_default, dispatch_uid="zcrm.clients.flush")
setting_changed.connect(forget_default, dispatch_uid="zcrm.clients.settings")
