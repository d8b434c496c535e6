"""Leases: one worker at a time for a row, on any number of machines.

A lease is taken by a single UPDATE with a condition, so it works the same on all databases. It
expires unless it is prolonged, so it ends soon after its worker.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import models, router
from django.db.models import Q
from django.utils import timezone

from .moments import condition_reached


class RowLease:
    """The right to work on one row with the columns `lease_owner` and `lease_until`."""

    def __init__(self, row: models.Model, seconds: float, owner: str = "") -> None:
        """Make no query yet. `seconds` is the duration of the lease from each renewal.

        `owner` is the value of `lease_owner` if the lease has been taken already.
        """
        self.owner = owner or secrets.token_hex(16)
        self.using = router.db_for_write(type(row), instance=row)
        self._seconds = seconds
        self._model, self._key = type(row), row.pk

    @cached_property
    def _rows(self) -> models.QuerySet[Any, Any]:
        return self._model._base_manager.using(self.using).filter(pk=self._key)

    @cached_property
    def _held_row(self) -> models.QuerySet[Any, Any]:
        return self._rows.filter(lease_owner=self.owner)

    def is_held(self) -> bool:
        """Return whether the lease is still held."""
        return self._held_row.exists()

    def release(self, **columns: Any) -> bool:
        """Set columns of the row and release the lease; return False if it was lost."""
        return bool(self._held_row.update(lease_owner="", lease_until=None, **columns))

    def was_released(self, **columns: Any) -> bool:
        """Return whether nobody has the lease and the columns have these values."""
        return self._rows.filter(lease_owner="", **columns).exists()

    def _until(self) -> datetime:
        return timezone.now() + timedelta(seconds=self._seconds)


def is_free(seconds: float) -> Q:
    """Return the condition that a row's lease, which lasts `seconds`, is free."""
    return Q(lease_until=None) | condition_reached("lease_until", seconds)
