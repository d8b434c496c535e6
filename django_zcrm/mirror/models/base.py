"""`MirrorModel`: the base of a project's own models that hold Zoho's records."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.base import ModelBase

from .rows import MirroredRow, MirroredRowQuerySet

UNIQUE = ("connection", "zoho_id")


class MirrorModelBase(ModelBase):
    """Keeps a record's row unique in models with a `class Meta` of their own.

    Django inherits an abstract model's Meta only where the class says so, or has none.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kw: Any) -> Any:
        """Make the class."""
        meta = attrs.get("Meta")
        if meta is not None and not getattr(meta, "proxy", False):
            given = list(getattr(meta, "unique_together", ()))
            several = given if not given or not isinstance(given[0], str) else [tuple(given)]
            if UNIQUE not in [tuple(fields) for fields in several]:
                attrs["Meta"] = type("Meta", (meta,), {"unique_together": [*several, UNIQUE]})
        return super().__new__(cls, name, bases, attrs, **kw)


class MirrorModel(MirroredRow, metaclass=MirrorModelBase):
    """A model whose rows are records of one of Zoho's modules.

        class Lead(MirrorModel):
            name = models.CharField(max_length=80)

            class Zoho:
                module = "Leads"
                fields = {"name": "Last_Name"}

    See `mirror.options.MirrorOptions` for what `Zoho` may say.
    """

    Zoho: ClassVar[Any]

    objects: ClassVar[models.Manager[Any]] = MirroredRowQuerySet.as_manager()

    class Meta(MirroredRow.Meta):
        abstract = True
