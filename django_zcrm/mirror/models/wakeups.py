"""Requests to work on a mirror at once, stored with the change or the notice that is the reason.

A transaction that saves a change only inserts a row here, and touches no row of `MirrorState`. So
transactions of pages neither wait for workers or for each other, nor keep workers waiting. Workers
move the requests to `MirrorState.urgent_at`; see `runners.wakeups`.
"""

from __future__ import annotations

from django.db import models

from ...models.primary import PrimaryQuerySet


class Wakeup(models.Model):
    """A request to work on a mirror at once.

    The connection is a plain number: a foreign key would lock the connection's row until the
    commit. Workers delete requests of connections that are gone.
    """

    connection_id = models.BigIntegerField()
    module = models.CharField(max_length=100)

    objects = PrimaryQuerySet["Wakeup"].as_manager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.module} of {self.connection_id}"
