"""Query sets of the primary database, which a lagging replica does not equal."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import models, router

M = TypeVar("M", bound=models.Model)


class PrimaryQuerySet(models.QuerySet[M]):
    """A query set that reads from the database for writes, unless `using` names another one."""

    @property
    def db(self) -> str:
        """The database of the query set."""
        unbound: Any = self
        return unbound._db or router.db_for_write(self.model, **unbound._hints)
