"""Query sets of the primary database, which a lagging replica does not equal."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models, router

M = TypeVar("M", bound=models.Model)


class PrimaryQuerySet(models.QuerySet[M]):
    """A query set that reads from the database for writes, unless `using` names another one."""

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
