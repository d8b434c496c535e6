"""Wakes a worker at once if the runner has a queue."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db import connections, router, transaction

from ...conf import get_settings
from ..models import MirrorState

logger = logging.getLogger("django_zcrm.mirror")

MAX_COMPARED = 20
"""How many of the last callbacks of the transaction are compared, so that no message is sent
twice.
"""


def wake(connection_id: int, module: str) -> None:
    """Enqueue a mirror's work after the commit, in the queue of `RUNNER`.

    If the queue cannot be reached, that is only logged: what is due is kept in tables, and the next
    poll finds it. Without a queue nothing is done, since `zcrm_sync --watch` polls each second.
    """
    runner = get_settings().mirror.runner
    if runner == "command":
        return
    using = router.db_for_write(MirrorState)
    message = _Message(runner, connection_id, module)
    if not _is_waiting(using, message):
        transaction.on_commit(message, using=using)


def _is_waiting(using: str, message: _Message) -> bool:
    """Whether the same message is sent at this commit already."""
    connection = connections[using]
    savepoints = set(connection.savepoint_ids)
    last = connection.run_on_commit[-MAX_COMPARED:]
    return any(callback[0] == savepoints and callback[1] == message for callback in last)


@dataclass(frozen=True)
class _Message:
    runner: str
    connection_id: int
    module: str

    def __call__(self) -> None:
        """Send it."""
        try:
            if self.runner == "celery":
                from .. import celery

                celery.send(self.connection_id, self.module)
            else:
                from . import tasks

                tasks.send(self.connection_id, self.module)
        except Exception as error:  # whatever a broker's client raises
            logger.warning(
                "the queue cannot be used (%s); what is due for %s is found at the next look",
                type(error).__name__,
                self.module,
            )
