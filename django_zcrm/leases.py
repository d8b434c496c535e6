"""Leases: one worker at a time for a row, however many machines there are.

A lease is taken by one UPDATE that compares and sets, and lasts a while unless it is prolonged, so
it works alike on all databases and outlives no worker for long.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import models, router
from django.db.models import Q
from django.utils import timezone


class RowLease:
    """The right to work on one row with the columns `lease_owner` and `lease_until`."""

    def __init__(self, row: models.Model, seconds: float) -> None:
        """Ask for nothing yet. `seconds` is how long the lease lasts from each time on."""
        self.owner = secrets.token_hex(16)
        self.using = router.db_for_write(type(row), instance=row)
        self._seconds = seconds
        self._rows = type(row)._base_manager.using(self.using).filter(pk=row.pk)

    def is_held(self) -> bool:
        """Whether it was not lost meanwhile."""
        return self._held().exists()

    def release(self, **columns: Any) -> bool:
        """Set columns of the row and give the lease back; False if it was lost meanwhile."""
        return bool(self._held().update(lease_owner="", lease_until=None, **columns))

    def _held(self) -> models.QuerySet[Any]:
        return self._rows.filter(lease_owner=self.owner)

    def _until(self) -> datetime:
        return timezone.now() + timedelta(seconds=self._seconds)


def is_free() -> Q:
    """Return the condition that nobody holds the lease of a row."""
    return Q(lease_until=None) | Q(lease_until__lte=timezone.now())
