"""Forms of the admin's pages."""

from __future__ import annotations

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.utils.translation import gettext_lazy as _

from ..models import Connection


class KeepForm(forms.Form):
    """Whether a deleted connection's access stays at Zoho."""

    keep_at_zoho = forms.BooleanField(
        label=_("Leave the access at Zoho as it is"),
        required=False,
        help_text=_(
            "For when something else uses the same access, or Zoho cannot be reached. Otherwise, "
            "working access would be left behind that nobody sees any more."
        ),
    )


class HandOverForm(forms.Form):
    """To whom a connection is handed over."""

    def __init__(self, *args: object, admin_site: AdminSite, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        relation = Connection._meta.get_field("owner").remote_field
        self.fields["owner"] = forms.ModelChoiceField(
            label=_("New owner"),
            queryset=relation.model._default_manager.all(),
            required=False,
            widget=ForeignKeyRawIdWidget(relation, admin_site),
            help_text=_("Empty: the connection belongs to the whole site."),
        )


class ConnectForm(forms.Form):
    """For whom an account is connected."""

    SITE, MYSELF = "site", "myself"

    owner = forms.ChoiceField(
        label=_("For whom"),
        choices=((SITE, _("the whole site")), (MYSELF, _("myself"))),
        initial=SITE,
        widget=forms.RadioSelect,
    )
