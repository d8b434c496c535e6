"""One run of a worker for a mirror: what is stored of its result, and when the next is due."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import OperationalError, ProgrammingError
from django.db.models import Case, F, Value, When
from django.utils import timezone

from ...conf import get_settings
from ...exceptions import ZCRMError
from ...zoho.retry import backoff
from ..apply import Applied
from ..models import MirrorState
from ..pull.blocks import RETRY_SECONDS, block_of
from ..work import Work

FIRST_RETRY = 5.0
"""Seconds after a first failure; it doubles with each further one, up to `EVERY`."""

BLOCKED = MirrorState.Phase.BLOCKED

_IS_MISSING = re.compile(
    r"no such (table|column): |table \S+ has no column named "  # SQLite
    r"|(column|relation) \S+ (of relation \S+ )?does not exist"  # PostgreSQL
    r"|\((1054|1146), "  # MariaDB and MySQL: unknown column, no such table
)
"""How a database says that it has no such table or column. Other errors of these classes quote
values: MariaDB's 1366 is an OperationalError."""


@dataclass(frozen=True)
class RunResult:
    """The result of a run: an error, or what was written; `was_free` is False if another worker had
    the mirror, so that nothing was done."""

    error: Exception | None = None
    applied: Applied = field(default_factory=Applied)
    was_free: bool = True


class WorkerRun:
    """A worker's run for a mirror, from the moment when it has the lease."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def end(self, error: Exception | None = None, again: float | None = None) -> None:
        """Store how it went, and release the lease.

        `again` is the number of seconds after which there is more to do, if that is known.
        """
        state, now = self.work.state, timezone.now()
        was_due = state.due <= now
        if error is None:
            columns = {"failures": 0, **state.unblocked()}
            if columns.get("phase", state.phase) != BLOCKED:
                columns["last_error"] = ""
            every = get_settings().mirror.every
            wait = timedelta(seconds=every if again is None else again)
        else:
            columns, wait = after_failure(state, error)
        if was_due:
            columns["last_run_at"] = now
        due = now + wait if was_due or error is not None else min(state.due, now + wait)
        # Unless somebody asked meanwhile for it to be done at once.
        is_unasked = When(due=state.due, then=Value(due))
        self.work.lease.release(due=Case(is_unasked, default=F("due")), **columns)
        for name, value in columns.items():
            setattr(state, name, value)

    def blocked(self) -> ZCRMError | None:
        """Return why the mirror is blocked now, if it is."""
        state = self.work.state
        if state.phase != BLOCKED:
            return None
        reason = state.last_error or "a person must put something right."
        return ZCRMError(f"The mirror of {state.module} is blocked ({state.blocked}): {reason}")


def after_failure(state: MirrorState, error: Exception) -> tuple[dict[str, Any], timedelta]:
    """Return the columns to store after an error, and how long the mirror waits."""
    failures = state.failures + 1
    block = block_of(error, state.module) if isinstance(error, ZCRMError) else None
    if block is None:
        return {"failures": failures, "last_error": words_of(error)}, retry_after(failures)
    columns = {
        "failures": failures,
        "last_error": block.words,
        "phase": BLOCKED,
        "blocked": block.code,
    }
    return columns, timedelta(seconds=RETRY_SECONDS)


def note_failure(state: MirrorState, error: Exception) -> None:
    """Store an error that kept a worker from starting on a mirror."""
    columns, wait = after_failure(state, error)
    MirrorState.objects.filter(pk=state.pk).update(due=timezone.now() + wait, **columns)


def retry_after(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row: never longer than `EVERY`."""
    longest = float(get_settings().mirror.every)
    wait = backoff(failures - 1, FIRST_RETRY, longest)
    return timedelta(seconds=wait * random.uniform(0.5, 1))  # noqa: S311 - spreads the load


def is_unmigrated(error: Exception) -> bool:
    """Whether a database says that it has no such table or column: models changed before it did."""
    is_database = isinstance(error, ProgrammingError | OperationalError)
    return is_database and bool(_IS_MISSING.match(str(error)))


def words_of(error: Exception | None) -> str:
    """Return the text of an error that may be shown: errors other than ours could quote values.

    A database's error about a missing table or column is shown, since it quotes no values.
    """
    match error:
        case None:
            return ""
        case ZCRMError():
            return str(error)
        case Exception() if is_unmigrated(error):
            words = str(error).partition("\n")[0][:200]
            return (
                f"The database says: {words}. After a change of models: migrate, restart runners."
            )
    return f"{type(error).__name__}: see the log."
