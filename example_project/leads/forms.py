"""Forms of the lead desk. Field names are Zoho's API names; Zoho is the judge of the values."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from django_zcrm import ApiError

from .pick_lists import PickLists

NONE = ("", "-")


class PlainForm(forms.Form):
    """A form that looks like the site."""

    required_css_class = "required"
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)


class ZohoForm(PlainForm):
    """A form whose cleaned data is a record, and that shows Zoho's errors.

    `offered` fills the fields that are pick lists in Zoho.
    """

    def __init__(self, *args: Any, offered: PickLists, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            # Changes are relative to what the user saw, not to what Zoho holds by now.
            field.show_hidden_initial = True
            if isinstance(field, forms.ChoiceField):
                # A value that was taken off the list since then stays what it is.
                current = self.initial.get(name)
                known = offered.get(name, [])
                extra = [(current, current)] if current and current not in dict(known) else []
                field.choices = [NONE, *known, *extra]

    @property
    def record(self) -> dict[str, Any]:
        """What to send: an empty field empties it in Zoho."""
        return {name: None if value == "" else value for name, value in self.cleaned_data.items()}

    def add_zoho_error(self, error: ApiError) -> None:
        """Show a refusal at the fields that it is about, or above the form."""
        messages = {name: text for name, text in error.field_errors.items() if name in self.fields}
        for name, message in messages.items():
            self.add_error(name, _zoho_says(message))
        if not messages:
            self.add_error(None, _zoho_says(error.message or error.code))


def _zoho_says(message: str) -> str:
    return gettext("Zoho says: %(message)s.") % {"message": message}


class LeadForm(ZohoForm):
    """A lead, as far as the site works with it."""

    First_Name = forms.CharField(label=_("First name"), required=False)
    Last_Name = forms.CharField(label=_("Last name"))
    Company = forms.CharField(label=_("Company"), required=False)
    Email = forms.CharField(label=_("E-mail"), required=False, widget=forms.EmailInput)
    Phone = forms.CharField(
        label=_("Phone"), required=False, widget=forms.TextInput({"type": "tel"})
    )
    Lead_Status = forms.ChoiceField(label=_("Status"), required=False)
    Lead_Source = forms.ChoiceField(label=_("Source"), required=False)
    Description = forms.CharField(
        label=_("Description"), required=False, widget=forms.Textarea({"rows": 4})
    )


class DealForm(ZohoForm):
    """The deal to make of a lead; with no name, no deal."""

    Deal_Name = forms.CharField(
        label=_("Deal"),
        required=False,
        help_text=_("Leave it empty to convert without a deal."),
    )
    Stage = forms.ChoiceField(label=_("Stage"), required=False)
    Closing_Date = forms.DateField(
        label=_("Closing date"), required=False, widget=forms.DateInput({"type": "date"})
    )
    Amount = forms.FloatField(label=_("Amount"), required=False, min_value=0)

    def clean(self) -> dict[str, Any]:
        """Zoho cannot make a deal without a stage and a closing date."""
        data = super().clean() or {}
        if data.get("Deal_Name"):
            for name in ("Stage", "Closing_Date"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("A deal needs this."))
        return data


class AttachmentForm(PlainForm):
    """A file to attach."""

    file = forms.FileField(label=_("File"))
