"""Functions for runners with a queue: find the due mirrors, and do the work of one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from ...moments import condition_reached
from ..locking import update_by_key
from ..models import MirrorState
from ..notifications.channels import renew_due_channels
from ..statements import Parameter
from .claims import ROUTINE, URGENT, claim_mirrors, find_claimable
from .due import prepare, work
from .wakeups import collect_wakeups

MAX_MESSAGES = 500
"""Messages that one search for due mirrors sends, so that it ends before the next one begins."""

MAX_URGENT = MAX_MESSAGES * 3 // 4
"""Messages of those for urgent work, which may never end: the rest are for routine polls."""

MESSAGE_SECONDS = 60.0
"""Seconds after which a message for a mirror expires. Until then, no other one is sent for it, so
that none pile up while there is no worker; afterwards another one replaces one that was lost.
"""


def find_due_mirrors() -> list[tuple[int, str]]:
    """Return the connection and module of mirrors that are due, at most MAX_MESSAGES.

    The caller sends a message for each: until a worker has taken the mirror, or MESSAGE_SECONDS
    have passed, the mirror is not returned again, unless work for it becomes urgent. Also does what
    is due for the whole site. Raises ConfigurationError for invalid settings or models.
    """
    prepare()
    states: list[MirrorState] = []
    for column, most in ((URGENT, MAX_URGENT), (ROUTINE, MAX_MESSAGES)):
        unsent = Q(queued_until=None) | condition_reached("queued_until", MESSAGE_SECONDS)
        rows = find_claimable(column).filter(unsent)
        rows = rows.exclude(pk__in=[state.pk for state in states]).only("connection_id", "module")
        states += rows[: most - len(states)]
    _note_messages([state.pk for state in states])
    return [(state.connection_id, state.module) for state in states]


def send_due(send: Callable[[int, str], None]) -> int:
    """Send a message for each due mirror, then renew channels; return the number of messages.

    Channels come last, because their calls may take long. Raises as `find_due_mirrors` and `send`.
    """
    mirrors = find_due_mirrors()
    for connection_id, module in mirrors:
        send(connection_id, module)
    renew_due_channels()
    return len(mirrors)


def run_mirror(connection_id: int, module: str) -> bool:
    """Do the due work of one mirror, if any; return whether to send another message for it.

    Before that, it does urgent work and renews a channel, whoever they belong to: these do not wait
    behind the messages of a backlog. Safe to call twice, late and from several processes at the
    same time, and to be killed.
    """
    collect_wakeups()
    renew_due_channels(1)
    for claim in claim_mirrors(1, columns=(URGENT,)):
        work(claim)
    mine = Q(connection=connection_id, module=module)
    has_more = False
    due = Q(connection=Parameter("connection"), module=Parameter("module"))
    for claim in claim_mirrors(1, due, connection=connection_id, module=module):
        result = work(claim)
        has_more = result.was_free and result.applied.again == 0.0
    keys = list(MirrorState.objects.filter(mine).values_list("pk", flat=True))
    if has_more:
        _note_messages(keys)
    else:  # if other workers have its connection now, the next search finds it
        update_by_key(MirrorState.objects.all(), keys, queued_until=None)
    return has_more


def _note_messages(keys: list[int]) -> None:
    until = timezone.now() + timedelta(seconds=MESSAGE_SECONDS)
    update_by_key(MirrorState.objects.all(), keys, queued_until=until)
