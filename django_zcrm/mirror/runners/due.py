"""What is due, and doing it: the same code whoever wakes it, as often as they like."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.utils import timezone

from ...clients import zcrm
from ...conf import get_settings
from ...exceptions import ZCRMError
from ..leases import LeaseLost
from ..models import MirrorState
from ..pull.blocking import RETRY_SECONDS, block_of
from ..pull.cycle import pull
from ..work import Work, taken

logger = logging.getLogger("django_zcrm.mirror")


def run_due(limit: int | None = None) -> int:
    """Do what is due, for at most `limit` mirrors, and return for how many there was something.

    Safe to call at any time, from any number of processes, and to be killed.
    """
    done = 0
    for state in due_states()[:limit]:
        done += run(state)
    return done


def due_states() -> list[MirrorState]:
    """Return the mirrors that something is due for, and that no worker is at."""
    rows = MirrorState.objects.active().free().filter(due__lte=timezone.now())
    return list(rows.select_related("connection").order_by("due", "pk"))


def run(state: MirrorState) -> bool:
    """Do what is due for one mirror; False if another worker is at it."""
    work = taken(state)
    if work is None:
        return False
    every = timedelta(seconds=get_settings().mirror.every)
    try:
        with zcrm.priority("batch"):
            applied = pull(work)
    except LeaseLost:
        logger.warning("another worker took over %s", state)
    except ZCRMError as error:
        _failed(work, error, every)
    else:
        after = every if applied.again is None else timedelta(seconds=applied.again)
        work.lease.release(
            last_error="", failures=0, due=timezone.now() + after, **work.state.unblocked()
        )
    return True


def _failed(work: Work, error: ZCRMError, every: timedelta) -> None:
    block = block_of(error, work.state.module)
    if block is None:
        work.lease.release(
            last_error=str(error), failures=work.state.failures + 1, due=timezone.now() + every
        )
        return
    work.lease.release(
        phase=MirrorState.Phase.BLOCKED,
        blocked=block.code,
        last_error=block.words,
        failures=work.state.failures + 1,
        due=timezone.now() + timedelta(seconds=RETRY_SECONDS),
    )
