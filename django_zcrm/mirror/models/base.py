"""`MirrorModel`: the base of a project's own models that hold Zoho's records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, ClassVar, Self

from django.db import models, router
from django.db.models.base import ModelBase

from .loaded import values_of
from .rows import MirroredRow, MirroredRowQuerySet

UNIQUE = ("connection", "zoho_id")

OWN_COLUMNS = frozenset({"zoho_id", "zoho_modified_time", "zoho_state", "synced_at"})
"""What the mirror writes, by queries, and an instance does not."""


class MirrorModelBase(ModelBase):
    """Adds the unique constraint on rows to models with a `class Meta` of their own.

    Django inherits an abstract model's Meta only where the class says so, or has none.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kw: Any) -> Any:
        """Create the class."""
        meta = attrs.get("Meta")
        if meta is not None and not getattr(meta, "proxy", False):
            declared = list(getattr(meta, "unique_together", ()))
            if declared and isinstance(declared[0], str):  # Django takes one without a list, too
                declared = [tuple(declared)]
            if UNIQUE not in [tuple(fields) for fields in declared]:
                attrs["Meta"] = type("Meta", (meta,), {"unique_together": [*declared, UNIQUE]})
        return super().__new__(cls, name, bases, attrs, **kw)


class MirrorModel(MirroredRow, metaclass=MirrorModelBase):
    """A model whose rows are records of one of Zoho's modules.

        class Lead(MirrorModel):
            name = models.CharField(max_length=80)

            class Zoho:
                module = "Leads"
                fields = {"name": "Last_Name"}

    See `mirror.options.MirrorOptions` for what `Zoho` may say. A saved instance writes no more than
    was changed on it: an instance that was read a while ago does not undo what the mirror wrote.
    """

    Zoho: ClassVar[Any]

    objects: ClassVar[models.Manager[Any]] = MirroredRowQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.loaded_values: dict[str, Any] = {}
        super().__init__(*args, **kwargs)

    @classmethod
    def from_db(
        cls,
        db: str | None,
        field_names: Collection[str],
        values: Collection[Any],
        **more: Any,  # as of Django 6.1
    ) -> Self:
        """Create an instance from the database, and remember the values."""
        row = super().from_db(db, field_names, values, **more)
        row.loaded_values = values_of(row)
        return row

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Any] | None = None,
    ) -> None:
        """Read the row again, and remember the values. Deferred columns are read this way, too."""
        names = None if fields is None else list(fields)
        super().refresh_from_db(using=using, fields=names, from_queryset=from_queryset)
        own = self._meta.concrete_fields
        columns = [
            field.attname
            for field in own
            if names is None or {field.name, field.attname} & {*names}
        ]
        self.loaded_values.update(values_of(self, columns))

    def save_base(
        self,
        raw: bool = False,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Save, and put the changes into the outbox in the same transaction.

        Raises NotConnected for a new row without a connection when the site has none.
        """
        # It converts values by the options, which are told by models.
        from ..push.capture import saving

        using = using or router.db_for_write(type(self), instance=self)
        with saving(self, using, None if update_fields is None else frozenset(update_fields)):
            super().save_base(
                raw=raw,
                force_insert=force_insert,
                force_update=force_update,
                using=using,
                update_fields=update_fields,
            )

    def _do_update(  # type: ignore[override]
        self,
        base_qs: models.QuerySet[Any],
        using: str | None,
        pk_val: Any,
        values: Sequence[tuple[Any, Any, Any]],
        update_fields: Iterable[str] | None,
        *more: Any,  # as of Django 6.0 one more
    ) -> Any:
        # Between reading and saving, the mirror may have written the row: what was not changed on
        # the instance would undo that, and its id in Zoho would be lost.
        if update_fields is None or not OWN_COLUMNS.issuperset(update_fields):
            values = [value for value in values if value[0].attname not in OWN_COLUMNS]
        if update_fields is None:
            loaded = self.loaded_values
            values = [
                value
                for value in values
                if value[0].attname not in loaded or loaded[value[0].attname] != value[2]
            ]
        return super()._do_update(base_qs, using, pk_val, values, update_fields, *more)
