"""The status of mirrors, without requests to Zoho: for people, health checks and metrics."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, prefetch_related_objects
from django.utils import timezone

from ..moments import is_reached
from ..reasons import Reason
from .health_state import missing_fields_of, options_in_force
from .models import Channel, MirrorState, Notice, OutboxItem, RecordState
from .models.mirror_state import LEASE_SECONDS
from .models.notifications import modules_of
from .module_health import NO_CHANGES, WaitingChanges, count_waiting_changes
from .pull.initial_sync import count_progress
from .targets import target_of


@dataclass(frozen=True, kw_only=True)
class ChannelStatus:
    """The status of a connection's notification channel."""

    channel_id: str
    events: tuple[str, ...]
    expires_at: datetime | None
    renew_at: datetime
    last_notice_at: datetime | None
    last_error: str
    is_live: bool


@dataclass(frozen=True, kw_only=True)
class MirrorStatus:
    """The status of a mirror. `lag` is in seconds; like `drift` and `progress`, None if not known.

    `reconciled_at` is the time of the last comparison of all ids, and `drift` its result.
    `progress` is the completed share of the initial sync; `worked_on` whether a worker has the
    mirror now; `unstored` the number of records that could not be stored, and `problems` the
    reasons for at most 100 of them, by id. `rows` has the numbers of live, deleted and unreachable
    rows, if requested. `waiting` is the number of changes in the `outbox` that could not be sent
    yet; `waiting_for` and `waiting_since` are the reason and the time of the oldest. `missing` are
    the fields that the model declares, and the organisation lacks. `poll_interval` is the time in
    seconds until its next poll, and `stretched_by` why it is longer than usual: "idle", "credits",
    or "".
    """

    module: str
    connection: str
    phase: str
    is_paused: bool
    worked_on: bool
    lag: float | None
    drift: int | None
    blocked: str
    failures: int
    last_error: str
    unstored: int
    problems: dict[str, Reason]
    missing: tuple[str, ...]
    poll_interval: int
    stretched_by: str
    progress: float | None
    synced_until: datetime | None
    reconciled_at: datetime | None
    last_run_at: datetime | None
    due: datetime
    outbox: int
    waiting: int
    waiting_for: str
    waiting_since: datetime | None
    conflicts: int
    failed_items: int
    notices: int
    channel: ChannelStatus | None
    rows: dict[str, int] | None

    @property
    def is_in_sync(self) -> bool:
        """Whether it is up to date, without errors."""
        is_live = self.phase == MirrorState.Phase.LIVE and not self.is_paused
        return is_live and not self.failures and not self.unstored

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values; times in ISO 8601."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return list(value) if isinstance(value, tuple) else value


def get_statuses(states: Iterable[MirrorState], *, with_rows: bool = False) -> list[MirrorStatus]:
    """Return the status of mirrors in a few queries; `with_rows` takes two more for each."""
    states = list(states)
    prefetch_related_objects(states, "metadata")
    connections = {state.connection_id for state in states}
    items: dict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    grouped = OutboxItem.objects.exclude(state__in=OutboxItem.OVER).filter(
        connection__in=connections
    )
    for row in grouped.values("connection", "module", "state").annotate(count=Count("pk")):
        items[row["connection"], row["module"]][row["state"]] = row["count"]
    waiting = count_waiting_changes(OutboxItem.objects.filter(connection__in=connections))
    notices = {
        (row["channel__connection"], row["module"]): row["count"]
        for row in Notice.objects.filter(channel__connection__in=connections, done_at=None)
        .values("channel__connection", "module")
        .annotate(count=Count("pk"))
    }
    channels = {
        channel.connection_id: _channel_status(channel)
        for channel in Channel.objects.filter(connection__in=connections)
    }
    return [
        _status(
            state,
            items[state.connection_id, state.module],
            waiting.get((state.connection_id, state.module), NO_CHANGES),
            notices.get((state.connection_id, state.module), 0),
            channels.get(state.connection_id),
            _rows(state) if with_rows else None,
        )
        for state in states
    ]


def _status(
    state: MirrorState,
    items: dict[str, int],
    waiting: WaitingChanges,
    notices: int,
    channel: ChannelStatus | None,
    rows: dict[str, int] | None,
) -> MirrorStatus:
    lease_until = state.lease_until
    return MirrorStatus(
        module=state.module,
        connection=str(state.connection),
        phase=state.phase,
        is_paused=state.is_paused,
        worked_on=lease_until is not None and not is_reached(lease_until, LEASE_SECONDS),
        lag=None if state.lag is None else state.lag.total_seconds(),
        drift=state.drift,
        blocked=state.blocked,
        failures=state.failures,
        last_error=state.last_error,
        unstored=state.unstored,
        problems=state.problems,
        missing=tuple(missing_fields_of(state)),
        poll_interval=state.poll_interval or options_in_force().poll_interval,
        stretched_by=state.stretched_by,
        progress=progress_of(state),
        synced_until=state.synced_until,
        # Before the first comparison, the state has the end of the initial sync in this column.
        reconciled_at=None if state.drift is None else state.reconciled_at,
        last_run_at=state.last_run_at,
        due=state.due,
        outbox=sum(items.get(name, 0) for name in OutboxItem.OPEN),
        waiting=waiting.count,
        waiting_for=waiting.reason,
        waiting_since=waiting.since,
        conflicts=items.get(OutboxItem.State.CONFLICT, 0),
        failed_items=items.get(OutboxItem.State.FAILED, 0),
        notices=notices,
        channel=channel if channel and state.module in modules_of(channel.events) else None,
        rows=rows,
    )


def progress_of(state: MirrorState) -> float | None:
    """Return the share of the initial sync that is done; None if not known."""
    if not state.is_in_initial_sync or not state.windows:
        return None
    read, total = count_progress(state.windows)
    return read / total if total else 0.0


def _channel_status(channel: Channel) -> ChannelStatus:
    return ChannelStatus(
        channel_id=channel.channel_id,
        events=tuple(channel.events),
        expires_at=channel.expires_at,
        renew_at=channel.renew_at,
        last_notice_at=channel.last_notice_at,
        last_error=channel.last_error,
        is_live=channel.expires_at is not None and channel.expires_at > timezone.now(),
    )


def _rows(state: MirrorState) -> dict[str, int]:
    rows = target_of(state.module).rows(state.connection).order_by()
    count_by_state = dict(rows.values_list("zoho_state").annotate(count=Count("pk")))
    return {state.value: count_by_state.get(state.value, 0) for state in RecordState}
