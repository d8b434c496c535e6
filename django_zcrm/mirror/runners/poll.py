"""One poll of a mirror by a worker: stores its result, and schedules the next poll."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from ...exceptions import Limited, ZCRMError
from ...moments import is_reached
from ..apply import SyncResult
from ..failures import longest_retry, retry_after, stored_reason
from ..leased_mirror import LeasedMirror
from ..models import MirrorState, OutboxItem
from ..models.outbox import MAX_WAIT
from ..pull.blocks import RETRY_SECONDS, UNAVAILABLE_RETRY_SECONDS, block_of
from ..statements import Select, compiled
from .holds import FEW_ROWS, MAX_REST, end_hold, hold_after_failure, is_outage, rest, rest_after
from .intervals import has_healthy_channel, plan_next_poll
from .share import count_credits

DISABLED_SECONDS = 3600
"""Seconds until the policy for a disabled mirror is asked for again."""

BLOCKED, UNAVAILABLE = MirrorState.Phase.BLOCKED, MirrorState.Phase.UNAVAILABLE


def is_poll_of_due(state: MirrorState) -> bool:
    """Whether the next poll of a mirror is due."""
    return is_reached(state.due, longest_wait(state.phase, state.poll_interval))


def longest_wait(phase: str, interval: float = 0.0) -> float:
    """Return the longest time, in seconds, until the next poll of a mirror in a phase.

    `interval` is its interval. Its connection may rest for longer.
    """
    if phase == BLOCKED:
        return RETRY_SECONDS
    if phase == UNAVAILABLE:
        return UNAVAILABLE_RETRY_SECONDS
    return max(interval, longest_retry(), MAX_REST)


@dataclass(frozen=True)
class RunResult:
    """The result of a poll: an error, or the counts of the sync.

    `was_free` is False if another worker had the mirror, so that nothing was done.
    """

    error: Exception | None = None
    applied: SyncResult = field(default_factory=SyncResult)
    was_free: bool = True


class Poll:
    """A worker's poll of a mirror, while it has the lease."""

    def __init__(self, mirror: LeasedMirror) -> None:
        self.mirror = mirror
        self._begun = time.monotonic()
        self._was_initial_sync = mirror.state.synced_until is None

    def end(self, error: Exception | None = None, applied: SyncResult | None = None) -> None:
        """Store the result, and release the lease."""
        rows = applied.created + applied.updated if applied else 0
        state, now = self.mirror.state, timezone.now()
        was_due = is_poll_of_due(state)
        if error is None:
            columns, wait = self._columns_after_success(applied, was_due=was_due)
        else:
            columns, wait = columns_after_failure(state, error)
            columns.update(count_credits(state, self.mirror.credits))
        if was_due:
            columns["last_run_at"] = now
        must_wait = was_due or error is not None
        due = now + wait if must_wait else min(state.due - now, wait) + now
        phase = columns.get("phase", state.phase)
        urgent, keeps_urgent = self._next_urgent(error, phase), error is None and phase != BLOCKED
        self.mirror.release(keeps_urgent=keeps_urgent, due=due, urgent_at=urgent, **columns)
        for name, value in columns.items():
            setattr(state, name, value)
        self._spare_workers(error, rows)

    def _columns_after_success(
        self, applied: SyncResult | None, *, was_due: bool
    ) -> tuple[dict[str, Any], timedelta]:
        """Return the columns to store after work without an error, and the wait."""
        state = self.mirror.state
        if state.phase == UNAVAILABLE and not was_due:  # changes were sent, but nothing was read
            return {}, timedelta.max
        columns: dict[str, Any] = dict(state.columns_to_unblock())
        if applied is None or not applied.again:  # else its job may fail as the last one did
            columns["failures"] = 0
            if columns.get("phase", state.phase) != BLOCKED:
                columns["last_error"] = ""
        seconds = self._seconds_until_next_poll(applied, columns, was_due=was_due)
        return columns, timedelta(seconds=seconds)

    def _next_urgent(self, error: Exception | None, phase: str) -> datetime | None:
        """Return when there is urgent work next; else, changes wait for the next poll."""
        if phase == BLOCKED or (error is not None and phase != UNAVAILABLE):
            return None
        next_change = self._next_change()
        if error is not None:  # the module may be writable although it cannot be read
            return next_change and timezone.now() + timedelta(seconds=MAX_WAIT)
        return next_change

    def _seconds_until_next_poll(
        self, applied: SyncResult | None, columns: dict[str, Any], *, was_due: bool
    ) -> float:
        """Return the wait until the next poll, and add what is stored of the interval."""
        state = self.mirror.state
        if not state.is_enabled:
            columns["poll_interval"] = DISABLED_SECONDS
            return DISABLED_SECONDS
        if applied is not None and applied.again is not None:
            columns.update(count_credits(state, self.mirror.credits))
            return min(applied.again, longest_wait(state.phase))
        is_active = applied is not None and applied.is_news
        if not self.mirror.has_news and has_healthy_channel(state):
            is_active = False  # a notice reports the next change, too
        if was_due or is_active:
            planned = plan_next_poll(self.mirror, is_active=is_active)
            columns.update(planned)
            return float(planned["poll_interval"])
        return float(state.poll_interval)

    def _spare_workers(self, error: Exception | None, rows: int) -> None:
        """Postpone the connection's other work if its calls failed or are slow."""
        state, duration = self.mirror.state, time.monotonic() - self._begun
        if error is not None:
            if is_outage(error):
                hold_after_failure(state, error, duration)
            return
        if state.held_until is not None and state.is_enabled:  # a disabled one made no call
            end_hold(state)
        # A person waits for the initial sync, also of an organisation with few records.
        if not self._was_initial_sync and rows <= FEW_ROWS and rest_after(duration):
            rest(state, duration)

    def _next_change(self) -> datetime | None:
        """Return when the next change is due that is in the outbox now."""
        state = self.mirror.state
        if not self.mirror.has_changes or not state.is_enabled:
            return None
        due = self.mirror.fetch_changes(_select_next_due)
        return min(due[0], timezone.now() + timedelta(seconds=MAX_WAIT)) if due else None

    def get_block(self) -> ZCRMError | None:
        """Return the error that blocks the mirror, if any."""
        state = self.mirror.state
        if state.phase != BLOCKED:
            return None
        reason = state.last_error or "a person must put something right."
        return ZCRMError(f"The mirror of {state.module} is blocked ({state.blocked}): {reason}")


