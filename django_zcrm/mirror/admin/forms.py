"""The form of a mirrored row in the admin: its connection, and lookups to rows of that."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from ...clients import default_connection
from ...exceptions import NotConnected
from ...models import Connection
from ..models.base import MirrorModel
from ..runners.states import connections_here

if TYPE_CHECKING:
    Form = type[forms.ModelForm[Any]]
    ChoiceField = forms.ModelChoiceField[Connection]
else:
    ChoiceField = forms.ModelChoiceField


class ConnectionField(ChoiceField):
    """The connection of a new row; by default the site's default connection, if there is one."""

    def __init__(self) -> None:
        default = _default()
        rows = connections_here().select_related("owner").order_by("organisation_name", "pk")
        super().__init__(rows, required=default is None, initial=default, label=_("Connection"))

    def label_from_instance(self, connection: Connection) -> str:
        """Return a connection with its owner, who may not be part of its identifier."""
        owner = connection.owner
        return str(connection) if owner is None else f"{owner}: {connection}"


def for_row(form: Form, row: MirrorModel) -> Form:
    """Return a form whose lookups offer rows of the row's own connection only."""
    for name, rows in _lookups(form):
        form.base_fields[name] = field = deepcopy(form.base_fields[name])
        field.queryset = rows.filter(connection=row.connection_id)  # type: ignore[attr-defined]
    return form


def for_new_row(form: Form) -> Form:
    """Return a form that also asks for the connection, and refuses lookups to others' rows."""

    class NewRowForm(form):  # type: ignore[valid-type,misc]
        def clean(self) -> Any:
            cleaned = super().clean() or self.cleaned_data
            connection = cleaned.get("connection") or _default()
            for name, _rows in _lookups(form):
                other = cleaned.get(name)
                if other and connection and other.connection_id != connection.pk:
                    self.add_error(name, _("This is a record of another connection."))
            return cleaned

    return type(form.__name__, (NewRowForm,), {"connection": ConnectionField()})


def _default() -> Connection | None:
    try:
        return default_connection()
    except NotConnected:
        return None


def _lookups(form: Form) -> list[tuple[str, QuerySet[Any]]]:
    """Return the lookup fields to mirrored rows, each with the rows that it offers."""
    lookups = []
    for name, field in form.base_fields.items():
        rows = getattr(field, "queryset", None)
        if rows is not None and issubclass(rows.model, MirrorModel):
            lookups.append((name, rows))
    return lookups
