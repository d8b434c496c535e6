"""The form of a mirrored row in the admin: its connection, and lookups to rows of that."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _

from ...clients import default_connection_or_none
from ...models import Connection
from ..connections import connections_here
from ..forms import limit_choices, lookups_of
from ..models.base import MirrorModel
from .lookups import RowSelect, SearchSelect, describe_connection

if TYPE_CHECKING:
    Form = type[forms.ModelForm[Any]]
    ChoiceField = forms.ModelChoiceField[Connection]
else:
    ChoiceField = forms.ModelChoiceField


class ConnectionField(ChoiceField):
    """The connection of a new row; by default the site's default connection, if there is one."""

    def __init__(self, select: SearchSelect) -> None:
        default = default_connection_or_none()
        super().__init__(
            connections_here().select_related("owner"),
            required=default is None,
            initial=default,
            label=_("Connection"),
            widget=select,
        )

    def label_from_instance(self, connection: Connection) -> str:
        """Return a connection with its owner."""
        return describe_connection(connection)


def for_row(form: Form, row: MirrorModel) -> Form:
    """Return a form whose lookups offer rows of the row's own connection only."""
    for name, _rows in lookups_of(form.base_fields):
        form.base_fields[name] = field = deepcopy(form.base_fields[name])
        select = getattr(field.widget, "widget", field.widget)
        if isinstance(select, RowSelect):
            select.connection_id = row.connection_id
    limit_choices(form.base_fields, row.connection_id)
    return form


def for_new_row(form: Form, select: SearchSelect) -> Form:
    """Return a form that also asks for the connection, for which the row is then validated.

    `select` is the widget for the connection.
    """

    class NewRowForm(form):  # type: ignore[valid-type,misc]
        def clean(self) -> Any:
            cleaned = super().clean() or self.cleaned_data
            connection = cleaned.get("connection") or default_connection_or_none()
            if connection is not None:
                self.instance.connection = connection
            return cleaned

    return type(form.__name__, (NewRowForm,), {"connection": ConnectionField(select)})
