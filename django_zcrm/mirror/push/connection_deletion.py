"""Deleting a connection deletes its rows here, but not their records in Zoho."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import models

from ...models import Connection
from ..locking import locked
from ..models import MirrorModel, MirrorState, OutboxItem
from ..options import mirror_models
from .suppression import no_push

ATTRIBUTE = "_zcrm_leaving"

BATCH = 500
"""Rows locked, or deleted, per query."""


class ConnectionDeletion:
    """One deletion: its connections, and the rows that Django has collected to delete with them."""

    def __init__(self, connections: set[int]) -> None:
        self.connections = connections
        self.keys: dict[type[models.Model], set[Any]] = defaultdict(set)


def goes_with_connection(row: MirrorModel, origin: Any, using: str) -> bool:
    """Whether a row is about to be deleted because its connection, or that one's owner, is.

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
    """Receive `pre_delete` of a connection, and delete the rows that were written since.

    Workers lock their mirror before the rows that they write, and pages a row before they note its
    change, which locks the connection. This does it in the same order: no deadlock. Rows that were
    written since Django collected those to delete would keep the connection from going; when it is
    locked, nobody can add one.
    """
    mirrors = MirrorState.objects.using(using).filter(connection=instance.pk)
    list(mirrors.select_for_update().order_by("pk").values_list("pk"))
    deletion = _deletion_of(origin if origin is not None else instance, using)
    for model, known in deletion.keys.items():
        rows, ordered = model._base_manager.using(using).only("pk"), sorted(known)
        for start in range(0, len(ordered), BATCH):
            locked(rows.filter(pk__in=ordered[start : start + BATCH]))
    locked(Connection.objects.using(using).filter(pk=instance.pk).only("pk"))
    if instance.pk not in deletion.connections:  # it goes with something that its owner goes with
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
    known: ConnectionDeletion | None = origin.__dict__.get(ATTRIBUTE)
    if known is None:
        known = origin.__dict__[ATTRIBUTE] = ConnectionDeletion(set(_connections(origin, using)))
    return known


def _connections(origin: Any, using: str) -> models.QuerySet[Any, int]:
    """Return the keys of the connections that are deleted themselves, or by their owners."""
    is_query = isinstance(origin, models.QuerySet)
    model = (origin.model if is_query else type(origin))._meta.concrete_model
    gone = origin.values("pk") if is_query else [origin.pk]
    rows = Connection.objects.using(using).values_list("pk", flat=True)
    if model is Connection:
        return rows.filter(pk__in=gone)
    is_owner = model is Connection._meta.get_field("owner").related_model
    return rows.filter(owner__in=gone) if is_owner else rows.none()
