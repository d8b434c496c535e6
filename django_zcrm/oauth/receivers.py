"""What happens to grants when connections are deleted and owners deactivated.

`QuerySet.update()` sends no signal; manage.py zcrm_revoke_outstanding finds what it left behind.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save, pre_delete

from ..models import Connection
from ..owners import owner_class
from .grants import forget_tokens, retire
from .revocation import sweep_on_commit, write_down


def connect_all() -> None:
    """Connect the receivers."""
    pre_delete.connect(_before_delete, sender=Connection, dispatch_uid="zcrm.oauth.delete")
    post_save.connect(_after_save, dispatch_uid="zcrm.oauth.save")


def _before_delete(instance: Connection, using: str, **kwargs: Any) -> None:
    """Write the tokens down before their row is deleted, and never prevent that."""
    fresh = Connection.objects.using(using).filter(pk=instance.pk).first()
    write_down(fresh or instance, using, keep_link=False)
    sweep_on_commit(using)
    # A copy: Django resets the primary key of the deleted one.
    transaction.on_commit(partial(forget_tokens, copy(instance)), using=using, robust=True)


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
        for connection in Connection.objects.using(using).for_owner(instance).live():
            retire(connection)
        sweep_on_commit(using)
