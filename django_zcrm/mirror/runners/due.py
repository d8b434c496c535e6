"""Finds the mirrors that are due, and does their work: one code for all runners.

The unit of work is one mirror (a module of a connection): the worker that holds its lease does all
that is due for it. Everything is kept in tables, so a worker may die at any line.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from django.db import Error as DatabaseError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from ...clients import zcrm
from ...database import reconnect
from ...exceptions import ZCRMError
from ..apply import Applied
from ..leases import LeaseLost, Superseded
from ..locking import is_held_up
from ..models import MirrorState, Notice, OutboxItem
from ..notifications.channels import due_channels, ensure_channels, renew
from ..notifications.notices import read_notices
from ..options import mirrored_models, options_of
from ..pull.cycle import pull
from ..push.drain import drain
from ..tenants import reset_moved
from ..work import Work, start_work
from .states import connections_here, ensure_states
from .worker_run import RunResult, WorkerRun, is_unmigrated, note_failure, words_of

logger = logging.getLogger("django_zcrm.mirror")


def run_due(limit: int | None = None) -> int:
    """Do what is due for at most `limit` mirrors, and return for how many that was possible.

    Safe to call at any time, from any number of processes, and to be killed. What fails for one
    mirror is noted in its state and does not keep the others from theirs. Raises ConfigurationError
    for settings or models that are wrong, and what the database raises.
    """
    update_states_and_channels()
    return sum(run(state) for state in due_states()[:limit])


def update_states_and_channels() -> None:
    """Create missing rows of mirrors and channels, reset moved mirrors, and renew channels.

    Raises ConfigurationError for settings or models that are wrong.
    """
    ensure_states()
    reset_moved()
    ensure_channels()
    for channel in due_channels():
        renew(channel)


def due_states() -> list[MirrorState]:
    """Return the mirrors for which something is due and that no worker has leased."""
    return list(due_rows())


def due_rows() -> models.QuerySet[MirrorState]:
    """Return the query set behind `due_states`: those that have been due longest come first.

    Due is the next poll of Zoho, a change to be sent, or a notice from Zoho. While calls fail,
    changes and notices wait for the next poll. Changes of a model without `push` wait until it has
    one again.
    """
    here = {"connection": OuterRef("connection"), "module": OuterRef("module")}
    pushing = [name for name, model in mirrored_models().items() if options_of(model).push]
    outbox = OutboxItem.objects.due().filter(**here, module__in=pushing)
    notices = Notice.objects.filter(
        channel__connection=here["connection"], module=here["module"], done_at=None
    )
    works = Q(failures=0) & ~Q(phase=MirrorState.Phase.BLOCKED)
    rows = MirrorState.objects.active().free().filter(connection__in=connections_here())
    due = Q(due__lte=timezone.now()) | (works & (Exists(outbox) | Exists(notices)))
    return rows.filter(due).select_related("connection").order_by("due", "pk")


def run(state: MirrorState) -> bool:
    """Do what is due for one mirror; False if another worker is at it."""
    return attempt(state).was_free


def attempt(state: MirrorState) -> RunResult:
    """Do what is due for one mirror, and return the result, errors included."""
    try:
        work = start_work(state)
    except ZCRMError as error:  # a model or a setting that is wrong
        note_failure(state, error)
        return RunResult(error=error)
    if work is None:
        return RunResult(was_free=False)
    worker_run = WorkerRun(work)
    try:
        with work.lease.beating(), zcrm.priority("batch"):
            applied = _do(work)
        worker_run.end(again=applied.again)
    except LeaseLost:
        logger.warning("another worker took over %s", state)
        return RunResult(was_free=False)
    except Exception as error:
        if is_held_up(error):
            logger.warning("the mirror %s met rows that others have locked: it tries again", state)
        elif is_unmigrated(error):  # at each attempt until somebody migrates: without a traceback
            logger.error("the mirror %s failed: %s", state, words_of(error))
        elif not isinstance(error, ZCRMError):
            logger.exception("the mirror %s failed", state)
        with suppress(DatabaseError):
            if isinstance(error, DatabaseError):
                reconnect(work.lease.using)  # or the lease would be held for its full time
            worker_run.end(error)
        return RunResult(error=error)
    except BaseException:  # the process is to end: others may go on at once
        work.lease.abandon()
        raise
    return RunResult(worker_run.blocked(), applied)


def _do(work: Work) -> Applied:
    """Do all that is due for a mirror. Each part checks whether there is anything for it to do."""
    try:
        drained = drain(work)
        applied = Applied(sent=drained.done, unsent=drained.dead + drained.conflicts)
        if work.state.due <= timezone.now():
            applied.add(pull(work))
        applied.add(read_notices(work))
        return applied
    except Superseded:  # what was asked for is due at once
        work.state.refresh_from_db(using=work.lease.using)
        return Applied(again=0.0)
