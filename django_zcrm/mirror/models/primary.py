"""Reads from the primary database: with a replica that lags, changes would be sent twice."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models, router

M = TypeVar("M", bound=models.Model)


class PrimaryQuerySet(models.QuerySet[M]):
    """A query set that reads from the database for writes, unless another one is named."""

    def __init__(
        self,
        model: type[M] | None = None,
        query: Any = None,
        using: str | None = None,
        hints: Any = None,
    ) -> None:
        if using is None and model is not None:
            using = router.db_for_write(model, **(hints or {}))
        super().__init__(model, query, using, hints)


def rows_on_primary(model: type[M]) -> models.QuerySet[M]:
    """Return all rows of a model, read from the database for writes."""
    return model._base_manager.using(router.db_for_write(model))
