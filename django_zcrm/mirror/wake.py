"""Requests immediate work on a mirror, and triggers a worker if the runner has a queue."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from django.db import connections, router, transaction

from ..conf import get_settings
from .models import MirrorState, Wakeup
from .statements import insert_row

logger = logging.getLogger("django_zcrm.mirror")

MAX_COMPARED = 200
"""How many of the last callbacks of the transaction are compared, so that a transaction that saves
many rows makes few requests.
"""

_forgotten: Counter[str] = Counter()
"""How often `forget_requests` was called, by database."""


class Queue(Protocol):
    """The module of a runner with a queue."""

    def runs_at_once(self) -> bool:
        """Whether the queue runs the work in this process."""

    def send(self, connection_id: int, module: str) -> None:
        """Enqueue a mirror's work. Raises the errors of the queue."""


_find_queue: Callable[[str], Queue]


def register(find_queue: Callable[[str], Queue]) -> None:
    """Register the function that returns the queue of a runner (see `queues.queue_of`)."""
    global _find_queue
    _find_queue = find_queue


def wake(connection_id: int, module: str) -> None:
    """Request immediate work on a mirror, in the current transaction.

    This inserts one small row for each transaction and mirror, and neither waits for another
    transaction nor makes one wait. After the commit, the queue of `RUNNER` gets a message. If the
    queue cannot be reached, this only logs a warning: workers find the request in the table.
    Enqueues nothing if the queue would run the work in this process.
    """
    using = router.db_for_write(MirrorState)
    message = _message(using, connection_id, module)
    if not _is_requested(using, message):
        insert_row(Wakeup, {"connection_id": connection_id, "module": module}, using)
        transaction.on_commit(message, using=using)


def send_message(using: str, connection_id: int, module: str) -> None:
    """Enqueue a mirror's work after the commit, for a request that was inserted without `wake`."""
    transaction.on_commit(_message(using, connection_id, module), using=using)


def _message(using: str, connection_id: int, module: str) -> _Message:
    return _Message(get_settings().mirror.runner, connection_id, module, _forgotten[using])


def _is_requested(using: str, message: _Message) -> bool:
    """Whether this transaction has made the same request.

    Django removes the callbacks of a savepoint that is rolled back, so one that is there belongs
    to a request that is committed if this one would be.
    """
    callbacks = connections[using].run_on_commit[-MAX_COMPARED:]
    return any(callback[1] == message for callback in callbacks)


def forget_requests(using: str) -> None:
    """Forget the requests of the current transaction, because a worker has handled them in it."""
    _forgotten[using] += 1


@dataclass(frozen=True)
class _Message:
    runner: str
    connection_id: int
    module: str
    forgotten: int

    def __call__(self) -> None:
        """Send it."""
        if self.runner == "command":
            return  # `zcrm_sync --watch` reads the table every second
        try:
            queue = _find_queue(self.runner)
            if not queue.runs_at_once():  # otherwise the page would wait for Zoho
                queue.send(self.connection_id, self.module)
        except Exception as error:  # whatever a broker's client raises
            logger.warning(
                "the queue cannot be used (%s); what is due for %s is found by the next poll",
                type(error).__name__,
                self.module,
            )
