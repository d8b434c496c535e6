"""Rows of the primary database; with a lagging replica, changes would be sent twice."""

from __future__ import annotations

from typing import TypeVar

from django.db import models, router

M = TypeVar("M", bound=models.Model)


def rows_on(model: type[M], using: str) -> models.QuerySet[M]:
    """Return all rows of a model, without the checks of `MirroredRowQuerySet`."""
    return models.QuerySet(model, using=using)


def rows_on_primary(model: type[M]) -> models.QuerySet[M]:
    """Return all rows of a model, read from the database for writes, without checks."""
    return rows_on(model, router.db_for_write(model))
