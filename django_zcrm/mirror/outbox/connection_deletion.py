"""Deleting a connection deletes its rows here, but not their records in Zoho."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import models

from ...models import Connection
from ..locking import lock_rows
from ..models import MirrorModel, MirrorState, OutboxItem
from ..options import mirror_models
from .suppression import no_push

ATTRIBUTE = "_zcrm_leaving"

BATCH = 500
"""Rows locked, or deleted, per query."""


class ConnectionDeletion:
    """One deletion: its connections, and the rows that Django deletes with them."""

    def __init__(self, connections: set[int]) -> None:
        self.connections = connections
        self.keys: dict[type[models.Model], set[Any]] = defaultdict(set)


def goes_with_connection(row: MirrorModel, origin: Any, using: str) -> bool:
    """Whether a row is being deleted because its connection, or the connection's owner, is.

    `origin` is an instance or a query set, and the same object in all signals of a deletion. Django
    sends the signals of the rows before that of their connection.
    """
    if origin is None:
        return False
    deletion = _deletion_of(origin, using)
    if row.connection_id not in deletion.connections:
        return False
    deletion.keys[type(row)].add(row.pk)
    return True


def on_connection_delete(
    instance: Connection, using: str, origin: Any = None, **kwargs: Any
) -> None:
    """Handle `pre_delete` of a connection: delete the rows that were written in the meantime.

    Django has collected the rows to delete. Rows that were written since would prevent the deletion
    of the connection. Once the connection is locked, no other transaction can add a row.

    Locks are taken in the same order as elsewhere, so there is no deadlock: workers lock their
    mirror before the rows that they write, and pages lock a row before they store its change, which
    locks the connection.
    """
    mirrors = MirrorState.objects.using(using).filter(connection=instance.pk)
    list(mirrors.select_for_update().order_by("pk").values_list("pk"))
    deletion = _deletion_of(origin if origin is not None else instance, using)
    for model, collected_keys in deletion.keys.items():
        rows, ordered = model._base_manager.using(using).only("pk"), sorted(collected_keys)
        for start in range(0, len(ordered), BATCH):
            lock_rows(rows.filter(pk__in=ordered[start : start + BATCH]))
    lock_rows(Connection.objects.using(using).filter(pk=instance.pk).only("pk"))
    if instance.pk not in deletion.connections:  # its owner is deleted by a cascade
        deletion.connections.add(instance.pk)
        OutboxItem.objects.using(using).filter(connection=instance.pk).delete()
        return
    for model in mirror_models():
        rows = model._base_manager.using(using).filter(connection=instance.pk)
        keys = deletion.keys[model]
        late = [key for key in rows.values_list("pk", flat=True).iterator() if key not in keys]
        for start in range(0, len(late), BATCH):
            with no_push():
                rows.filter(pk__in=late[start : start + BATCH]).delete()


def _deletion_of(origin: Any, using: str) -> ConnectionDeletion:
    deletion: ConnectionDeletion | None = origin.__dict__.get(ATTRIBUTE)
    if deletion is None:
        deletion = origin.__dict__[ATTRIBUTE] = ConnectionDeletion(set(_connections(origin, using)))
    return deletion


def _connections(origin: Any, using: str) -> models.QuerySet[Any, int]:
    """Return the keys of the connections that are deleted, directly or with their owners."""
    is_query = isinstance(origin, models.QuerySet)
    model = (origin.model if is_query else type(origin))._meta.concrete_model
    keys = origin.values("pk") if is_query else [origin.pk]
    rows = Connection.objects.using(using).values_list("pk", flat=True)
    if model is Connection:
        return rows.filter(pk__in=keys)
    is_owner = model is Connection._meta.get_field("owner").related_model
    return rows.filter(owner__in=keys) if is_owner else rows.none()
