"""`zcrm.mirror(Lead)`: the mirror of one module, for one connection."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.utils import timezone

from ..exceptions import ConfigurationError, NotConnected
from ..models import Connection
from ..zoho.pauses import pause
from .apply import Applied
from .models import MirrorModel, MirrorState
from .models.rows import check_is_connection
from .models.state import MirrorStateQuerySet
from .options import options_of
from .runners.due import attempt
from .runners.states import add_states
from .status import MirrorStatus, statuses

POLL_SECONDS = 0.5
"""Seconds between two attempts to start on a mirror that another worker has leased."""

Watch = Callable[[MirrorStatus], None]


class Mirror:
    """The mirror of a module for a connection. It is lazy: making one reads nothing."""

    def __init__(self, model: type[MirrorModel] | str, connection: Connection) -> None:
        is_model = isinstance(model, type) and issubclass(model, MirrorModel)
        if not is_model and not isinstance(model, str):
            raise TypeError(f"mirror() takes a MirrorModel, or a module's name, not {model!r}.")
        check_is_connection(connection, "mirror")
        self.module = model if isinstance(model, str) else options_of(model).module
        self.connection = connection

    @property
    def state(self) -> MirrorState:
        """The row of its state, created if missing."""
        states = MirrorState.objects.select_related("connection")
        mine = states.filter(connection=self.connection, module=self.module)
        if not mine.exists():
            add_states(self.module, [self.connection.pk])
        return mine.get()

    def status(self, *, with_rows: bool = True) -> MirrorStatus:
        """Return its status, without asking Zoho; `with_rows=False` leaves out counts of rows."""
        return statuses([self.state], with_rows=with_rows)[0]

    def sync(self, watch: Watch | None = None) -> Applied:
        """Sync it now, including the first reading; return what was written.

        Waits where another worker is at it. `watch` is called with the status after each step.
        Raises what went wrong, NotConnected, and ConfigurationError for one that is paused.
        """
        return self._until(lambda state: state.due > timezone.now(), watch)

    def backfill(self, watch: Watch | None = None) -> Applied:
        """Read all records again, as in the first reading, and sync. Rows are kept.

        Waits and raises as `sync` does.
        """
        self._checked()
        self._row().ask_backfill()
        return self.sync(watch)

    def reconcile(self, watch: Watch | None = None, *, force: bool = False) -> int:
        """Compare all ids and times with Zoho's, and correct rows that differ; return how many did.

        Where more than 5 % of the rows are missing in Zoho, nothing is marked and the mirror is
        blocked, unless with `force`. Waits and raises as `sync` does.
        """
        self._checked()
        self._row().ask_reconcile(force=force)
        self._until(lambda state: state.reconciled_at is not None, watch)
        return self.state.drift or 0

    def pause(self) -> None:
        """Pause it until `resume()`."""
        self._row().pause()

    def resume(self) -> None:
        """Resume it, and have it run at once."""
        self._row().resume()

    def _row(self) -> MirrorStateQuerySet:
        return MirrorState.objects.filter(pk=self.state.pk)

    def _until(self, is_reached: Callable[[MirrorState], bool], watch: Watch | None) -> Applied:
        self._row().ask_sync()
        written = Applied()
        while True:
            outcome = attempt(self._checked())
            if outcome.error is not None:
                raise outcome.error
            written.add(outcome.applied)
            state = self._checked()
            if watch is not None:
                watch(statuses([state])[0])
            if state.phase == MirrorState.Phase.LIVE and is_reached(state):
                return written
            wait = (state.due - timezone.now()).total_seconds()
            if not outcome.was_free:
                time.sleep(POLL_SECONDS)
            elif wait > 0:  # for a job of Zoho's
                pause(wait)
                self._row().ask_sync()

    def _checked(self) -> MirrorState:
        """Return its row. Raises the error that blocks it, if any."""
        state = self.state
        if state.is_paused:
            raise ConfigurationError(
                f"The mirror of {self.module} is paused: resume it in the admin, or with "
                "zcrm.mirror(...).resume()."
            )
        if not state.connection.is_usable:
            raise NotConnected(
                f"{state.connection} must be connected again before {self.module} can be read."
            )
        return state
