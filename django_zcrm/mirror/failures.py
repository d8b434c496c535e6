"""Errors of workers: how they are stored, and when the work is tried again."""

from __future__ import annotations

import random
import re
from datetime import timedelta

from django.db import OperationalError, ProgrammingError

from ..conf import get_settings
from ..exceptions import ZCRMError
from ..reasons import Reason, reason, reason_of
from ..zoho.calls.retry import backoff

FIRST_RETRY = 5.0
"""Seconds until the retry after a first failure; doubled by each failure, up to `longest_retry`."""

_IS_MISSING = re.compile(
    r"no such (table|column): |table \S+ has no column named "  # SQLite
    r"|(column|relation) \S+ (of relation \S+ )?does not exist"  # PostgreSQL
    r"|\((1054|1146), "  # MariaDB and MySQL: unknown column, no such table
)
"""How a database reports that it has no such table or column. Other errors of these classes quote
values: MariaDB's 1366 is an OperationalError."""


MAX_RETRY = 300.0
"""The longest wait until the retry after a failure, unless `POLL_INTERVAL` is longer."""


def longest_retry() -> float:
    """Return the longest time, in seconds, until the retry after a failure."""
    return max(float(get_settings().mirror.poll_interval), MAX_RETRY)


def retry_after(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row: at most `longest_retry`."""
    wait = backoff(failures - 1, FIRST_RETRY, longest_retry())
    return timedelta(seconds=wait * random.uniform(0.5, 1))  # noqa: S311 - spreads the load


def is_unmigrated(error: Exception) -> bool:
    """Whether a database says that it has no such table or column: models changed before it did."""
    is_database = isinstance(error, ProgrammingError | OperationalError)
    return is_database and bool(_IS_MISSING.match(str(error)))


def stored_reason(error: Exception) -> Reason:
    """Return an error as a reason that may be shown: errors other than ours could quote values.

    A database's error about a missing table or column is shown, since it quotes no values.
    """
    if isinstance(error, ZCRMError):
        return reason_of(error)
    if is_unmigrated(error):
        return reason("unmigrated", error=str(error).partition("\n")[0][:200])
    return reason("see_log", type=type(error).__name__)
