"""The lead list's filters and order: a form over a URL's query, which narrows a record set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from django_zcrm import ConfigurationError, NotSupported
from django_zcrm.zoho.query import RecordSet
from django_zcrm.zoho.results import Record

from .forms import PlainForm
from .pick_lists import PickLists

COLUMNS = {
    "name": (_("Name"), "Last_Name"),
    "company": (_("Company"), "Company"),
    "status": (_("Status"), "Lead_Status"),
    "source": (_("Source"), "Lead_Source"),
    "revenue": (_("Annual revenue"), "Annual_Revenue"),
    "created": (_("Created"), "Created_Time"),
}
"""The columns as `?sort=` names them, with their headings and the fields that order them."""

NEWEST_FIRST = "-created"

LOOKUPS = {
    "company": "Company__icontains",
    "status": "Lead_Status",
    "source": "Lead_Source",
    "revenue_from": "Annual_Revenue__gte",
    "revenue_to": "Annual_Revenue__lte",
    "created_from": "Created_Time__date__gte",
    "created_to": "Created_Time__date__lte",
}
"""What the fields of the form mean, except for `text`."""


class LeadFilter(PlainForm):
    """Which leads to show, and in which order."""

    text = forms.CharField(
        label=_("Name, company or e-mail"),
        required=False,
        min_length=2,
        widget=forms.TextInput({"type": "search", "autocomplete": "off"}),
    )
    status = forms.ChoiceField(label=_("Status"), required=False)
    source = forms.ChoiceField(label=_("Source"), required=False)
    company = forms.CharField(label=_("Company contains"), required=False)
    revenue_from = forms.DecimalField(label=_("Annual revenue from"), required=False)
    revenue_to = forms.DecimalField(label=_("Annual revenue to"), required=False)
    created_from = forms.DateField(
        label=_("Created from"), required=False, widget=forms.DateInput({"type": "date"})
    )
    created_to = forms.DateField(
        label=_("Created to"), required=False, widget=forms.DateInput({"type": "date"})
    )

    def __init__(self, data: Any, *, offered: PickLists) -> None:
        super().__init__(data)
        for name, api_name in (("status", "Lead_Status"), ("source", "Lead_Source")):
            field: Any = self.fields[name]
            field.choices = [("", _("Any")), *offered.get(api_name, [])]
        sort = data.get("sort", "")
        self.sort = sort if sort.removeprefix("-") in COLUMNS else NEWEST_FIRST

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """The fields that a page may keep folded."""
        return [self[name] for name in self.fields if name not in ("text", "status")]

    @property
    def shows_more(self) -> bool:
        """Whether one of them is in use."""
        return any(field.errors or field.data for field in self.more_fields)

    def clean(self) -> dict[str, Any]:
        """Refuse ranges that hold nothing."""
        data = super().clean() or {}
        for name in ("revenue", "created"):
            low, high = data.get(f"{name}_from"), data.get(f"{name}_to")
            if low is not None and high is not None and low > high:
                self.add_error(f"{name}_to", _("The range ends before it begins."))
        return data

    def apply(self, leads: RecordSet[Record]) -> RecordSet[Record]:
        """Return those of the leads that match, in order.

        There are none when the form has errors; values that Zoho cannot look for become errors.
        """
        if not self.is_valid():
            return leads.none()
        minus = "-" * self.sort.startswith("-")
        leads = leads.order_by(minus + COLUMNS[self.sort.removeprefix("-")][1])
        for name, condition in self._conditions():
            narrowed = leads.filter(condition)
            try:
                narrowed.explain(via="coql")
            except (ConfigurationError, NotSupported) as error:
                reason = gettext("Zoho cannot look for this: %(reason)s")
                self.add_error(name, reason % {"reason": error.message})
                return leads.none()
            leads = narrowed
        return leads

    def _conditions(self) -> Iterator[tuple[str, Q]]:
        """Yield the fields that are filled in, and what they mean."""
        for name, value in self.cleaned_data.items():
            if name == "text":
                for word in value.split():
                    yield name, _names(word)
            elif value not in (None, ""):
                yield name, Q(**{LOOKUPS[name]: value})

    def headings(self) -> Iterator[dict[str, Any]]:
        """Yield each column's heading, how it is ordered, and the `sort` that a click asks for."""
        for name, (label, _field) in COLUMNS.items():
            order = {name: "ascending", f"-{name}": "descending"}.get(self.sort, "")
            sort = f"-{name}" if self.sort == name else name
            yield {"label": label, "order": order, "sort": sort}


def _names(word: str) -> Q:
    return (
        Q(First_Name__icontains=word)
        | Q(Last_Name__icontains=word)
        | Q(Company__icontains=word)
        | Q(Email__icontains=word)
    )
