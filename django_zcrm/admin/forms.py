"""Forms of the admin's pages."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.admin.widgets import ForeignKeyRawIdWidget
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..models import Connection


class KeepForm(forms.Form):
    """Whether a deleted connection's access stays at Zoho."""

    keep_at_zoho = forms.BooleanField(
        label=_("Leave the access at Zoho as it is"),
        required=False,
        help_text=_(
            "Tick this if another program uses the same access, or if Zoho cannot be reached. In "
            "all other cases, working access would remain unnoticed."
        ),
    )


class OwnerField(forms.Field):
    """An owner, by primary key or by name: a user's name or e-mail, any text that is unique."""

    default_error_messages = {  # noqa: RUF012
        "unknown": _("Nobody has the name “%(value)s”."),
        "ambiguous": _("“%(value)s” matches several owners: %(owners)s. Enter a more exact name."),
    }

    def __init__(self, *, model: type[models.Model], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model = model
        names = {"name", getattr(model, "USERNAME_FIELD", ""), getattr(model, "EMAIL_FIELD", "")}
        self.names = [
            field
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField) and (field.unique or field.name in names)
        ]

    def to_python(self, value: Any) -> models.Model | None:
        """Return the owner that the text names; raise ValidationError for none, or several."""
        text = str(value or "").strip()
        if not text:
            return None
        owners = self._find(text, "exact") or self._find(text, "iexact")
        if len(owners) == 1:
            return owners[0]
        code = "ambiguous" if owners else "unknown"
        about = {"value": text, "owners": ", ".join(f"{owner} ({owner.pk})" for owner in owners)}
        raise forms.ValidationError(self.error_messages[code], code, about)

    def _find(self, text: str, lookup: str) -> list[models.Model]:
        if "\0" in text:  # which PostgreSQL does not take
            return []
        condition = Q(*((f"{field.name}__{lookup}", text) for field in self.names), _connector=Q.OR)
        with suppress(forms.ValidationError):  # a name that cannot be a key
            condition |= Q(pk=self.model._meta.pk.to_python(text))
        if not condition:
            return []
        return list(self.model._default_manager.filter(condition).order_by("pk")[:5])


class HandOverForm(forms.Form):
    """To whom a connection is handed over."""

    def __init__(self, *args: object, admin_site: AdminSite, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        relation = Connection._meta.get_field("owner").remote_field
        owner = OwnerField(
            label=_("New owner"),
            model=relation.model,
            required=False,
            widget=ForeignKeyRawIdWidget(relation, admin_site),
        )
        known_by = ", ".join(
            str(field.verbose_name) for field in (*owner.names, relation.model._meta.pk)
        )
        owner.help_text = _(
            "Any of these: %(names)s. Empty: the connection belongs to the whole site."
        ) % {"names": known_by}
        self.fields["owner"] = owner


class ConnectForm(forms.Form):
    """For whom an account is connected."""

    SITE, MYSELF = "site", "myself"

    owner = forms.ChoiceField(
        label=_("For whom"),
        choices=((SITE, _("the whole site")), (MYSELF, _("myself"))),
        initial=SITE,
        widget=forms.RadioSelect,
    )
