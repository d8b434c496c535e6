"""The form of a lead, over the site's own row."""

from __future__ import annotations

from typing import Any, cast

from django import forms

from django_zcrm.mirror.forms import MirrorModelForm

from .models import Lead
from .rows import Leads, values_in_use

NONE = ("", "-")


class LeadForm(MirrorModelForm):
    """A lead. What the table takes is saved at once; Zoho judges it when it is sent."""

    required_css_class = "required"
    use_required_attribute = False

    class Meta:
        model = Lead
        fields = (
            "first_name",
            "last_name",
            "company",
            "email",
            "phone",
            "status",
            "source",
            "revenue",
            "description",
        )
        widgets = {  # noqa: RUF012 - read once, as a declaration
            "phone": forms.TextInput({"type": "tel"}),
            "description": forms.Textarea({"rows": 4}),
        }

    def __init__(self, *args: Any, leads: Leads, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for name in ("status", "source"):
            # What other leads have: that works while Zoho is away, too.
            known = dict.fromkeys([*values_in_use(leads, name), self.initial.get(name) or ""])
            choices = [NONE, *((value, value) for value in known if value)]
            label = self.fields[name].label
            self.fields[name] = forms.ChoiceField(label=label, required=False, choices=choices)
        for field in self.fields.values():
            # Changes are relative to what the user saw, not to what the row holds by now.
            field.show_hidden_initial = True

    def save(self, commit: bool = True) -> Lead:
        """Save what was changed on the page, and no more: what others changed stays."""
        lead = cast("Lead", self.instance)
        if lead.pk is not None:
            lead.refresh_from_db()
        for name in self.changed_data:
            setattr(lead, name, self.cleaned_data[name])
        lead.save()
        return lead