@compiled
def _select_next_due(using: str) -> Select:
    items = OutboxItem.objects.using(using).of_parameters().open().order_by("due")
    return Select.of(items.values_list("due", flat=True)[:1])


def columns_after_failure(state: MirrorState, error: Exception) -> tuple[dict[str, Any], timedelta]:
    """Return the columns to store after an error, and the wait until the next poll."""
    failures = state.failures + 1
    block = block_of(error, state.module) if isinstance(error, ZCRMError) else None
    if isinstance(error, Limited):  # its connection is held until the limit allows calls
        return {"last_error": stored_reason(error)}, timedelta()
    if block is None:
        return {"failures": failures, "last_error": stored_reason(error)}, retry_after(failures)
    columns = {
        "failures": failures,
        "last_error": block.why,
        "phase": block.phase,
        "blocked": block.code,
    }
    # All connections may be blocked at once, by a setting or after a deployment.
    spread = random.uniform(0.96, 1)  # noqa: S311 - spreads the load
    return columns, timedelta(seconds=block.retry_seconds * spread)


def note_failure(state: MirrorState, error: Exception) -> None:
    """Store an error that prevented a worker from starting on a mirror."""
    columns, wait = columns_after_failure(state, error)
    due = timezone.now() + wait
    MirrorState.objects.filter(pk=state.pk).update(due=due, urgent_at=None, **columns)
