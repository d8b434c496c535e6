"""Saves only the columns of a row that were changed on the instance.

This overrides `Model._do_update`, which is not part of Django's public API: `save_base` calls it to
write the columns of one table. `update_fields` would not do. With it, a missing row is an error,
where Django otherwise inserts the row; and columns that `pre_save` sets, such as `auto_now`, would
be left out.

Django 5.2 passes `forced_update` after the named parameters; Django 6.0 and 6.1 also pass
`returning_fields`, and take a list of values as the result. `tests/mirror/test_changed_columns.py`
fails if a version of Django calls the method in another way, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models

OWN_COLUMNS = frozenset(
    {"zoho_organisation", "zoho_id", "zoho_modified_time", "zoho_state", "synced_at"}
)
"""The columns that only the mirror writes, by queries; saving an instance does not."""


class ChangedColumnsMixin(models.Model):
    """A model that remembers the values of its columns as they were loaded."""

    loaded_values: dict[str, Any]

    class Meta:
        abstract = True

    def _do_update(  # type: ignore[override]
        self,
        base_qs: models.QuerySet[Any],
        using: str | None,
        pk_val: Any,
        values: Sequence[tuple[Any, Any, Any]],
        update_fields: Iterable[str] | None,
        *more: Any,
    ) -> Any:
        # Between reading and saving, the mirror may have written the row. Columns that were not
        # changed on the instance would overwrite that, and the id in Zoho would be lost.
        if update_fields is None or not OWN_COLUMNS.issuperset(update_fields):
            values = [value for value in values if value[0].attname not in OWN_COLUMNS]
        if update_fields is not None and self._are_loaded_fields(update_fields):
            update_fields = None
        if update_fields is None:
            values = [value for value in values if self._is_changed(value[0], value[2])]
        return super()._do_update(base_qs, using, pk_val, values, update_fields, *more)

    def _is_changed(self, field: Any, value: Any) -> bool:
        """Whether a value, which may be unconverted, is not the loaded one."""
        if field.attname not in self.loaded_values or hasattr(value, "resolve_expression"):
            return True
        loaded = self.loaded_values[field.attname]
        return bool(loaded != value and field.get_prep_value(loaded) != field.get_prep_value(value))

    def _are_loaded_fields(self, names: Iterable[str]) -> bool:
        """Whether names are those that Django passes for an instance with deferred fields."""
        deferred = self.get_deferred_fields()
        loaded = {field.attname for field in self._meta.concrete_fields if not field.primary_key}
        return bool(deferred) and {*names} >= loaded - deferred
