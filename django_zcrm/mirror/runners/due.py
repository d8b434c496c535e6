"""Finds the mirrors that are due, and syncs them, for all runners.

The unit of work is one mirror: a module of a connection. The worker that holds its lease does all
work that is due for it. All pending work is stored in tables, so a worker may die at any line.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from contextlib import suppress

from django.db import Error as DatabaseError
from django.db.models import Q
from django.utils import timezone

from ...clients import zcrm
from ...database import reconnect
from ...exceptions import ZCRMError
from ...zoho.limits.budget import no_waiting
from ..apply import SyncResult
from ..failures import is_unmigrated, stored_reason
from ..leased_mirror import LeasedMirror, lease_mirror, open_mirror
from ..leases import LeaseLost, Superseded
from ..locking import is_lock_conflict
from ..models import MirrorState
from ..notifications.channels import renew_due_channels
from ..notifications.notices import read_notices
from ..policies import policy_of
from ..push.outbox import push_outbox
from ..statements import Parameter
from .claims import ROUTINE_TURNS, Claim, choose_order, claim_mirrors
from .poll import Poll, RunResult, is_poll_of_due, note_failure
from .share import pull_within_share
from .upkeep import do_upkeep
from .wakeups import collect_wakeups

logger = logging.getLogger("django_zcrm.mirror")

POLL_SECONDS = 20.0
"""Seconds after which a worker leaves the rest of a mirror's work to a later poll."""


def run_due(limit: int | None = None) -> int:
    """Sync at most `limit` mirrors that are due now; return the number of those that were free.

    Safe to call at any time, from any number of processes, and to be killed. The error of a mirror
    is stored in its state, and does not affect other mirrors. Raises ConfigurationError for invalid
    settings or models, and the errors of the database.
    """
    prepare()
    renew_due_channels()
    begin, count = timezone.now(), 0
    # Work that becomes due in the meantime is left to the next call.
    is_due = Q(due__lte=Parameter("begin")) | Q(urgent_at__lte=Parameter("begin"))
    lost_pks: list[int] = []
    while limit is None or count < limit:
        # All that is due is done anyway unless there is a limit.
        turn = 1 if limit is None else random.randrange(ROUTINE_TURNS)  # noqa: S311 - fairness
        condition = is_due & ~Q(pk__in=lost_pks) if lost_pks else is_due
        claims = claim_mirrors(1, condition, choose_order(turn), begin=begin)
        if not claims:
            break
        for claim in claims:
            if work(claim).was_free:
                count += 1
            else:
                lost_pks.append(claim[0].pk)
    while renew_due_channels():  # after the mirrors, because many may be due at once
        pass
    return count


def prepare() -> None:
    """Do what has to precede claims: upkeep, if it is due, and requests for immediate work.

    Raises ConfigurationError for invalid settings or models.
    """
    do_upkeep()
    collect_wakeups()


def work(claim: Claim) -> RunResult:
    """Do the due work of a claimed mirror; return the result, which includes errors.

    No call waits for a slot, or before a retry, and after POLL_SECONDS the work ends at the next
    safe point: the rest is due later, after other mirrors that are due.
    """
    state, lease = claim
    with no_waiting():
        return _attempt(state, lambda: open_mirror(state, lease, POLL_SECONDS))


def attempt(state: MirrorState) -> RunResult:
    """Do the due work of one mirror; return the result, which includes errors."""
    return _attempt(state, lambda: lease_mirror(state))


def _attempt(state: MirrorState, lease: Callable[[], LeasedMirror | None]) -> RunResult:
    try:
        mirror = lease()
    except DatabaseError:
        raise
    except Exception as error:  # an invalid model or setting, or a receiver of the project
        _log(state, error)
        note_failure(state, error)
        return RunResult(error=error)
    if mirror is None:
        return RunResult(was_free=False)
    poll = Poll(mirror)
    try:
        with mirror.lease.keep_renewed(), zcrm.priority("batch"):
            applied = _sync(mirror)
        poll.end(applied=applied)
    except LeaseLost:
        logger.warning("%s was taken over, or belongs to another organisation now", state)
        mirror.lease.release()
        return RunResult(was_free=False)
    except Exception as error:
        _log(state, error)
        with suppress(DatabaseError):
            if isinstance(error, DatabaseError):
                reconnect(mirror.lease.using)  # otherwise the lease would last for its full time
            poll.end(error)
        return RunResult(error=error)
    except BaseException:  # the process ends: other workers may continue at once
        mirror.lease.abandon(urgent_at=timezone.now())
        raise
    return RunResult(poll.get_block(), applied)


def _log(state: MirrorState, error: Exception) -> None:
    """Log an error, unless it is one of ours, which the state shows."""
    if is_lock_conflict(error):
        logger.warning("the mirror %s met rows that others have locked: it tries again", state)
    elif is_unmigrated(error):  # repeated until the database is migrated: no traceback
        logger.error("the mirror %s failed: %s", state, stored_reason(error))
    elif not isinstance(error, ZCRMError):
        logger.exception("the mirror %s failed", state)


def _sync(mirror: LeasedMirror) -> SyncResult:
    """Do all due work of a mirror. Each part checks whether it has anything to do."""
    if not policy_of(mirror.connection, mirror.state.module).enabled:
        mirror.note(is_enabled=False)
        return SyncResult()
    if not mirror.state.is_enabled:
        mirror.note(is_enabled=True)
    try:
        result = push_outbox(mirror)
        applied = SyncResult(sent=result.done, unsent=result.failed + result.conflicts)
        if is_poll_of_due(mirror.state):
            applied.add(pull_within_share(mirror))
        mirror.has_news = applied.is_news
        applied.add(read_notices(mirror))
        return applied
    except Superseded:  # the requested work is due at once
        mirror.noted_columns.clear()  # or the release would store it over what was requested
        mirror.state.refresh_from_db(using=mirror.lease.using)
        return SyncResult(again=0.0)
