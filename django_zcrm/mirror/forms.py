"""Forms of mirrored rows: their lookups offer rows of the same connection only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django import forms

from ..clients import default_connection_or_none
from ..models import Connection
from .models import MirroredRow, MirrorModel
from .models.organisations import is_current

if TYPE_CHECKING:
    Base = forms.ModelForm[Any]
else:
    Base = forms.ModelForm


class MirrorModelForm(Base):
    """A model form of a mirrored row.

        class ContactForm(MirrorModelForm):
            class Meta:
                model = Contact
                fields = ("last_name", "account")

        form = ContactForm(request.POST or None, connection=connection)

    `connection` is that of a new row; without it, the one that the instance has, or the site's
    default connection. Fields that choose mirrored rows offer those of that connection; without
    any connection, none. They omit rows of a former organisation.
    """

    instance: MirrorModel

    def __init__(self, *args: Any, connection: Connection | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.connection_id:
            connection = connection or default_connection_or_none()
            if connection is not None:
                self.instance.connection = connection
        limit_choices(self.fields, self.instance.connection_id)


def limit_choices(fields: Mapping[str, forms.Field], connection_id: int | None) -> None:
    """Limit the fields that choose mirrored rows to the rows of a connection; None has none."""
    for name, rows in lookups_of(fields):
        fields[name].queryset = rows.filter(is_current(connection_id))  # type: ignore[attr-defined]


def lookups_of(fields: Mapping[str, forms.Field]) -> Iterator[tuple[str, Any]]:
    """Yield the fields that choose mirrored rows, each with the rows that it offers."""
    for name, field in fields.items():
        rows = getattr(field, "queryset", None)
        if rows is not None and issubclass(rows.model, MirroredRow):
            yield name, rows
