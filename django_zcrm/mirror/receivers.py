"""Signal receivers for changes of connections."""

from __future__ import annotations

import logging
from typing import Any

from django.db.models import Exists
from django.db.models.signals import post_save

from ..conf import get_settings
from ..exceptions import ConfigurationError
from ..models import Connection, ConnectionHistory
from ..signals import connection_changed, disconnected, disconnecting
from . import tenants
from .connections import connections_here
from .models import Channel, MirrorState

logger = logging.getLogger("django_zcrm.mirror")

Change = ConnectionHistory.Change

MIRRORING = frozenset(
    {Change.CONNECTED, Change.RECONNECTED, Change.REPLACED, Change.MADE_DEFAULT}
    | {Change.HANDED_OVER}
)
"""Changes after which a connection may be mirrored that was not mirrored before."""


def connect() -> None:
    """Connect the receivers; safe to call twice."""
    post_save.connect(_note, ConnectionHistory, dispatch_uid="zcrm.mirror.note")
    connection_changed.connect(_follow, dispatch_uid="zcrm.mirror.follow")
    disconnecting.connect(_close, dispatch_uid="zcrm.mirror.close")
    disconnected.connect(_forget, dispatch_uid="zcrm.mirror.forget")


def _note(instance: ConnectionHistory, **kwargs: Any) -> None:
    """Mark the rows of the former organisation, in the transaction that stores the new grant.

    A grant that reveals no organisation may belong to another one.
    """
    is_unknown = instance.change == Change.RECONNECTED and not instance.organisation_id
    if instance.connection_id and (is_unknown or instance.change == Change.REPLACED):
        tenants.note_unread(instance.connection_id, instance.organisation_id)
    if instance.connection_id and instance.change in MIRRORING:
        _add_mirrors(instance.connection_id)


def _add_mirrors(connection_id: int) -> None:
    """Create the missing states and the missing channel of a connection."""
    # Few processes need these, and the runners load half of the app.
    from .notifications.channels import add_channels
    from .runners.mirror_states import ensure_states_of

    try:
        ensure_states_of(connection_id)
    except ConfigurationError as error:  # of a model; checks and runners report it
        logger.error("%s", error)
        return
    if get_settings().mirror.notify_url:
        mirrored = MirrorState.objects.filter(connection=connection_id)
        add_channels(connections_here().filter(Exists(mirrored), pk=connection_id))


def _follow(connection: Connection, entry: ConnectionHistory, **kwargs: Any) -> None:
    if entry.change not in {Change.CONNECTED, Change.RECONNECTED, Change.REPLACED}:
        return
    Channel.objects.moved().filter(connection=connection).delete()
    if MirrorState.objects.moved().filter(connection=connection).exists():
        tenants.reset_moved(connection)
    tenants.wake_mirrors_of(connection)
    _add_mirrors(connection.pk)  # the channel of the new organisation


def _close(connection: Connection, **kwargs: Any) -> None:
    """Close the channel at Zoho while the tokens still work."""
    from .notifications.channels import close  # which few processes need

    close(connection)


def _forget(connection: Connection, **kwargs: Any) -> None:
    from .notifications.channels import forget  # as above

    forget(connection)
