"""Records each call of a connection as a span, a signal and a count.

It gets names and outcomes of calls, never a token or a body.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from ..conf import get_settings
from ..models import Connection
from ..signals import request_finished
from ..zoho.calls.observer import Attempt, Observer
from . import tracing
from .usage import counter, operation_group


class ConnectionObserver(Observer):
    """Observes the calls of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def call(self, operation: str, request_id: str) -> AbstractContextManager[object]:
        """Return the call's span."""
        if not tracing.IS_INSTALLED:
            return super().call(operation, request_id)
        name = operation_group(operation)
        return tracing.span(
            name,
            {"zcrm.request_id": request_id, "zcrm.connection": self._connection.pk},
            template=name.partition(" ")[2],
        )

    def attempt(self, attempt: Attempt) -> None:
        """Count the attempt, note it in the span and send the signal."""
        if get_settings().track_usage:
            counter.count(self._connection.pk, attempt)
        tracing.note_attempt(attempt)
        if request_finished.has_listeners(Connection):
            request_finished.send_robust(
                Connection,
                connection=self._connection,
                operation=attempt.operation,
                status=attempt.status,
                milliseconds=attempt.milliseconds,
                attempt=attempt.number,
                request_id=attempt.request_id,
                error=attempt.error,
                waited_ms=attempt.waited_ms,
                credits=attempt.credits,
            )
