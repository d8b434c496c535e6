"""`zcrm.mirror(Lead)`: the mirror of one module, for one connection."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.utils import timezone

from ..conf import get_settings
from ..exceptions import ConfigurationError, NotConnected
from ..models import Connection
from ..zoho.http.pauses import pause
from .apply import SyncResult
from .models import MirrorModel, MirrorState
from .models.mirror_state import MirrorStateQuerySet
from .models.querysets import check_is_connection
from .options import options_of
from .policies import policy_of
from .runners.due import attempt
from .runners.mirror_states import add_states
from .status import MirrorStatus, get_statuses

POLL_SECONDS = 0.5
"""Seconds between two attempts to start on a mirror that another worker has leased."""

ProgressCallback = Callable[[MirrorStatus], None]


class Mirror:
    """The mirror of a module for a connection. Creating an instance reads nothing."""

    def __init__(self, model: type[MirrorModel] | str, connection: Connection) -> None:
        is_model = isinstance(model, type) and issubclass(model, MirrorModel)
        if not is_model and not isinstance(model, str):
            raise TypeError(f"mirror() takes a MirrorModel, or a module's name, not {model!r}.")
        check_is_connection(connection, "mirror")
        self.module = model if isinstance(model, str) else options_of(model).module
        self.connection = connection

    @property
    def state(self) -> MirrorState:
        """The stored state, which is created if missing."""
        states = MirrorState.objects.select_related("connection__owner")
        mine = states.filter(connection=self.connection, module=self.module)
        if not mine.exists():
            add_states([self.module], [self.connection.pk])
        return mine.get()

    def status(self, *, with_rows: bool = True) -> MirrorStatus:
        """Return the status, without a request; `with_rows=False` omits the counts of rows."""
        return get_statuses([self.state], with_rows=with_rows)[0]

    def sync(self, progress: ProgressCallback | None = None) -> SyncResult:
        """Sync now, including the initial sync; return the result.

        Waits while another worker has the mirror. Calls `progress` with the status after each step.
        Raises the error of the sync, NotConnected, and ConfigurationError if the mirror is paused,
        or disabled by `GET_POLICY`.
        """
        return self._sync_until(lambda state: state.due > timezone.now(), progress)

    def restart_initial_sync(self, progress: ProgressCallback | None = None) -> SyncResult:
        """Repeat the initial sync: read all records again. Rows are kept.

        Waits and raises as `sync` does.
        """
        self._check_state()
        self._row().request_initial_sync()
        return self.sync(progress)

    def reconcile(self, progress: ProgressCallback | None = None, *, force: bool = False) -> int:
        """Compare all ids and times with Zoho, and correct rows that differ; return their number.

        If more than 5 % of the records are missing in Zoho, no row is marked and the mirror is
        blocked; `force` marks them. Waits and raises as `sync` does.
        """
        self._check_state()
        self._row().request_reconcile(force=force)
        self._sync_until(lambda state: state.reconciled_at is not None, progress)
        return self.state.drift or 0

    def pause(self) -> None:
        """Pause the mirror until `resume()`."""
        self._row().pause()

    def resume(self) -> None:
        """Resume the mirror, and make it due at once."""
        self._row().resume()

    def _row(self) -> MirrorStateQuerySet:
        return MirrorState.objects.filter(pk=self.state.pk)

    def _sync_until(
        self, is_reached: Callable[[MirrorState], bool], progress: ProgressCallback | None
    ) -> SyncResult:
        self._check_state()
        self._row().request_sync()
        total = SyncResult()
        while True:
            outcome = attempt(self._check_state())
            if outcome.error is not None:
                raise outcome.error
            total.add(outcome.applied)
            state = self._check_state()
            if progress is not None:
                progress(get_statuses([state])[0])
            if state.phase == MirrorState.Phase.LIVE and is_reached(state):
                return total
            wait = (state.due - timezone.now()).total_seconds()
            if not outcome.was_free:
                time.sleep(POLL_SECONDS)
            elif wait > 0:  # for a job of Zoho's
                pause(wait)
                self._row().request_sync()

    def _check_state(self) -> MirrorState:
        """Return the state. Raises an error if the mirror cannot run."""
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
        if not policy_of(state.connection, self.module).enabled:
            raise ConfigurationError(
                f"The mirror of {self.module} is disabled for {state.connection}: "
                f"{get_settings().mirror.get_policy}, the function of "
                "ZCRM['MIRROR']['GET_POLICY'], returns enabled=False.",
                "MIRROR",
            )
        return state
