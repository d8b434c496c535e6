"""Decides when a mirror is polled next: by its activity, and by the credits of its organisation."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from ...conf import get_settings
from ..leased_mirror import LeasedMirror
from ..models import MirrorState
from ..models.notifications import modules_of
from ..planning.intervals import (
    CREDITS,
    DAY,
    IDLE,
    next_interval,
    shortest_within_share,
)
from ..planning.schedule import is_over
from ..policies import policy_of
from .share import count_credits, count_credits_left, credits_for_poll

USUAL_CREDITS = 4
"""The most credits that the next poll is expected to use: those of two pages of changes. A poll
that uses more has done work that the next one does not repeat, such as a comparison of all ids.
"""

ACTIVE_POLLS = 10
"""Polls at the shortest interval after a change: another one is likely to follow."""

SPREAD = 3600.0
"""Seconds after midnight, by UTC, within which mirrors are polled that have used their share of the
credits. Otherwise those of all organisations would be due in the same second.
"""


def plan_next_poll(mirror: LeasedMirror, *, is_active: bool) -> dict[str, Any]:
    """Return the columns of the state after a poll.

    `is_active` is whether anything changed. Raises ConfigurationError for an invalid policy.
    """
    now = timezone.now().astimezone(UTC)
    changed_at = now if is_active else mirror.state.changed_at
    state, options = mirror.state, get_settings().mirror
    policy = policy_of(state.connection, state.module)
    declared = mirror.target.options.poll_interval if mirror.target.options else None
    shortest = policy.poll_interval or declared or options.poll_interval
    without, with_channel = options.max_poll_interval
    longest = policy.max_poll_interval or without
    is_active = changed_at is not None and not is_over(changed_at, shortest * ACTIVE_POLLS, now)
    interval = next_interval(state.poll_interval, shortest, longest, is_active=is_active)
    may_rest = not (is_active or policy.max_poll_interval)
    if may_rest and with_channel > longest <= interval and has_healthy_channel(state):
        interval = next_interval(state.poll_interval, shortest, with_channel, is_active=False)
    stretched_by = IDLE if interval > shortest else ""
    least = _shortest_within_share(mirror, min(max(mirror.credits, 1), USUAL_CREDITS), now)
    if least > interval:
        interval, stretched_by = least, CREDITS
    return {
        "poll_interval": round(interval),
        "stretched_by": stretched_by,
        "changed_at": changed_at,
        **count_credits(state, mirror.credits),
    }


def has_healthy_channel(state: MirrorState) -> bool:
    """Whether a channel that is open, and whose last renewal succeeded, watches the module."""
    if not get_settings().mirror.notify_url:
        return False
    channel = getattr(state.connection, "channel", None)
    if channel is None or channel.failures or channel.organisation_id != state.organisation_id:
        return False
    is_open = channel.expires_at is not None and channel.expires_at > timezone.now()
    return is_open and state.module in modules_of(channel.events)


def _shortest_within_share(mirror: LeasedMirror, cost: int, now: datetime) -> float:
    """Return the shortest interval that keeps `CREDIT_SHARE`, with the other mirrors' polls.

    `cost` are the credits of the next poll.
    """
    midnight = datetime(now.year, now.month, now.day, tzinfo=UTC) + timedelta(days=1)
    seconds_left = (midnight - now).total_seconds()
    credits_left = count_credits_left(mirror)
    if credits_for_poll(credits_left) >= cost:
        interval = shortest_within_share(credits_left, mirror.others, seconds_left, cost)
        if interval < seconds_left:
            return interval
    return min(seconds_left + random.uniform(0, SPREAD), DAY)  # noqa: S311 - spreads the load
