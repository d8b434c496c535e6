"""Saving a row without writing back what other processes have stored since it was read."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models


class SavesOwnChanges(models.Model):
    """Base class of rows whose `shared_columns` are saved only if this instance has changed them.

    Other processes write these columns at any moment. Saving a row that was read earlier must not
    undo their changes.
    """

    shared_columns: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; raises DatabaseError for a stored row that was deleted in the meantime."""
        is_plain = not args and set(kwargs) <= {"using"}
        is_here = kwargs.get("using", self._state.db) == self._state.db
        if is_plain and is_here and self.pk is not None and not self._state.adding:
            kwargs["update_fields"] = self._list_changed_columns()
        super().save(*args, **kwargs)
        self._remember()

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        """Read a row, and remember the shared columns."""
        row = super().from_db(*args, **kwargs)
        row._remember()
        return row

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Read the row again, and remember the shared columns."""
        super().refresh_from_db(*args, **kwargs)
        self._remember()

    def _list_changed_columns(self) -> list[str]:
        """Return the names of the fields to save: all but the unchanged ones of the shared."""
        here = self.__dict__
        then = here.get("_read", {})
        return [
            field.name
            for field in self._meta.concrete_fields
            if not field.primary_key
            and field.attname in here  # other columns were not read
            and not (field.name in then and then[field.name] == here[field.attname])
        ]

    def _remember(self) -> None:
        here = self.__dict__
        here["_read"] = {name: here[name] for name in self.shared_columns if name in here}
