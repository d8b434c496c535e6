"""`MirrorModel`: the base class of a project's models for Zoho's records."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import models, router
from django.db.models.base import ModelBase

from .changed_columns import OWN_COLUMNS, ChangedColumnsMixin
from .foreign_keys import check_row, find_crossing_errors
from .hooks import get_hooks
from .loaded import values_of
from .querysets import MirroredRowQuerySet
from .rows import MirroredRow

UNIQUE = ("connection", "zoho_id")


class MirrorModelBase(ModelBase):
    """Adds the unique constraint on rows to models with their own `class Meta`.

    Django inherits the Meta of an abstract model only if the class has none, or subclasses it.
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

    @property
    def _base_manager(cls: Any) -> Any:
        """Django's base manager, through which related managers add rows, with our checks."""
        manager = cls._meta.base_manager
        return _checked_manager(cls) if type(manager) is models.Manager else manager


@lru_cache(maxsize=512)
def _checked_manager(model: Any) -> models.Manager[Any]:
    manager: models.Manager[Any] = MirroredRowQuerySet.as_manager()
    manager.name, manager.model = "_base_manager", model
    return manager


class MirrorModel(ChangedColumnsMixin, MirroredRow, metaclass=MirrorModelBase):
    """A model whose rows are records of one of Zoho's modules.

    For example::

        class Lead(MirrorModel):
            name = models.CharField(max_length=80)

            class Zoho:
                module = "Leads"
                fields = {"name": "Last_Name"}

    `mirror.options.MirrorOptions` describes the options of the class `Zoho`. Saving an instance
    writes only the columns that changed on it, so an old instance does not undo what the mirror
    wrote in the meantime.
    """

    Zoho: ClassVar[Any]

    objects: ClassVar[models.Manager[Any]] = MirroredRowQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        abstract = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.loaded_values: dict[str, Any] = {}
        # The values of each save of a transaction, which are remembered after its commit.
        self.saved_values: list[dict[str, Any]] = []
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
        for saved in self.saved_values:
            for name in columns:
                saved.pop(name, None)

    def __getstate__(self) -> Any:
        """Return the attributes for a copy, which remembers the values that it saves itself."""
        own = {"loaded_values": dict(self.loaded_values), "saved_values": []}
        return {**super().__getstate__(), **own}

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Validate the fields; a foreign key to a row of another connection is invalid, too.

        Raises ValidationError. A row without a connection is treated as a row of the default
        connection, as in `save()`.
        """
        errors: dict[str, Any] = {}
        try:
            super().clean_fields(exclude)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        names = {*(exclude or ())} | errors.keys()
        errors |= find_crossing_errors(self, names)
        if errors:
            raise ValidationError(errors)

    def save_base(
        self,
        raw: bool = False,
        force_insert: Any = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Save, and put the changes into the outbox in the same transaction.

        Raises NotConnected for a new row without a connection when the site has none, and
        CrossConnectionError for a foreign key to a row of another connection.
        """
        # Django leaves `adding` set on an instance that was created with a key and then refreshed.
        is_copy = self._state.adding and self.loaded_values.get(self._meta.pk.attname) != self.pk
        if self.loaded_values and (self.pk is None or is_copy):
            self._become_new()
        using = using or router.db_for_write(type(self), instance=self)
        only = None if update_fields is None else frozenset(update_fields)
        with get_hooks().capture_changes(self, using, only):
            check_row(self, using, only)
            super().save_base(
                raw=raw,
                force_insert=force_insert,
                force_update=force_update,
                using=using,
                update_fields=update_fields,
            )

    def _become_new(self) -> None:
        """Forget the record of a row that is deleted, or that this one is a copy of."""
        for field in self._meta.concrete_fields:
            if field.attname in OWN_COLUMNS & self.loaded_values.keys():
                setattr(self, field.attname, field.get_default())
        self.loaded_values, self.saved_values = {}, []
        self._state.adding = True
