"""The client of the site's default connection, which a process keeps for a short while."""

from __future__ import annotations

import time
from typing import Any

from django.core.signals import setting_changed
from django.db import connections, router
from django.db.models.signals import post_delete, post_migrate, post_save

from ..models import Connection
from ..zoho.client import Client
from .client import client_for
from .connections import default_connection

DEFAULT_LIFE = 30.0
"""Seconds for which a process reuses its default client.

A new default that was chosen in another process is noticed after this time at most.
"""

_kept: dict[str, tuple[Client, float]] = {}
"""The default client of this process, and when it expires (monotonic seconds)."""


def default_client() -> Client:
    """Return the kept client, or another one if it is too old or this is within a transaction."""
    if connections[router.db_for_read(Connection)].in_atomic_block:
        return client_for(default_connection())
    kept = _kept.get("default")
    if kept is None or kept[1] < time.monotonic():
        kept = client_for(default_connection()), time.monotonic() + DEFAULT_LIFE
        _kept["default"] = kept
    return kept[0]


def forget_default(**kwargs: Any) -> None:
    """Make the next use of `zcrm` read the default connection again."""
    if kwargs.get("setting", "ZCRM") == "ZCRM":
        _kept.clear()


post_save.connect(forget_default, sender=Connection, dispatch_uid="zcrm.clients.save")
post_delete.connect(forget_default, sender=Connection, dispatch_uid="zcrm.clients.delete")
# Flushing a database (TransactionTestCase) sends no signal for the rows that are lost.
post_migrate.connect(forget_default, dispatch_uid="zcrm.clients.flush")
setting_changed.connect(forget_default, dispatch_uid="zcrm.clients.settings")
