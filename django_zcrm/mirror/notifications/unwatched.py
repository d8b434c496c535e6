"""Mirrors whose channel is lost: idle ones are due within the interval of mirrors without one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from ...conf import get_settings
from ...models import Connection
from ..locking import update_by_key
from ..models import MirrorState
from ..models.notifications import modules_of
from ..planning.intervals import IDLE
from ..policies import policy_of


def poll_unwatched(connection: Connection, events: Sequence[str] = ()) -> None:
    """Shorten the waits of a connection's mirrors that no event watches any more.

    Their last polls relied on the channel. Mirrors keep a wait that a policy or the credits of
    the organisation require.
    """
    longest = get_settings().mirror.max_poll_interval[0]
    rows = MirrorState.objects.filter(
        connection=connection, stretched_by=IDLE, poll_interval__gt=longest
    )
    keys = [
        state.pk
        for state in rows.exclude(module__in=modules_of(events))
        if not _has_own_interval(connection, state.module)
    ]
    spread = random.uniform(0, longest)  # noqa: S311 - many channels may be lost at once
    due = timezone.now() + timedelta(seconds=spread)
    late = MirrorState.objects.filter(due__gt=due)
    update_by_key(late, keys, due=due)
    update_by_key(MirrorState.objects.all(), keys, poll_interval=longest)


def _has_own_interval(connection: Connection, module: str) -> bool:
    """Whether the policy of a mirror sets its longest interval."""
    try:
        return policy_of(connection, module).max_poll_interval is not None
    except Exception:  # of the site's function: the mirror's next poll stores it
        return False
