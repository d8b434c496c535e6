"""Receivers that end grants when connections are deleted or owners are deactivated.

Every start of a site loads this module, so the modules that revoke are loaded on demand.
`QuerySet.update()` sends no signal; manage.py zcrm_revoke_outstanding finds these connections.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save, pre_delete

from ..access import Action, Actor, Source, acting_as, check_access
from ..models import Connection, ConnectionHistory
from ..models.history import record_connection_change
from ..owners import owner_class
from ..signals import consent_withdrawn
from . import owner_mail


def connect_all() -> None:
    """Connect the receivers."""
    pre_delete.connect(_before_delete, sender=Connection, dispatch_uid="zcrm.oauth.delete")
    post_save.connect(_after_save, dispatch_uid="zcrm.oauth.save")
    consent_withdrawn.connect(_after_withdrawal, dispatch_uid="zcrm.oauth.withdrawal")
    owner_mail.connect()


def _before_delete(instance: Connection, using: str, **kwargs: Any) -> None:
    """Record a deletion, and queue the tokens for revocation before their row is deleted.

    Raises NotPermitted if the current user may not delete it; nothing else prevents a deletion.
    """
    from .disconnecting import forget_tokens  # which few processes do, as in this package's init
    from .revocation import queue_revocation, sweep_on_commit

    fresh = Connection.objects.using(using).filter(pk=instance.pk).first() or instance
    check_access(Action.DELETE, fresh)
    queue_revocation(fresh, using, keep_link=False)
    record_connection_change(ConnectionHistory.Change.DELETED, fresh)
    sweep_on_commit(using)
    # A copy: Django resets the primary key of the deleted instance.
    transaction.on_commit(partial(forget_tokens, copy(instance)), using=using, robust=True)


def _after_withdrawal(connection: Connection, **kwargs: Any) -> None:
    """Record that Zoho no longer accepts a grant."""
    with acting_as(Actor(source=Source.ZOHO)):
        record_connection_change(ConnectionHistory.Change.WITHDRAWN, connection)


def _after_save(
    instance: Any,
    created: bool,
    raw: bool,
    using: str,
    update_fields: Iterable[str] | None,
    **kwargs: Any,
) -> None:
    """End the connections of an owner who was deactivated."""
    if raw or created or getattr(instance, "is_active", True):
        return
    if update_fields is not None and "is_active" not in update_fields:
        return
    if isinstance(instance, owner_class()):
        from .disconnecting import disconnect_deactivated  # which few processes do
        from .revocation import sweep_on_commit

        for connection in Connection.objects.using(using).for_owner(instance).live():
            disconnect_deactivated(connection)
        sweep_on_commit(using)
