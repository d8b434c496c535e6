"""Connections that are being deleted: their rows go with them, and stay in Zoho."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db import models

from ...models import Connection
from ..models import MirrorModel, MirrorState, OutboxItem
from ..options import mirror_models
from .suppression import no_push

LEAVING = "_zcrm_leaving"

BATCH = 500
"""Late rows that are deleted at once."""


class Leaving:
    """What goes in one deletion: connections, and the rows that Django has read to delete them."""

    def __init__(self, connections: set[int]) -> None:
        self.connections = connections
        self.keys: dict[type[models.Model], set[Any]] = defaultdict(set)


def is_leaving(row: MirrorModel, origin: Any, using: str) -> bool:
    """Whether a row that is about to be deleted goes with its connection, or with its owner.

    `origin` is an instance or a query set, and the same object in all signals of a deletion. Django
    tells of the rows before it tells of their connection.
    """
    if origin is None:
        return False
    leaving = _leaving(origin, using)
    if row.connection_id not in leaving.connections:
        return False
    leaving.keys[type(row)].add(row.pk)
    return True


def on_leaving(instance: Connection, using: str, origin: Any = None, **kwargs: Any) -> None:
    """Receive that a connection is about to be deleted.

    Workers lock their mirror before what they write, so this does, too, and neither waits for the
    other one's rows. What they wrote since Django read the rows would keep the connection.
    """
    mirrors = MirrorState.objects.using(using).filter(connection=instance.pk)
    list(mirrors.select_for_update().order_by("pk").values_list("pk"))
    leaving = _leaving(origin if origin is not None else instance, using)
    if instance.pk not in leaving.connections:  # it goes with something that its owner goes with
        leaving.connections.add(instance.pk)
        OutboxItem.objects.using(using).filter(connection=instance.pk).delete()
        return
    for model in mirror_models():
        rows = model._base_manager.using(using).filter(connection=instance.pk)
        keys = leaving.keys[model]
        late = [key for key in rows.values_list("pk", flat=True).iterator() if key not in keys]
        for start in range(0, len(late), BATCH):
            with no_push():
                rows.filter(pk__in=late[start : start + BATCH]).delete()


def _leaving(origin: Any, using: str) -> Leaving:
    known: Leaving | None = origin.__dict__.get(LEAVING)
    if known is None:
        known = origin.__dict__[LEAVING] = Leaving(set(_connections(origin, using)))
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
