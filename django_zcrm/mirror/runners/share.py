"""Keeps `CREDIT_SHARE`: polls use at most this share of an organisation's daily credits."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.utils import timezone

from ...conf import get_settings
from ...exceptions import BudgetExceeded
from ...zoho.limits.budget import budget
from ..apply import SyncResult
from ..leased_mirror import LeasedMirror
from ..models import MirrorState
from ..planning.intervals import daily_credits
from ..pull.steps import pull

NO_LIMIT = 10**9
"""Credits: a budget that only counts them."""


def pull_within_share(mirror: LeasedMirror) -> SyncResult:
    """Poll with the credits that are left today, and note how many the poll used.

    What they do not suffice for is left to a later poll. The initial sync and a poll that a person
    requested may use more. Raises the errors of calls, and LeaseLost.
    """
    state, applied = mirror.state, SyncResult()
    may_use_more = state.is_in_initial_sync or state.is_requested
    credits = NO_LIMIT if may_use_more else credits_for_poll(count_credits_left(mirror))
    # Not `zcrm.budget`, which needs ZCRM["LIMITS"]: without these, nothing is counted.
    with budget(credits=credits) as spent:
        try:
            pull(mirror, applied)
        except BudgetExceeded:
            if not spent.is_exceeded:  # but one of the caller's
                raise
        finally:
            if not state.is_in_initial_sync:
                mirror.credits = spent.credits
    return applied


def credits_for_poll(credits_left: int) -> int:
    """Return how many credits one poll may use: other workers may poll at the same time."""
    return max(credits_left, 0) // get_settings().mirror.max_workers


def count_credits_left(mirror: LeasedMirror) -> int:
    """Return how many credits the polls of a connection may still use today.

    It is negative if they have used more.
    """
    state, options = mirror.state, get_settings()
    edition = (options.limits.edition if options.limits else "") or state.connection.edition
    share = int(options.mirror.credit_share * daily_credits(edition))
    used: int = count_credits(state, mirror.credits)["poll_credits"]
    return share - used - mirror.others.credits


def count_credits(state: MirrorState, credits: int) -> dict[str, Any]:
    """Return the columns with the credits of a mirror's polls today, by UTC, and some more."""
    today = timezone.now().astimezone(UTC).date()
    before = state.poll_credits if state.poll_credits_day == today else 0
    return {"poll_credits": before + credits, "poll_credits_day": today}
