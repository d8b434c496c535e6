"""Signal receivers: what the mirror does when a connection changes."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save

from ..models import Connection, ConnectionHistory
from ..signals import connection_changed, disconnected, disconnecting
from . import tenants
from .models import MirrorState

Change = ConnectionHistory.Change


def connect() -> None:
    """Connect the receivers; safe to call twice."""
    post_save.connect(_note, ConnectionHistory, dispatch_uid="zcrm.mirror.note")
    connection_changed.connect(_follow, dispatch_uid="zcrm.mirror.follow")
    disconnecting.connect(_close, dispatch_uid="zcrm.mirror.close")
    disconnected.connect(_forget, dispatch_uid="zcrm.mirror.forget")


def _note(instance: ConnectionHistory, **kwargs: Any) -> None:
    """Mark the rows of the former organisation, in the transaction that stores the new grant.

    A grant that reveals no organisation may be another one's.
    """
    is_unknown = instance.change == Change.RECONNECTED and not instance.organisation_id
    if instance.connection_id and (is_unknown or instance.change == Change.REPLACED):
        tenants.note_unread(instance.connection_id)


def _follow(connection: Connection, entry: ConnectionHistory, **kwargs: Any) -> None:
    if entry.change not in {Change.CONNECTED, Change.RECONNECTED, Change.REPLACED}:
        return
    if MirrorState.objects.moved().filter(connection=connection).exists():
        tenants.forget_channel(connection)
        tenants.reset_moved(connection)
    tenants.wake(connection)


def _close(connection: Connection, **kwargs: Any) -> None:
    """Close the channel at Zoho while the tokens still work."""
    from .notifications.channels import close  # which few processes need

    close(connection)


def _forget(connection: Connection, **kwargs: Any) -> None:
    tenants.forget_channel(connection)
